// The hands of the wasm: every DOM method it uses, taken from its prototype when this script ran.
// A page that replaces methods later does not reach them, and a form control named like a method
// cannot stand in front of it.
import { contactIn } from "./contact.ts";

// biome-ignore lint/suspicious/noExplicitAny: a prototype's types are lost with its name
type Method = (on: any, ...rest: any[]) => any;

function take(type: { prototype: object }, name: string): Method {
  const found = Object.getOwnPropertyDescriptor(type.prototype, name);
  const method = found?.get ?? found?.value;
  return (on, ...rest) => method.apply(on, rest);
}

export const { getComputedStyle, performance } = window;
const { crypto, location } = window;
export const attributeOf = take(Element, "getAttribute");
const closest = take(Element, "closest");
export const matches = take(Element, "matches");
const boundingBox = take(Element, "getBoundingClientRect");
export const allWithin = take(Element, "querySelectorAll");
const fieldsOf = take(HTMLFormElement, "elements");
export const positionOf = take(Node, "compareDocumentPosition");
const checkVisibility = take(Element, "checkVisibility");
const appendChild = take(Node, "appendChild");
const rootOf = take(Node, "getRootNode");
const parentOf = take(Node, "parentElement");
const textContent = take(Node, "textContent");
const innerText = take(HTMLElement, "innerText");
const setData = take(FormData, "set");
const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;

/** For browsers without `checkVisibility` (Safari before 17.4, Chrome before 105). */
function isDrawn(element: Element): boolean {
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

/** The element that this one is drawn in, across slots and shadow roots. */
export const outer = (element: Element): Element | null =>
  element.assignedSlot ?? parentOf(element) ?? rootOf(element).host;

/** Edges and scroll position of an element or of what it contains. */
export function boxOf(
  element: Element,
  ofContents: boolean,
): [number, number, number, number, number, number] {
  let box: DOMRect;
  if (ofContents) {
    const range = document.createRange();
    range.selectNodeContents(element);
    box = range.getBoundingClientRect();
  } else {
    box = boundingBox(element);
  }
  const { left, top, right, bottom } = box;
  return [left, top, right, bottom, element.scrollLeft, element.scrollTop];
}

/** What a button says. */
export const caption = (button: Element) =>
  (innerText(button) || (button as HTMLInputElement).value || "").trim();

/** What the wasm calls, beside what the glue adds. */
export const dom = {
  random: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
  domain: () => location.hostname,
  whole: () => document.documentElement,

  all: (within: ParentNode, selector: string) =>
    within instanceof Element ? allWithin(within, selector) : within.querySelectorAll(selector),
  byId: (element: Element, id: string) => rootOf(element).getElementById?.(id),
  outer,
  host: (element: Element) => rootOf(element).host,
  getAttribute: attributeOf,
  closest,
  matches,
  caption: (button: Element) => caption(button).toLowerCase(),
  /** Of a form, what belongs to it wherever it stands; else what belongs to no form. */
  contact: (around: Element) =>
    contactIn((selector) =>
      around instanceof HTMLFormElement
        ? [...fieldsOf(around)].filter((field) => matches(field, selector))
        : [...allWithin(around, selector)].filter(({ form }) => !form),
    ),
  text: (element: Element) =>
    (element instanceof HTMLElement && innerText(element).trim()) || textContent(element),
  drawn(element: Element): boolean {
    if (!("checkVisibility" in element)) {
      return isDrawn(element);
    }
    const options = { opacityProperty: true, visibilityProperty: true };
    return (
      checkVisibility(element, options) ||
      // Such an element has no box of its own; its words are drawn in its parent's.
      (getComputedStyle(element).display === "contents" && dom.drawn(parentOf(element)))
    );
  },
  box: boxOf,
  /** What the window shows now, or can show by scrolling: right-to-left pages scroll to the left,
   * others to the right, and none above its start. */
  pageBox(onScreen: boolean) {
    const { clientWidth, clientHeight, scrollWidth } = document.documentElement;
    if (onScreen) {
      return [0, 0, clientWidth, clientHeight, 0, 0];
    }
    const { left, top } = boundingBox(document.documentElement);
    const beyond = scrollWidth - clientWidth;
    const isRightToLeft = getComputedStyle(document.documentElement).direction === "rtl";
    return isRightToLeft
      ? [left - beyond, top, left + clientWidth, Number.MAX_VALUE, 0, 0]
      : [left, top, left + scrollWidth, Number.MAX_VALUE, 0, 0];
  },
  // biome-ignore lint/suspicious/noExplicitAny: labels and selectedOptions
  list: (element: any, property: string) => [...(element[property] ?? [])],
  style(element: Element, properties: string) {
    const style = getComputedStyle(element);
    return properties
      .split(" ")
      .map((name) => style.getPropertyValue(name))
      .join("\n");
  },
  /** Past what frameworks put on single fields to watch them. */
  fill: (field: Element, value: string) => setValue?.call(field, value),
  add(form: Element, name: string, value: string) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    if (!dom.byId(form, name)) {
      field.id = name;
    }
    appendChild(form, field);
  },
  put: setData,
};
