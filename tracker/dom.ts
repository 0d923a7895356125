// The hands of the wasm: every DOM method it uses, taken from its prototype when this script ran.
// A page that replaces methods later does not reach them, and a form control named like a method
// cannot stand in front of it.
import { contactIn } from "./contact.ts";

// biome-ignore lint/suspicious/noExplicitAny: a prototype's types are lost with its name
type Method = (on: any, ...rest: any[]) => any;

const { call } = Function.prototype;

export function take(type: { prototype: object }, name: string): Method {
  const found = Object.getOwnPropertyDescriptor(type.prototype, name);
  return call.bind(found?.get ?? found?.value);
}

export const { getComputedStyle, performance } = window;
const { crypto, location } = window;
export const attributeOf = take(Element, "getAttribute");
export const closest = take(Element, "closest");
export const matches = take(Element, "matches");
const boundingBox = take(Element, "getBoundingClientRect");
export const checkVisibility = take(Element, "checkVisibility");
/** `input`, `div`, … */
export const nameOf = take(Element, "localName");
export const positionOf = take(Node, "compareDocumentPosition");
export const rootOf = take(Node, "getRootNode");
export const firstChildOf = take(Element, "firstElementChild");
const parentOf = take(Node, "parentElement");
export const textContent = take(Node, "textContent");
const innerText = take(HTMLElement, "innerText");
const [inElement, inDocument, inShadow] = [Element, Document, DocumentFragment].map((type) =>
  take(type, "querySelectorAll"),
) as [Method, Method, Method];
const elementsOf = take(HTMLFormElement, "elements");
const appendChild = take(Node, "appendChild");
const setData = take(FormData, "set");
const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;

/** What matches in an element, a document or a shadow root, in document order. */
export const allWithin: Method = (within, selector) =>
  (within instanceof Element ? inElement : within instanceof Document ? inDocument : inShadow)(
    within,
    selector,
  );

/** The element that this one is drawn in, across slots and shadow roots. */
export const outer = (element: Element): Element | null =>
  element.assignedSlot ?? parentOf(element) ?? rootOf(element).host;

/** Left, upper, right and lower edge, in viewport coordinates. */
export type Box = [number, number, number, number];

const edges = ({ left, top, right, bottom }: DOMRect): Box => [left, top, right, bottom];

/** The box of an element. */
export const boxOf = (element: Element): Box => edges(boundingBox(element));

let measured = new WeakMap<Element, Box>();
/** One for all measuring: a page pays for each as long as it lives. */
const range = document.createRange();

/** Measures contents anew from now on: the page may have moved them. */
export function measureAnew(): void {
  measured = new WeakMap();
}

/** The box of what an element contains. */
export function contentBoxOf(element: Element): Box {
  let box = measured.get(element);
  if (!box) {
    range.selectNodeContents(element);
    box = edges(range.getBoundingClientRect());
    measured.set(element, box);
  }
  return box;
}

/** The words as they are rendered; of what is not rendered or no HTML, the words in the source. */
export const textOf = (element: Element): string =>
  (element instanceof HTMLElement && innerText(element).trim()) || textContent(element);

/** What a button says. */
export const caption = (button: Element) =>
  (textOf(button) || (button as HTMLInputElement).value || "").trim();

/** Fields that belong to a form wherever they stand, of no form when there is none. */
export const fieldsOf = (around: Node, selector: string): HTMLInputElement[] =>
  around instanceof HTMLFormElement
    ? [...elementsOf(around)].filter((field) => matches(field, selector))
    : [...allWithin(around, selector)].filter(({ form }) => !form);

/** What the wasm calls, beside what the glue adds. */
export const dom = {
  random: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
  domain: () => location.hostname,
  whole: () => document.documentElement,

  all: allWithin,
  outer,
  host: (element: Element) => rootOf(element).host,
  getAttribute: attributeOf,
  closest,
  matches,
  caption: (button: Element) => caption(button).toLowerCase(),
  contact: (around: Element) => contactIn((selector) => fieldsOf(around, selector)),
  cursor: (element: Element) => getComputedStyle(element).cursor,
  /** Past what frameworks put on single fields to watch them. */
  fill: (field: Element, value: string) => setValue?.call(field, value),
  add(form: Element, name: string, value: string) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    if (!rootOf(form).getElementById?.(name)) {
      field.id = name;
    }
    appendChild(form, field);
  },
  put: setData,
};
