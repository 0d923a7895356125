// What is tagged as consent: by our attribute, by the property's selectors, or for the two services
// that pages may come from (contract §1.1).
import { attributeOf, matches } from "./dom.ts";

const attribute = "[data-consent-type]";
const trustedform = "[data-tf-element-role=consent-language],[data-tf-element-role=consent-opt-in]";
const leadid =
  "#leadid_tcpa_disclosure,[name=leadid_tcpa_disclosure],.leadid_tcpa_disclosure,[data-leadid-type*=tcpa i]";
const types = /^\s*(main|secondary)-(implied|explicit)\s*$/i;

/** Elements that are consent of a type without being tagged. */
export interface ConsentSelector {
  selector: string;
  type: string;
}

let selectors: ConsentSelector[] = [];

/** Takes the property's selectors, but for those that this browser cannot read. It closes by itself
 * what is left open at the end, but not before another selector. */
export function adopt(chosen: ConsentSelector[]): void {
  selectors = chosen.filter(({ selector }) => {
    try {
      document.querySelector(`${selector}\n,p`);
      return true;
    } catch {
      return false;
    }
  });
}

/** The property's selectors; another list after each [`adopt`]. */
export const adopted = () => selectors;

/** The selector of everything that is tagged. */
export const tags = () =>
  [attribute, trustedform, leadid, ...selectors.map(({ selector }) => selector)].join();

/** The attributes that decide what is tagged, and what belongs to it. */
export const tagging = () => [
  ...["data-consent-type", "data-tf-element-role", "data-leadid-type", "id", "name", "class"],
  ...["data-consent-id", "form", "for", "role", "type", "action"],
  ...[...tags().matchAll(/\[\s*([\w-]+)/g)].map(([, name = ""]) => name.toLowerCase()),
];

/** Whether attributes alone decide what is tagged: a pseudo-class can change without any. */
export const isSteady = () => !selectors.some(({ selector }) => selector.includes(":"));

const own = (element: Element) => {
  const tag = attributeOf(element, "data-consent-type") ?? "";
  return types.test(tag) ? tag : undefined;
};
const chosen = (element: Element) =>
  selectors.find(({ selector }) => matches(element, selector))?.type;

/** The type that an element is tagged as, `null` where our tag is not what made it consent, and
 * undefined where our tag names no type. */
export const tag = (element: Element) =>
  own(element) ??
  chosen(element) ??
  (attributeOf(element, "data-consent-type") === null ? null : undefined);

/** What made an element consent. */
export const taggedBy = (element: Element) => {
  if (own(element)) {
    return "attribute";
  }
  if (chosen(element)) {
    return "selector";
  }
  return matches(element, trustedform) ? "trustedform" : "leadid";
};
