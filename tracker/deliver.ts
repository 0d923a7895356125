// Getting a certificate's commit to the server: sent at once, kept in the tab until the server has
// answered, sent again while the page lives and on the next page of the same origin (contract §1,
// "When it is minted"). Words that the server has already are left out of what is sent first.
import type { Commit } from "./commit.ts";
import { json } from "./json.ts";
import { stored } from "./session.ts";
import type { Loaded } from "./types.ts";

/** Before the id of every certificate that the server has not acknowledged. */
const prefix = "econsent.commit.";
/** Browsers keep 64 kB alive for all requests of a page together; this half is the certificates'. */
const share = 32_768;
/** Words shorter than this, all together, are not worth a request of their own. */
const worthStaging = 2_000;
const { fetch, setTimeout } = window;
const encoder = new TextEncoder();
export const post = async (host: string, path: string, body: string, keepalive = false) =>
  fetch(host + path, { method: "POST", body, keepalive, credentials: "omit" });

/** Words that were offered to the server, and those of them that it has. */
const offered = new Set<string>();
const staged = new Set<string>();

/** Hands long words to the server while there is time. */
export async function stage({ host }: Loaded, token: string, texts: string[]): Promise<void> {
  const fresh = [...new Set(texts)].filter((text) => !offered.has(text)).slice(0, 64);
  if (fresh.join().length > worthStaging) {
    for (const text of fresh) {
      offered.add(text);
    }
    // A failure is none, and is not tried again: the commit brings the words along.
    const { ok } = await post(host, "/api/texts", json({ v: 1, token, texts: fresh }));
    for (const text of ok ? fresh : []) {
      staged.add(text);
    }
  }
}

/** Of words by digest, those that the server does not have. */
export const unknownOf = (texts: Record<string, string>): object =>
  Object.fromEntries(Object.entries(texts).filter(([, text]) => !staged.has(text)));

/** A commit that the server has not answered. */
interface Unanswered {
  body: string;
  /** On its way so that it outlives the page. */
  isAlive: boolean;
}

/** By certificate, oldest first. */
const unanswered = new Map<string, Unanswered>();

/** Sends a commit, and keeps it until it is answered. */
export function deliver(loaded: Loaded, { id, few, whole }: Commit): void {
  // Sent before it is kept: the request is to be first in line, and the answer comes later anyway.
  send(loaded, id, few, whole);
  stored((storage) => storage.setItem(prefix + id, whole()));
}

const postCommit = (host: string, { body, isAlive }: Unanswered) =>
  post(host, "/api/certificates", body, isAlive);
const bytesOf = (body: string) => encoder.encode(body).length;

function send(loaded: Loaded, id: string, body: string, whole: () => string, wait = 1_000): void {
  const { host, problem } = loaded;
  // One at a time: what nobody answers is to leave room for the last one, which the lead carries.
  const isAlone = ![...unanswered.values()].some(({ isAlive }) => isAlive);
  const commit = { body, isAlive: isAlone && bytesOf(body) <= share };
  unanswered.set(id, commit);
  const forget = () => {
    unanswered.delete(id);
    stored((storage) => storage.removeItem(prefix + id));
  };
  const again = (cause?: unknown) => {
    problem("certificate_delayed", cause);
    setTimeout(() => send(loaded, id, whole(), whole, wait * 2), wait);
  };
  postCommit(host, commit)
    .catch(() => {
      // Whatever else the page keeps alive may leave no room: then as an ordinary request.
      commit.isAlive = false;
      return postCommit(host, commit);
    })
    .finally(() => {
      commit.isAlive = false;
    })
    .then(({ status, ok }) => {
      if (ok) {
        forget();
      } else if (status >= 500 || status === 408 || status === 429) {
        again();
      } else if (body !== whole()) {
        // The words that were said to be there are not.
        send(loaded, id, whole(), whole);
      } else {
        // Refused for good: sending it again would not help.
        forget();
        problem("certificate_refused");
      }
    })
    .catch(again);
}

/** The page is left, and ordinary requests with it: what has no answer yet goes out once more so
 * that it outlives the page, the last one first. */
export function deliverLast({ host }: Loaded): void {
  let room = share;
  for (const { body, isAlive } of [...unanswered.values()].reverse()) {
    const bytes = bytesOf(body);
    if (!isAlive && bytes <= room) {
      room -= bytes;
      postCommit(host, { body, isAlive: true }).catch(() => undefined);
    }
  }
}

/** Sends what earlier pages of this tab could not get through. */
export function deliverUnanswered(loaded: Loaded): void {
  stored((storage) => {
    for (const key of Object.keys(storage)) {
      const body = storage.getItem(key);
      if (key.startsWith(prefix) && body) {
        send(loaded, key.slice(prefix.length), body, () => body);
      }
    }
  });
}
