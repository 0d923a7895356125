// From a tagged element to what the core collects: id, type, value, words, and whether they can be
// seen (contract §1.1 to §1.5).
import {
  allWithin,
  attributeOf,
  closest,
  firstChildOf,
  matches,
  nameOf,
  outer,
  rootOf,
  textContent,
  textOf,
} from "./dom.ts";
import { tag, taggedBy, tags } from "./tags.ts";
import { sight } from "./visibility.ts";

// biome-ignore lint/suspicious/noExplicitAny: what is no control has no value, labels or options
type Any = any;

/** Boxes that a script draws, whatever they are made of. */
const drawn = "[role=checkbox],[role=switch],[role=radio]";
/** Most elements have no role, and need not be asked for this one. */
const isDrawnBox = (element: Element) =>
  attributeOf(element, "role") !== null && matches(element, drawn);
/** What a tagged label or box may hold as its control. */
const controls = `input:not([type=hidden]),select,textarea,${drawn}`;
/** Another service's box that stands for a disclosure elsewhere. */
const optIn = "input[data-tf-element-role=consent-opt-in]";

/** What of a tagged element follows from the page's elements and attributes alone. */
interface Tagged {
  element: Element;
  owner: Element | null;
  /** The element itself where it is a control, its label's control, or the controls within it. */
  parts: Any[];
  /** Neither a control nor drawn as one, as most are: its words are its own. */
  isWords: boolean;
  /** What tells two forms of a page apart and survives a framework's replacing the element. */
  form: string;
  id: string;
  type: string;
  /** What made it consent. */
  by: string;
  /** What another service's tag says it is. */
  role: string;
}

/** A tagged element as it is now. */
export interface Read extends Tagged {
  value: string;
  text: string;
  isVisible: boolean;
}

const attribute = (element: Element | null | undefined, name: string): string =>
  (element && attributeOf(element, name)?.trim()) ?? "";

/** The form of an element; `form=` goes before ancestors. */
export const ownerOf = (element: Element): Element | null => {
  const named = attribute(element, "form");
  return (named && rootOf(element).getElementById?.(named)) || closest(element, "form");
};

/** What tells two forms of a page apart and survives a framework's replacing the element. */
export const keyOf = (form: Element | null | undefined): string =>
  ["id", "name", "action"].map((name) => attribute(form, name)).join(" ");

const isControl = (element: Element) => /^(input|select|textarea)$/.test(nameOf(element));

/** Whether an element's words are beside it. */
export const isField = (element: Element): boolean =>
  isControl(element) || (isDrawnBox(element) && !textContent(element).trim());

/** A hidden field has no labels to the browser, but is what LeadiD's are tied to. */
export const labelsOf = (field: Any): Element[] =>
  field.type === "hidden"
    ? [...allWithin(rootOf(field), "label")].filter(
        (label) => attribute(label, "for") && attribute(label, "for") === attribute(field, "id"),
      )
    : [...(field.labels ?? [])];

function controlsOf(element: Any): Any[] {
  const own = matches(element, controls) ? element : element.control;
  if (own) {
    return [own];
  }
  return firstChildOf(element) ? [...allWithin(element, controls)] : [];
}

/** The words of a disclosure or control, and the elements that show them. A control has its labels;
 * else what names it to screen readers; else the words beside it, when nothing else is there. */
function wordsOf(element: Any): [text: string, sources: Element[]] {
  let sources = [element];
  if (isField(element)) {
    const named = attribute(element, "aria-labelledby").split(/\s+/);
    sources = labelsOf(element);
    if (!sources.length) {
      sources = named.map((id) => rootOf(element).getElementById?.(id)).filter(Boolean);
    }
    if (!sources.length) {
      const isButton = /^(submit|button|reset)$/.test(element.type);
      const name = isButton ? element.value : attribute(element, "aria-label");
      const text = name || attribute(element, "title");
      if (text) {
        return [text, []];
      }
      const beside = outer(element);
      const isOnly =
        beside &&
        !matches(beside, "form,fieldset,body,main,section") &&
        allWithin(beside, controls).length < 2;
      sources = isOnly ? [beside] : [];
    }
  }
  return [sources.map(textOf).join(" "), sources];
}

