// Whether a visitor could see an element (contract §1.2): drawn, with a box, not clipped away, and
// within what scrolling can reach.
import {
  type Box,
  boxOf,
  checkVisibility,
  contentBoxOf,
  getComputedStyle,
  measureAnew,
  outer,
} from "./dom.ts";

/** Boxes thinner than this hold no words: the usual way to hide text from eyes and keep it for
 * screen readers is a box of one pixel. */
const thin = 2;

const isThin = ([left, top, right, bottom]: Box) => right - left < thin || bottom - top < thin;

/** What of an area lies within another. */
const within = (area: Box, [left, top, right, bottom]: Box): Box => [
  Math.max(area[0], left),
  Math.max(area[1], top),
  Math.min(area[2], right),
  Math.min(area[3], bottom),
];

const asDrawn = { opacityProperty: true, visibilityProperty: true };

/** Whether the browser draws it: display, visibility, opacity, its own and its ancestors'. */
function isDrawn(element: Element): boolean {
  if (!("checkVisibility" in element)) {
    return isDrawnByStyle(element);
  }
  return (
    checkVisibility(element, asDrawn) ||
    // Such an element has no box of its own; its words are drawn in its parent's.
    (getComputedStyle(element).display === "contents" && isDrawn(outer(element) as Element))
  );
}

/** For browsers without `checkVisibility` (Safari before 17.4, Chrome before 105). */
function isDrawnByStyle(element: Element): boolean {
  if (getComputedStyle(element).visibility !== "visible") {
    return false;
  }
  for (let next: Element | null = element; next; next = outer(next)) {
    const style = getComputedStyle(next);
    if (style.display === "none" || style.opacity === "0") {
      return false;
    }
  }
  return true;
}

/** `clip-path` and `clip` as used for hiding: nothing is left of the box. */
const cutsEverything = (clip: string) =>
  /^(inset\(([5-9]\d|\d{3})[^)]*%\)$|(circle|ellipse)\(0(px|%)|rect\((0px, 0px, 0px, 0px|1px, 1px, 1px, 1px)\)$)/.test(
    clip,
  );

/** What the window shows now. */
const onScreen = ({ clientWidth, clientHeight }: Element): Box => [0, 0, clientWidth, clientHeight];

const cuts = /hidden|clip/;

/** Whose overflow is the window's: the body's, unless the page has its own. Then the body is a box
 * like others. */
const windowOf = (page: Element): Element =>
  getComputedStyle(page).overflow === "visible" ? (document.body ?? page) : page;

/** What the window can show by scrolling: right-to-left pages scroll to the left, others to the
 * right, none above its start, and those that cut off what is beside them not at all. */
function inReach(page: Element, outermost: Element): Box {
  const { clientWidth, scrollWidth } = page;
  const [left, top] = boxOf(page);
  const { direction, overflowX } = getComputedStyle(outermost);
  const width = cuts.test(overflowX) ? clientWidth : scrollWidth;
  return direction === "rtl"
    ? [left + clientWidth - width, top, left + clientWidth, Number.MAX_VALUE]
    : [left, top, left + width, Number.MAX_VALUE];
}

/** Of one axis, what of the area can come to be seen in a box: what it cuts off never does, and
 * scrolling brings in what lies after the start of the content. */
function reached(
  overflow: string,
  [start, end]: [number, number],
  [first, last]: [number, number],
  scrolled: number,
): [number, number] {
  if (overflow === "visible") {
    return [start, end];
  }
  if (cuts.test(overflow)) {
    return [Math.max(start, first), Math.min(end, last)];
  }
  return end - first + scrolled < thin ? [0, 0] : [first, last];
}

/** How a box treats what it holds. */
interface Frame {
  position: string;
  overflowX: string;
  overflowY: string;
  /** By `clip-path`; by `clip`, which only cuts boxes that are placed. */
  cutsAll: boolean;
  cutsPlaced: boolean;
}

/** Each property that is asked for is written out by the browser: most boxes are asked for three. */
function frameOf(element: Element): Frame {
  const style = getComputedStyle(element);
  const { position, overflow, clipPath } = style;
  const [overflowX, overflowY] =
    overflow === "visible" ? [overflow, overflow] : [style.overflowX, style.overflowY];
  const isPlaced = position === "absolute" || position === "fixed";
  return {
    position,
    overflowX,
    overflowY,
    cutsAll: cutsEverything(clipPath),
    cutsPlaced: isPlaced && cutsEverything(style.clip),
  };
}

/** Follows the boxes that clip or scroll the area, out to the viewport. */
function isReachable(
  element: Element,
  area: Box,
  outermost: Element,
  page: Box,
  frames: Map<Element, Frame>,
): boolean {
  // An absolutely positioned box is not clipped by what lies between it and the box that
  // positions it.
  let isAbsolute = false;
  for (
    let next: Element | null = element;
    next && next !== outermost && next !== document.documentElement;
    next = outer(next)
  ) {
    const frame = frames.get(next) ?? frameOf(next);
    frames.set(next, frame);
    const { position, overflowX, overflowY, cutsAll, cutsPlaced } = frame;
    if (!isAbsolute || position !== "static") {
      isAbsolute = position === "absolute";
      // A body that is held where it is, beneath a dialog, is the page nonetheless.
      const isFixed = position === "fixed" && next !== document.body;
      if (cutsAll || cutsPlaced) {
        return false;
      }
      if (overflowX !== "visible" || overflowY !== "visible") {
        const [left, top, right, bottom] = boxOf(next);
        const [x1, x2] = reached(overflowX, [area[0], area[2]], [left, right], next.scrollLeft);
        const [y1, y2] = reached(overflowY, [area[1], area[3]], [top, bottom], next.scrollTop);
        area = [x1, y1, x2, y2];
        if (isThin(area)) {
          return false;
        }
      }
      if (isFixed) {
        return !isThin(within(area, onScreen(document.documentElement)));
      }
    }
  }
  return !isThin(within(area, page));
}

/** Asks of one moment whether a visitor could see an element's own words or, for a control, its box. */
export function sight(): (element: Element, isControl: boolean) => boolean {
  const { documentElement } = document;
  const outermost = windowOf(documentElement);
  const page = inReach(documentElement, outermost);
  measureAnew();
  // What elements have around them is mostly the same for all.
  const frames = new Map<Element, Frame>();
  return (element, isControl) => {
    const area = isControl ? boxOf(element) : contentBoxOf(element);
    // The box first: it spares everything that is not rendered the walk.
    return !isThin(area) && isDrawn(element) && isReachable(element, area, outermost, page, frames);
  };
}
