// How consent looked (contract §1, "Presentation facts"): font and contrast are measured while the
// page is idle, and for how long something was in the window as it happens, so that a submit has
// little left to do.
import {
  allWithin,
  type Box,
  boxOf,
  caption,
  contentBoxOf,
  getComputedStyle,
  outer,
  performance,
  positionOf,
} from "./dom.ts";
import { isField, labelsOf, type Read, valueOfControl } from "./read.ts";

const submits = "button:not([type=button],[type=reset]),[type=submit],[type=image]";
const { round } = Math;

/** Integers, words and flags by name, as the server reads them. */
export type Facts = Record<string, unknown>;

interface Watched {
  /** Milliseconds in the window so far, and when it came in, by the clock of a page that is shown. */
  shown: number;
  since: number | undefined;
  preChecked: boolean;
  look: Facts;
}

const watched = new WeakMap<Element, Watched>();
const byWords = new WeakMap<Element, Watched>();
const touched = new WeakSet<EventTarget>();
let away = 0;
let left = 0;

/** Milliseconds for which the page has been shown: time in another tab is no time on this page. */
const clock = () => (document.hidden ? left : performance.now()) - away;

document.addEventListener("visibilitychange", () => {
  const now = performance.now();
  if (document.hidden) {
    left = now;
  } else {
    away += now - left;
  }
});
// A script that clicks a box makes the browser fire `input`, but no click of its own.
for (const type of ["click", "input"]) {
  addEventListener(
    type,
    (event) => {
      const path = event.composedPath() as HTMLInputElement[];
      if (
        event.isTrusted &&
        (type === "click" || !/^(checkbox|radio)$/.test(path[0]?.type ?? ""))
      ) {
        // A box that a script draws has parts to click on.
        path.forEach(touched.add, touched);
      }
    },
    true,
  );
}

const window_ = new IntersectionObserver(
  (entries) => {
    for (const { target, intersectionRatio, intersectionRect, rootBounds } of entries) {
      const seen = byWords.get(target);
      const isIn =
        intersectionRatio >= 0.5 || intersectionRect.height * 2 >= (rootBounds?.height ?? 1e9);
      if (seen && isIn !== (seen.since !== undefined)) {
        seen.shown += seen.since === undefined ? 0 : clock() - seen.since;
        seen.since = isIn ? clock() : undefined;
      }
    }
  },
  { threshold: [0, 0.25, 0.5, 0.75] },
);

/** The words of a control are beside it. */
const wordsOf = ({ element, isWords }: Read): Element =>
  (!isWords && isField(element) && (labelsOf(element)[0] ?? outer(element))) || element;

/** Red, green, blue and opacity, the first three multiplied by it; undefined for other spaces. */
function paint(color: string): number[] | undefined {
  const [red, green, blue, alpha = 1] = color.match(/^rgb/) ? (color.match(/[\d.]+/g) ?? []) : [];
  return blue ? [red, green, blue, 1].map((part) => +(part ?? 0) * +alpha) : undefined;
}

const over = (top: number[], bottom: number[]) =>
  top.map((part, n) => part + (bottom[n] ?? 0) * (1 - (top[3] ?? 0)));

/** Relative luminance (WCAG 2.2). */
const luminance = (color: number[]) =>
  [0.2126, 0.7152, 0.0722].reduce((sum, weight, n) => {
    const part = (color[n] ?? 0) / 255;
    return sum + weight * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  }, 0);

/** Undefined where an image or another color space is in the way. */
function contrast(at: Element): number | undefined {
  let words = paint(getComputedStyle(at).color);
  let behind = [0, 0, 0, 0];
  for (let next: Element | null = at; next; next = outer(next)) {
    const { backgroundColor, backgroundImage, opacity } = getComputedStyle(next);
    const ground = paint(backgroundColor);
    if (!words || !ground || backgroundImage !== "none") {
      return undefined;
    }
    [words, behind] = [words, behind].map((color) =>
      over(color, ground).map((part) => part * +opacity),
    ) as [number[], number[]];
  }
  const [one, other] = [words ?? [], behind]
    .map((color) => luminance(over(color, [255, 255, 255, 1])) + 0.05)
    .sort((a, b) => b - a) as [number, number];
  return round((one / other) * 100);
}

/** Of the longest run of words. */
function look(words: Element): Facts {
  const walker = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
  let longest = 0;
  let at = words;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const { length } = (node as Text).data.trim();
    if (length > longest) {
      longest = length;
      at = node.parentNode as Element;
    }
  }
  return {
    font_px_100: round(Number.parseFloat(getComputedStyle(at).fontSize) * 100),
    contrast_100: contrast(at),
  };
}

/** Begins to follow an element; `isIdle` allows to measure it anew. */
export function watch(read: Read, isIdle?: boolean, words = wordsOf(read)): Watched {
  const { element, parts } = read;
  let known = watched.get(element);
  if (!known) {
    const preChecked = parts.some(
      (control) =>
        control.defaultChecked || (valueOfControl(control) === "true" && !touched.has(control)),
    );
    known = { shown: 0, since: undefined, preChecked, look: look(words) };
    watched.set(element, known);
    byWords.set(words, known);
    window_.observe(words);
  } else if (isIdle) {
    known.look = look(words);
  }
  return known;
}

/** The window as it is now: for each element anew, asking would cost more than all that is told. */
export const viewNow = () => ({
  left: scrollX,
  top: scrollY,
  width: innerWidth,
  height: innerHeight,
  time: clock(),
});

export type View = ReturnType<typeof viewNow>;

/** What can be said of an element now, with the control that submits where there is one. */
export function factsOf(read: Read, isGiven: boolean, view: View, submit?: Submit): Facts {
  const { element, parts } = read;
  const words = wordsOf(read);
  const { look, preChecked, shown, since = view.time } = watch(read, false, words);
  const [x1, y1, x2, y2] = contentBoxOf(words);
  const facts: Facts = {
    ...look,
    tagged_by: read.by,
    left_px: round(x1 + view.left),
    top_px: round(y1 + view.top),
    width_px: round(x2 - x1),
    height_px: round(y2 - y1),
    in_viewport: x2 > 0 && y2 > 0 && x1 < view.width && y1 < view.height,
    in_viewport_ms: round(shown + view.time - since),
    interaction: parts.some((part) => touched.has(part))
      ? "manual"
      : parts.length && isGiven
        ? "pre-selected"
        : "non-interactive",
  };
  if (parts.length) {
    facts.pre_checked = preChecked;
  }
  if (submit) {
    const [x3, y3, x4, y4] = submit.box;
    const gap = Math.hypot(Math.max(0, x1 - x4, x3 - x2), Math.max(0, y1 - y4, y3 - y2));
    const position = positionOf(element, submit.element);
    Object.assign(facts, {
      distance_px: round(gap),
      order: position & 1 ? undefined : position & 4 ? "before" : "after",
      submit_text: submit.text,
    });
  }
  return facts;
}

/** What submits: the control, its box, and what it says. */
export interface Submit {
  element: Element;
  box: Box;
  text: string;
}

/** What submits a form, also when nobody said which control. */
export function submitOf(form?: Element, submitter?: Element): Submit | undefined {
  const element = submitter ?? (form && allWithin(form, submits)[0]);
  return element && { element, box: boxOf(element), text: caption(element).slice(0, 128) };
}
