// Getting a certificate's commit to the server: sent at once, kept in the tab until the server has
// answered, sent again while the page lives and on the next page of the same origin (contract §1,
// "When it is minted"). Words that the server has already are left out of what is sent first.
import type { Commit } from "./commit.ts";
import { json } from "./json.ts";
import { stored } from "./session.ts";
import type { Loaded } from "./types.ts";

/** Before the id of every certificate that the server has not acknowledged. */
const prefix = "econsent.commit.";
/** Of the 64 kB that browsers keep alive for all requests of a page together, what commits take while
 * nobody knows which one the lead will carry, and what they take more when the page is left. */
const atOnce = 8_192;
const atLast = 32_768;
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
  id: string;
  /** What is sent: not the words that the server has, until it says that it has not. */
  body: string;
  whole: () => string;
  /** On its way so that it outlives the page. */
  isAlive: boolean;
  /** In the tab's storage, for the next page. */
  isKept: boolean;
  /** Milliseconds until it is sent again. */
  wait: number;
}

/** Oldest first. */
const unanswered = new Set<Unanswered>();
let aliveBytes = 0;
let isLeft = false;

const path = "/api/certificates";
/** The bytes of a body, if there is room for it among what is kept alive. No character has less than
 * one, so most that is too long need not be written in UTF-8 to know it. */
function bytesIfFits(body: string): number | undefined {
  const room = (isLeft ? atOnce + atLast : atOnce) - aliveBytes;
  const bytes = body.length > room ? body.length : encoder.encode(body).length;
  return bytes > room ? undefined : bytes;
}

/** Sends a commit, and keeps it until it is answered. */
export function deliver(loaded: Loaded, { id, few, whole }: Commit): void {
  const one = { id, body: few, whole, isAlive: false, isKept: false, wait: 1_000 };
  send(loaded, one);
  // The request is first in line, and the page's own listeners are next: if it is left before the
  // commit is kept, that is the first thing then.
  setTimeout(() => keep(one));
}

function keep(one: Unanswered): void {
  if (unanswered.has(one) && !one.isKept) {
    one.isKept = true;
    stored((storage) => storage.setItem(prefix + one.id, one.whole()));
  }
}

function send(loaded: Loaded, one: Unanswered): void {
  const { host, problem } = loaded;
  unanswered.add(one);
  const again = (cause?: unknown) => {
    problem("certificate_delayed", cause);
    setTimeout(() => unanswered.has(one) && send(loaded, one), one.wait);
    one.wait *= 2;
  };
  const ordinary = () => post(host, path, one.body);
  const bytes = bytesIfFits(one.body);
  // Whatever else the page keeps alive may leave no room: then as an ordinary request.
  (bytes ? postAlive(host, one, one.body, bytes).catch(ordinary) : ordinary())
    .then(({ status, ok }) => {
      if (ok) {
        forget(one);
      } else if (status >= 500 || status === 408 || status === 429) {
        again();
      } else if (one.body !== one.whole()) {
        // The words that were said to be there are not.
        one.body = one.whole();
        send(loaded, one);
      } else {
        // Refused for good: sending it again would not help.
        forget(one);
        problem("certificate_refused");
      }
    })
    .catch(again);
}

async function postAlive(
  host: string,
  one: Unanswered,
  body: string,
  bytes: number,
): Promise<Response> {
  one.isAlive = true;
  aliveBytes += bytes;
  try {
    return await post(host, path, body, true);
  } finally {
    one.isAlive = false;
    aliveBytes -= bytes;
  }
}

function forget(one: Unanswered): void {
  unanswered.delete(one);
  stored((storage) => storage.removeItem(prefix + one.id));
}

/** The page may end, and ordinary requests with it: what has no answer yet goes out once more so
 * that it outlives the page, as much as there is room for, the last one first. */
function deliverLast({ host }: Loaded): void {
  unanswered.forEach(keep);
  for (const one of [...unanswered].reverse().filter(({ isAlive }) => !isAlive)) {
    // With all words if possible, as nobody will be there to hear that some are missing.
    for (const body of [one.whole(), one.body]) {
      const bytes = bytesIfFits(body);
      if (bytes) {
        postAlive(host, one, body, bytes)
          .then(({ ok }) => ok && forget(one))
          .catch(() => undefined);
        break;
      }
    }
  }
}

/** Sends what earlier pages of this tab could not get through, and what is left of this one. */
export function deliverUnanswered(loaded: Loaded): void {
  stored((storage) => {
    for (const key of Object.keys(storage)) {
      const body = storage.getItem(key);
      if (key.startsWith(prefix) && body) {
        const id = key.slice(prefix.length);
        send(loaded, { id, body, whole: () => body, isAlive: false, isKept: true, wait: 1_000 });
      }
    }
  });
  const leave = (isLeaving: boolean) => {
    isLeft = isLeaving;
    if (isLeft) {
      loaded.attempt(() => deliverLast(loaded));
    }
  };
  addEventListener("pagehide", () => leave(true));
  addEventListener("pageshow", () => leave(false));
  // A phone may end a page that is out of sight without another word.
  document.addEventListener("visibilitychange", () => leave(document.hidden));
}
