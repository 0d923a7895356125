// Getting a certificate's commit to the server: sent at once, kept in the tab until the server has
// answered, and sent again on the next page of the same origin (contract §1, "When it is minted").
import { stored } from "./session.ts";
import type { Loaded } from "./types.ts";

/** Before the id of every certificate that the server has not acknowledged. */
const prefix = "econsent.commit.";
const { fetch } = window;

/** Sends a commit and keeps it until it is answered. */
export function deliver({ host, problem }: Loaded, id: string, body: string): void {
  const forget = () => stored((storage) => storage.removeItem(prefix + id));
  // Browsers refuse to keep more than 64 kB alive; a character has up to 3 bytes.
  const keepalive = body.length < 2e4;
  // Sent before it is kept: the request is to be first in line, and the answer comes later anyway.
  fetch(`${host}/api/certificates`, { method: "POST", body, keepalive, credentials: "omit" })
    .then(async ({ status, ok }) => {
      if (ok) {
        forget();
      } else if (status >= 500 || status === 408 || status === 429) {
        problem("certificate_delayed");
      } else {
        // Refused for good: sending it again would not help.
        forget();
        problem("certificate_refused");
      }
    })
    .catch((cause) => problem("certificate_delayed", cause));
  stored((storage) => storage.setItem(prefix + id, body));
}

/** Sends what earlier pages of this tab could not get through. */
export function deliverUnanswered(loaded: Loaded): void {
  stored((storage) => {
    for (const key of Object.keys(storage)) {
      const body = storage.getItem(key);
      if (key.startsWith(prefix) && body) {
        deliver(loaded, key.slice(prefix.length), body);
      }
    }
  });
}
