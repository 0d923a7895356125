// Joins the wasm with the page: its hands on the DOM, its session, its post.
import {
  capture,
  clicked,
  disclose,
  instantiate,
  session as mintIn,
  rehearse,
  start,
  submitted,
} from "econsent-tracker-wasm";
import { commit, keepDisclosed, type Minted } from "./commit.ts";
import { dialFrom } from "./contact.ts";
import { deliver, deliverUnanswered, stage } from "./deliver.ts";
import { dom, fieldsOf } from "./dom.ts";
import { keyOf, ownerOf } from "./read.ts";
import { record } from "./record.ts";
import { pageTime, type Session, startSession } from "./session.ts";
import { Steps } from "./steps.ts";
import { followChanges } from "./tagged.ts";
import { tags } from "./tags.ts";
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
  const steps = new Steps(loaded.roots, disclose);
  let session: Session | undefined;
  const hands = {
    ...dom,
    tags,
    owner: ownerOf,
    fields: (form: Element | undefined, selector: string) =>
      (form ? [form] : loaded.roots).flatMap((around) => fieldsOf(around, selector)),
    key: keyOf,
    now: () => pageTime() + (session?.ahead ?? 0),
    publish: loaded.publish,
    keep: keepDisclosed,
    deliver(isRehearsal: boolean, ...minted: Minted) {
      const recording = isRehearsal ? undefined : loaded.seal?.();
      const ready = commit(loaded, TRACKER_VERSION, session, steps, minted, recording);
      if (!isRehearsal) {
        deliver(loaded, ready);
        if (ready.isLead) {
          steps.finish();
        }
      }
    },
    nothing(isLead: boolean) {
      if (isLead) {
        loaded.report("no_tagged_consent");
      }
    },
    shown: steps.shown.bind(steps),
  };
  if (!start(hands, loaded.company, loaded.property)) {
    loaded.problem("wrong_ids");
    return undefined;
  }
  let isAwaited = false;
  let isReady = false;
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
          const reads = steps.look(true);
          const form = reads[0]?.owner ?? undefined;
          steps.tell(reads, form);
          if (session) {
            if (reads.length && !isReady) {
              isReady = true;
              rehearse(form);
            }
            const texts = reads.map(({ text }) => text);
            stage(loaded, session.token, texts).catch(() => undefined);
          }
        });
      };
      setTimeout(() => requestIdleCallback(work), pause);
    }
  };
  followChanges(prepare);
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
