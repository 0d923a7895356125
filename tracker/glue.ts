// Joins the wasm with the page: its hands on the DOM, its session, its post.
import {
  capture,
  clicked,
  instantiate,
  look,
  session as mintIn,
  start,
  submitted,
} from "econsent-tracker-wasm";
import { commit, type Minted } from "./commit.ts";
import { dialFrom } from "./contact.ts";
import { deliverUnanswered, stage } from "./deliver.ts";
import { dom } from "./dom.ts";
import { record } from "./record.ts";
import { pageTime, type Session, startSession } from "./session.ts";
import { Steps } from "./steps.ts";
import { tag, tags } from "./tags.ts";
import type { Loaded, Tracker } from "./types.ts";

declare const TRACKER_VERSION: string;

function bytes(base64url: string): Uint8Array {
  const binary = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

const { setTimeout, requestIdleCallback = setTimeout } = window;

/** Starts the wasm and hands it the page; nothing comes back when the tag's ids are malformed. */
export async function begin(
  loaded: Loaded,
  source: Promise<Response>,
): Promise<Tracker | undefined> {
  await instantiate(source);
  const steps = new Steps(look);
  let session: Session | undefined;
  const hands = {
    ...dom,
    tag,
    tags,
    now: () => pageTime() + (session?.ahead ?? 0),
    roots: () => loaded.roots,
    publish: loaded.publish,
    deliver(...minted: Minted) {
      if (commit(loaded, TRACKER_VERSION, session, steps, minted)) {
        steps.finish();
      }
    },
    nothing(isLead: boolean) {
      if (isLead) {
        loaded.report("no_tagged_consent");
      }
    },
    saw: steps.saw.bind(steps),
    steps(form: string) {
      steps.look(false, false);
      return steps.of(form);
    },
  };
  if (!start(hands, loaded.company, loaded.property)) {
    loaded.problem("wrong_ids");
    return undefined;
  }
  let isAwaited = false;
  let pause = 0;
  /** Measures and hands over what a submit will need, when the page has nothing else to do. */
  const prepare = () => {
    if (!isAwaited) {
      isAwaited = true;
      const work = () => {
        isAwaited = false;
        // A page that moves all the time is not measured all the time.
        pause = 500;
        loaded.attempt(() => {
          steps.look(true);
          if (session) {
            stage(loaded, session.token, steps.texts).catch(() => undefined);
          }
        });
      };
      setTimeout(() => requestIdleCallback(work), pause);
    }
  };
  startSession(loaded, TRACKER_VERSION, (started, fresh) => {
    session = started;
    dialFrom(started.calling_code);
    mintIn(started.session_id, bytes(started.nonce));
    loaded.publish(started.session_id);
    prepare();
    record(loaded, fresh);
  });
  deliverUnanswered(loaded);
  prepare();
  new MutationObserver(prepare).observe(document, { childList: true, subtree: true });
  // Before the page's own listeners change what is shown.
  for (const type of ["click", "change"]) {
    addEventListener(
      type,
      () => {
        loaded.attempt(() => steps.look());
        prepare();
      },
      true,
    );
  }
  addEventListener("pagehide", () => loaded.attempt(() => steps.leave()));
  return { submitted, clicked, capture };
}