export function valueOfControl(control: Any, submitter?: unknown): string {
  const { type = "", checked, value = "" } = control;
  if (/^(checkbox|radio)$/.test(type)) {
    return `${checked}`;
  }
  if (!type || isDrawnBox(control)) {
    return `${attribute(control, "aria-checked") === "true"}`;
  }
  if (/^(submit|button|image)$/.test(type)) {
    return `${control === submitter}`;
  }
  const { selectedOptions } = control;
  // What people type never leaves the page here.
  return (
    value.trim() && (selectedOptions ? [...selectedOptions].map(textOf).join(", ") : "provided")
  );
}

/** What the visitor did. Of several boxes in one tagged box all must be ticked; of several radio
 * buttons the chosen one's value counts, unless it is a no. */
function givenBy(element: Any, parts: Any[], submitter: unknown): string {
  if (nameOf(element) === "button" && !isDrawnBox(element)) {
    return `${element === submitter}`;
  }
  const given = isField(element) ? [element] : parts;
  const radios = given.filter((part) => part.type === "radio" || matches(part, "[role=radio]"));
  if (radios.length > 1) {
    const { value = "" } = radios.find((part) => valueOfControl(part) === "true") ?? {};
    return /^(no?|false|0|off|none|decline)?$/i.test(value.trim()) ? "false" : value;
  }
  const [first = "", ...others] = given.map((part) => valueOfControl(part, submitter));
  return first === "true" && others.includes("false") ? "false" : first;
}

/** The type of our own tag, or of the property's selector; of the other services' tags what they
 * come to: a box, or words with a box, are the main explicit consent, other words the main implied
 * one. Undefined for what is no consent of its own. */
function typeOf(element: Any, isExplicit: boolean): string | undefined {
  const known = tag(element);
  if (known !== null) {
    return known;
  }
  // A label beside its box, both tagged, is one consent, and the box is read with its label.
  const { control } = element;
  if (control && control !== element && matches(control, tags())) {
    return undefined;
  }
  return isExplicit ? "main-explicit" : "main-implied";
}

/** The consents among tagged elements, and the boxes that speak for words elsewhere. */
interface Structure {
  consents: Tagged[];
  optIns: { element: Element; owner: Element | null }[];
}

/** By the list of elements, which is another one as soon as anything of this may have changed. */
const structures = new WeakMap<Element[], Structure>();

function structureOf(elements: Element[]): Structure {
  const keys = new Map<Element | null, string>();
  const consents = elements.flatMap((element) => {
    const owner = ownerOf(element);
    const parts = controlsOf(element);
    const type = typeOf(element, parts.length > 0);
    if (!type) {
      return [];
    }
    const form = keys.get(owner) ?? keyOf(owner);
    keys.set(owner, form);
    const id =
      attribute(element, "data-consent-id") ||
      attribute(element, "id") ||
      attribute(element, "name");
    const role = attribute(element, "data-tf-element-role");
    const isWords = !isControl(element) && attributeOf(element, "role") === null;
    return { element, owner, parts, isWords, form, id, type, by: taggedBy(element), role };
  });
  const optIns = elements
    .filter((element) => matches(element, optIn))
    .map((element) => ({ element, owner: ownerOf(element) }));
  return { consents, optIns };
}

/** Reads tagged elements as they are at the submit of `form` by `submitter`, or at any time. */
export function read(elements: Element[], form?: Element, submitter?: Element): Read[] {
  const isVisible = sight();
  const structure = structures.get(elements) ?? structureOf(elements);
  structures.set(elements, structure);
  return structure.consents.map((one) => {
    const { element, owner, parts, isWords, by, role } = one;
    // Words that are tagged as the disclosure of a box that is tagged as its opt-in.
    const voice =
      role === "consent-language" &&
      structure.optIns.find((box) => [null, owner ?? form].includes(box.owner))?.element;
    const [text, sources] = isWords ? [textOf(element), [element]] : wordsOf(element);
    return {
      ...one,
      type: voice && by === "trustedform" ? "main-explicit" : one.type,
      value: givenBy(voice && !parts.length ? voice : element, parts, submitter),
      text,
      isVisible: sources.length
        ? sources.some((source) => isVisible(source, false))
        : isVisible(element, true),
    };
  });
}
