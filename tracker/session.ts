// The session: started on the server, and continued on the next page of the same tab by its token
// (contract §1, "Session token"). What lies in the tab's storage goes nowhere else.
import { json } from "./json.ts";
import { adopt, type ConsentSelector } from "./tags.ts";
import type { Loaded, Started } from "./types.ts";

const key = "econsent.session";
const { fetch, performance } = window;

/** What the server says of a session, with its clock less the page's in milliseconds. */
export interface Session {
  property: string;
  session_id: string;
  token: string;
  nonce: string;
  ahead: number;
  /** What is consent without being tagged. */
  selectors: ConsentSelector[];
  /** What visitors leave out before their phone numbers. */
  calling_code: string;
}

/** The tab's storage; undefined where the page may not use it. */
export function stored<T>(work: (storage: Storage) => T): T | undefined {
  try {
    return work(sessionStorage);
  } catch {
    return undefined;
  }
}

/** Milliseconds since 1970 by a clock that never jumps during a page load. */
export const pageTime = () => performance.timeOrigin + performance.now();

/** Goes on with the tab's session, if there is one of this property, and asks for a fresh token. */
export function startSession(
  { attempt, company, host, problem, property }: Loaded,
  tracker: string,
  started: (session: Session, fresh?: Started) => void,
): void {
  const kept = attempt(() =>
    stored((storage) => JSON.parse(storage.getItem(key) ?? "null") as Session | null),
  );
  const begin = (session: Session, fresh?: Started) => {
    adopt(session.selectors ?? []);
    started(session, fresh);
  };
  const ask = async (token: string | null) => {
    const request = { v: 1, company_id: company, property_id: property, tracker, token };
    // A string goes as text/plain, which needs no permission asked beforehand.
    const response = await fetch(`${host}/api/sessions`, {
      method: "POST",
      body: JSON.stringify(request),
      credentials: "omit",
    });
    if (response.ok) {
      const fresh = await response.json();
      const { session_id, token, nonce, server_time, settings } = fresh;
      const ahead = Date.parse(server_time) - pageTime();
      const { consent_selectors: selectors, calling_code } = settings;
      const session = { property, session_id, token, nonce, ahead, selectors, calling_code };
      attempt(() => begin(session, fresh));
      stored((storage) => storage.setItem(key, json(session)));
    } else if (token && response.status < 500 && response.status !== 429) {
      // The token of another key or of long ago: this is a new visit.
      await ask(null);
    } else {
      problem(response.status < 500 ? "session_refused" : "server_unreachable");
    }
  };
  const token = kept?.property === property ? kept.token : null;
  if (kept && token) {
    attempt(() => begin(kept));
  }
  ask(token).catch((cause) => problem("server_unreachable", cause));
}
