// Whether a visitor could see an element (contract §1.2): drawn, with a box, not clipped away, and
// within what scrolling can reach.
import {
  type Box,
  boxOf,
  checkVisibility,
  contentBoxOf,
  getComputedStyle,
  measureAnew,
  nameOf,
  outer,
  parentOf,
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

/** Whether the browser draws it: display, visibility, opacity, its own and its ancestors'. */
function isDrawn(element: Element): boolean {
  if (!("checkVisibility" in element)) {
    return isDrawnByStyle(element);
  }
  const options = { opacityProperty: true, visibilityProperty: true };
  return (
    checkVisibility(element, options) ||
    // Such an element has no box of its own; its words are drawn in its parent's.
    (getComputedStyle(element).display === "contents" && isDrawn(parentOf(element)))
  );
}

/** For browsers without `checkVisibility` (Safari before 17.4, Chrome before 105). */
function isDrawnByStyle(element: Element): boolean {
  if (getComputedStyle(element).visibility !== "visible") {
    return false;
  }
  for (let next: Element | null = element; next; next = parentOf(next)) {
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

/** What the window can show by scrolling: right-to-left pages scroll to the left, others to the
 * right, and none above its start. */
function inReach(page: Element): Box {
  const { clientWidth, scrollWidth } = page;
  const [left, top] = boxOf(page);
  return getComputedStyle(page).direction === "rtl"
    ? [left + clientWidth - scrollWidth, top, left + clientWidth, Number.MAX_VALUE]
    : [left, top, left + scrollWidth, Number.MAX_VALUE];
}

/** Follows the boxes that clip or scroll the area, out to the viewport. */
function isReachable(element: Element, area: Box, page: Box): boolean {
  // An absolutely positioned box is not clipped by what lies between it and the box that
  // positions it.
  let isAbsolute = false;
  for (
    let next: Element | null = element;
    next && !/^(body|html)$/.test(nameOf(next));
    next = outer(next)
  ) {
    const { position, overflowY, clipPath, clip } = getComputedStyle(next);
    if (!isAbsolute || position !== "static") {
      isAbsolute = position === "absolute";
      const isFixed = position === "fixed";
      if (cutsEverything(clipPath) || ((isAbsolute || isFixed) && cutsEverything(clip))) {
        return false;
      }
      if (overflowY !== "visible") {
        const own = boxOf(next);
        if (/^(auto|scroll)$/.test(overflowY)) {
          // Scrolling brings in what lies after the start of the content.
          if (
            area[2] - own[0] + next.scrollLeft < thin ||
            area[3] - own[1] + next.scrollTop < thin
          ) {
            return false;
          }
          area = own;
        } else {
          area = within(area, own);
        }
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
  const page = inReach(document.documentElement);
  measureAnew();
  return (element, isControl) => {
    const area = isControl ? boxOf(element) : contentBoxOf(element);
    // The box first: it spares everything that is not rendered the walk.
    return !isThin(area) && isDrawn(element) && isReachable(element, area, page);
  };
}
