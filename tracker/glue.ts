// Joins the wasm with the page: its hands on the DOM, its session, its post.
import init, * as wasm from "econsent-tracker-wasm";
import { deliver, deliverUnanswered } from "./deliver.ts";
import { dom } from "./dom.ts";
import { pageTime, startSession } from "./session.ts";
import { Steps } from "./steps.ts";
import type { Loaded, Recorder, RecorderModule, Started, Tracker } from "./types.ts";

function bytes(base64url: string): Uint8Array {
  const binary = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Starts the wasm and hands it the page; nothing comes back when the tag's ids are malformed. */
export async function begin(
  loaded: Loaded,
  source: Promise<Response>,
): Promise<Tracker | undefined> {
  await init({ module_or_path: source });
  const steps = new Steps(wasm.shown);
  let ahead = 0;
  let recorder: Recorder | undefined;
  /** When the page has nothing else to do. Without a recorder there is no recording, and no more. */
  const record = (fresh: Started) =>
    (window.requestIdleCallback ?? setTimeout)(() =>
      import(import.meta.url.replace(/tracker.js$/, "recorder.js"))
        .then((module: RecorderModule) => {
          recorder = module.begin(loaded, fresh, wasm.digest);
        })
        .catch(() => undefined),
    );
  const hands = {
    ...dom,
    now: () => pageTime() + ahead,
    roots: () => loaded.roots,
    publish: loaded.publish,
    deliver(id: string, body: string, endsFunnel: boolean) {
      const recording = recorder?.seal();
      deliver(loaded, id, recording ? `${body.slice(0, -1)},"recording":${recording}}` : body);
      if (endsFunnel) {
        steps.finish();
      }
    },
    steps(form: string) {
      steps.look();
      return steps.of(form);
    },
  };
  if (!wasm.start(hands, loaded.company, loaded.property)) {
    loaded.problem("wrong_ids");
    return undefined;
  }
  startSession(loaded, wasm.version(), (session, fresh) => {
    ahead = session.ahead;
    wasm.session(session.session_id, session.token, bytes(session.nonce));
    loaded.publish(session.session_id);
    if (fresh?.settings.recording) {
      record(fresh);
    }
  });
  deliverUnanswered(loaded);
  // Before the page's own listeners change what is shown.
  for (const type of ["click", "change"]) {
    addEventListener(type, () => loaded.attempt(() => steps.look()), true);
  }
  addEventListener("pagehide", () => loaded.attempt(() => steps.leave()));
  return wasm;
}
