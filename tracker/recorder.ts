// The recorder: what the visitor saw and did, by rrweb, for those who have to see it one day
// (contract §6). Loaded when the page is idle; a page that it cannot record is not disturbed by it.
import { record } from "@rrweb/record";
import { Chunks } from "./chunks.ts";
import { Masks, masked } from "./masks.ts";
import type { Loaded, Seal, Started } from "./types.ts";

/** How often what was recorded is closed into a chunk, in milliseconds. */
const period = 5000;
/** Events that are closed into a chunk at once. */
const many = 300;
/** For how long a page records after its last certificate, in milliseconds. */
const afterMint = 30_000;
/** Additions to the page that are closed soon, as consents that come into view are, so that no submit
 * has to, */
const large = 500;
/** but not more often than this, in milliseconds: a session has only so many chunks. */
const pause = 2000;
const fullSnapshot = 2;
const { clearTimeout, setTimeout } = window;

/** Starts recording, at once or when the visitor was told of it. */
export function begin(
  loaded: Loaded,
  started: Started,
  digest: (bytes: Uint8Array) => string,
): Seal {
  const { roots } = loaded;
  const { settings } = started;
  const masks = new Masks(roots, settings.unmasked);
  const chunks = new Chunks(loaded, started, digest);
  const consents = [
    "[data-consent-type]",
    ...settings.consent_selectors.map((one) => one.selector),
  ];
  const shown = new WeakSet<Element>();
  let pending: object[] = [];
  let closedAt = 0;
  let stop: (() => void) | undefined;
  let ending: ReturnType<typeof setTimeout> | undefined;
  let turning: ReturnType<typeof setInterval> | undefined;

  /** Whatever fails here stays here. */
  const quietly = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch {
      return undefined;
    }
  };
  const end = () => {
    quietly(() => stop?.());
    stop = undefined;
    removeEventListener("change", changed, true);
  };
  const close = () => {
    const events = pending;
    pending = [];
    const safe: object[] = [];
    try {
      masks.isAhead = false;
      for (const event of events) {
        masks.apply(event, (id) => record.mirror.getNode(id));
        safe.push(event);
      }
    } catch {
      // What cannot be masked is not kept, and what came after it would have a gap before it.
      chunks.isOver = true;
    }
    if (safe.length && !chunks.close(safe)) {
      end();
    }
  };
  const mark = (tag: string, payload: object) =>
    quietly(() => stop && record.addCustomEvent(tag, payload));
  const idOf = (node: Node) => record.mirror.getId(node);

  // A consent that comes into view is marked on the timeline.
  const watcher = new IntersectionObserver((entries) => {
    const isFirst = ({ isIntersecting, target }: IntersectionObserverEntry) =>
      isIntersecting && !shown.has(target);
    const first = entries.filter(isFirst);
    for (const { target } of first) {
      shown.add(target);
      mark("consent shown", { node: idOf(target) });
    }
    if (first.length) {
      closeSoon(Date.now());
    }
  });
  const watch = () => {
    for (const root of roots) {
      for (const selector of consents) {
        quietly(() => {
          for (const element of (root as ParentNode).querySelectorAll(selector)) {
            watcher.observe(element);
          }
        });
      }
    }
  };
  const changed = (event: Event) => {
    const box = event.composedPath()[0] as HTMLInputElement;
    if (/^(checkbox|radio)$/.test(box.type)) {
      mark("checkbox changed", { node: idOf(box), checked: box.checked });
    }
  };

  const turn = () => {
    quietly(() => {
      watch();
      close();
      masks.keep();
    });
    if (chunks.isOver) {
      end();
    }
    chunks.send();
    if (!stop && !chunks.unsent.size) {
      clearInterval(turning);
    }
  };
  /** Closes what there is by then before a submit has to. */
  const closeSoon = (now: number) => {
    if (now > closedAt + pause) {
      closedAt = now;
      setTimeout(turn);
    }
  };
  const start = () => {
    addEventListener("pagehide", () => quietly(leave));
    document.addEventListener("visibilitychange", () => document.hidden && quietly(leave));
    const ended = record({
      emit(event) {
        pending.push(event);
        const { adds = [] } = event.data as { adds?: object[] };
        if (event.type === fullSnapshot) {
          // In the task that made it, which may be followed by a submit.
          turn();
        } else if (pending.length === many) {
          closedAt = event.timestamp;
          setTimeout(turn);
        } else if (adds.length > large) {
          closeSoon(event.timestamp);
        }
      },
      // Every input by its tag; which of them may be shown is decided one by one.
      maskInputOptions: { input: true, textarea: true, select: true, password: true } as object,
      maskInputFn: masks.field,
      maskTextSelector: `${masked},[contenteditable]`,
      maskTextFn: masks.text,
      blockSelector: "[data-econsent-block]",
      slimDOMOptions: "all",
      sampling: { scroll: 150, media: 800 },
      recordAfter: "DOMContentLoaded",
      // What fails in rrweb is nobody else's problem.
      errorHandler: () => true,
    });
    stop = () => ended?.();
    if (chunks.isOver) {
      end();
      return;
    }
    addEventListener("change", changed, true);
    watch();
    turning = setInterval(turn, period);
  };
  const leave = () => {
    close();
    // Whatever the page makes of its fields, what is closed is not lost.
    quietly(() => masks.keep());
    chunks.hurry();
    chunks.leave();
  };

  chunks.send();
  if (settings.record_after_notice) {
    Promise.race([loaded.notice, noticeShown(roots)]).then(() => quietly(start));
  } else {
    quietly(start);
  }

  return () =>
    quietly(() => {
      if (stop) {
        // A click that submits is minted for before rrweb hears of it.
        const { type = "", target, clientX, clientY } = (window.event ?? {}) as MouseEvent;
        const node = target instanceof Node ? idOf(target) : -1;
        mark("submit", { type, node, x: clientX, y: clientY });
        close();
        // The page may now replace the form by words that repeat what was typed into it.
        queueMicrotask(() => quietly(() => masks.keep()));
        // Not while the page submits, which is what it is left for: then with its `pagehide`.
        setTimeout(() => quietly(() => chunks.hurry()));
        clearTimeout(ending);
        ending = setTimeout(() => {
          quietly(close);
          end();
          chunks.send();
        }, afterMint);
      }
      return chunks.manifest();
    });
}

/** Resolves when an element that is marked as the notice of recording could be seen. */
function noticeShown(roots: Node[]): Promise<void> {
  return new Promise((done) => {
    const marked = "[data-econsent-notice]";
    const watcher = new IntersectionObserver((entries) => {
      const isSeen = entries.some(
        ({ isIntersecting, target, intersectionRect: { width, height } }) =>
          isIntersecting &&
          width > 1 &&
          height > 1 &&
          (target.checkVisibility?.({ opacityProperty: true, visibilityProperty: true }) ?? true),
      );
      if (isSeen) {
        clearInterval(looking);
        watcher.disconnect();
        done();
      }
    });
    // Anew each time: an element that is made visible where it stands does not intersect anew.
    const look = () => {
      watcher.disconnect();
      for (const root of roots) {
        for (const notice of (root as ParentNode).querySelectorAll(marked)) {
          watcher.observe(notice);
        }
      }
    };
    const looking = setInterval(look, 500);
    look();
  });
}
