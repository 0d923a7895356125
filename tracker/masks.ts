// What a recording never holds (contract §6): what people type, and text that repeats it. Fields are
// masked as rrweb reads them; everything else is gone over once more when a chunk is closed, since a
// page may have shown a value before we saw it typed.
import { stored } from "./session.ts";

// biome-ignore lint/suspicious/noExplicitAny: events are rrweb's, of which only strings matter here
type Any = any;

const key = "econsent.typed";
/** Values remembered; the oldest go first. */
const remembered = 256;
/** Shorter values hide whole words only: a single letter stands everywhere. */
const anywhere = 6;
/** Attributes that style and structure hang on, and that show nobody any text. */
const structural =
  /^(class|style|id|type|for|rel|role|name|_cssText|rr_|data-consent-(type|id)|width|height)/;
/** Buttons and boxes: their value is the page's own word. */
const captions = /^(submit|button|reset|image|checkbox|radio|color|range)$/;
const secretNames = /passw|card.?n|cc.?n|cvv|cvc|csc|security.?code|\bpin\b|ssn|social.?sec/i;
const secretHints = /(current|new)-password|one-time-code|cc-/;
const fieldNames = ["input", "textarea"];
export const masked = "[data-econsent-mask]";

const stars = (text: string) => text.replace(/\S/gu, "*");
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** Whether digits are those of a payment card (ISO/IEC 7812: 13 to 19 with a Luhn check digit). */
function isCard(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]) * (at % 2 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return /^\d{13,19}$/.test(digits) && sum % 10 === 0;
}

const hideCards = (text: string) =>
  text.replace(/\d(?:[ -]?\d){12,18}/g, (number) =>
    isCard(number.replace(/\D/g, "")) ? stars(number) : number,
  );

/** A value as it may be written again: with other spaces, as a number with other separators, in a
 * URL, or one word of it. */
function forms(value: string): string[] {
  const words = value.split(/\s+/);
  const found = [words.map(escaped).join("\\s+")];
  if (words.length > 1 && words.length <= 3) {
    found.push(...words.filter((word) => /^\p{L}{3}/u.test(word)).map(escaped));
  }
  const digits = value.replace(/\D/g, "");
  if (digits.length >= 7 && !/\p{L}/u.test(value)) {
    found.push([...digits.slice(-10)].join("[^\\p{L}\\p{N}]{0,3}"));
  }
  const inUrl = encodeURIComponent(value);
  if (inUrl !== value) {
    found.push(escaped(inUrl), escaped(inUrl.replace(/%20/g, "+")));
  }
  return found;
}

/** The fields below a root. A document's own lists stay as they are until it changes: a submit does
 * not search a large page for them. */
const fieldsOf = (root: Node) =>
  (root instanceof Document
    ? fieldNames.flatMap((name) => [...root.getElementsByTagName(name)])
    : [...(root as ParentNode).querySelectorAll(fieldNames.join())]) as HTMLInputElement[];

export class Masks {
  readonly roots: Node[];
  readonly unmasked: string;
  /** What was typed, the latest last; those of secret fields are not kept for the next page. */
  readonly values = new Map<string, boolean>();
  readonly secrets = new WeakSet<Element>();
  patterns: [RegExp, RegExp] | undefined;
  /** Whether every field was looked at since the last chunk. */
  isAhead = false;
  isKept = true;

  constructor(roots: Node[], unmasked: string[]) {
    this.roots = roots;
    this.unmasked = unmasked.join(",");
    const kept = stored((storage) => JSON.parse(storage.getItem(key) ?? "[]"));
    for (const value of Array.isArray(kept) ? kept : []) {
      this.learn(`${value}`, false);
    }
  }

  /** The value of a field as it is recorded. */
  field = (text: string, field: HTMLElement): string => {
    const input = field as HTMLInputElement;
    if (field.localName === "input" && captions.test(input.type)) {
      return text;
    }
    const secret = this.isSecret(input);
    if (!secret && this.unmasked && field.matches(this.unmasked) && !field.closest(masked)) {
      return hideCards(text);
    }
    // What is chosen from a list or put into a hidden field is the page's own word.
    if (field.localName !== "select" && input.type !== "hidden") {
      this.learn(text, secret || hideCards(text) !== text);
    }
    return secret && text ? "********" : stars(text);
  };

  text = stars;

  isSecret(field: HTMLInputElement): boolean {
    const secret =
      this.secrets.has(field) ||
      field.type === "password" ||
      field.hasAttribute("data-rr-is-password") ||
      secretHints.test(field.autocomplete ?? "") ||
      secretNames.test(`${field.name} ${field.id}`);
    if (secret) {
      // Also when a button shows it in clear.
      this.secrets.add(field);
    }
    return secret;
  }

  learn(text: string, secret: boolean): void {
    const value = text.trim();
    if (value && value.length < 500 && !this.values.has(value)) {
      this.values.set(value, secret);
      this.patterns = undefined;
      this.isKept = false;
      const [oldest] = this.values.keys();
      if (this.values.size > remembered && oldest !== undefined) {
        this.values.delete(oldest);
      }
    }
  }

  /** Looks at every field once more: values may have been set by the page's own scripts. Once for
   * each chunk. */
  look(): void {
    if (this.isAhead) {
      return;
    }
    this.isAhead = true;
    for (const field of this.roots.flatMap(fieldsOf)) {
      // One in a drawing is no field.
      if (typeof field.value === "string") {
        this.field(field.value, field);
      }
    }
  }

  /** What the next page of this tab must not show either; what was only on the way is left out. */
  keep(): void {
    this.look();
    if (this.isKept) {
      return;
    }
    this.isKept = true;
    const values = [...this.values].filter(([, secret]) => !secret).map(([value]) => value);
    const whole = values.filter(
      (value) => !values.some((other) => other !== value && other.startsWith(value)),
    );
    stored((storage) => storage.setItem(key, JSON.stringify(whole.slice(-64))));
  }

  hide = (text: string): string => {
    // Only where there are words to go over: most chunks that a submit closes have none.
    this.look();
    if (!this.patterns) {
      const all = [...this.values.keys()].flatMap(forms);
      const union = (some: string[]) =>
        some.sort((a, b) => b.length - a.length).join("|") || "(?!)";
      const [long, short] = [
        all.filter((form) => form.length >= anywhere),
        all.filter((form) => form.length < anywhere),
      ];
      this.patterns = [
        new RegExp(union(long), "giu"),
        new RegExp(`(^|[^\\p{L}\\p{N}])(${union(short)})(?![\\p{L}\\p{N}])`, "giu"),
      ];
    }
    const [long, short] = this.patterns;
    return hideCards(text)
      .replace(long, stars)
      .replace(short, (_, before: string, word: string) => before + stars(word));
  };

  /** Goes over an event of rrweb; `nodeOf` finds the node of an id. */
  apply({ type, data }: Any, nodeOf: (id: number) => Node | null): void {
    const within = (id: number) => {
      const node = nodeOf(id);
      const element = node instanceof Element ? node : node?.parentElement;
      return Boolean(element?.closest(masked));
    };
    if (type === 4) {
      // The query may hold anything; path and host say where it was.
      const { origin, pathname } = new URL(data.href, location.href);
      data.href = this.hide(origin === "null" ? "about:blank" : origin + pathname);
    } else if (type === 2) {
      this.node(data.node, false);
    } else if (type === 3 && data.source === 0) {
      for (const change of data.texts) {
        change.value = change.value && (within(change.id) ? stars : this.hide)(change.value);
      }
      for (const change of data.attributes) {
        this.attributes(change.attributes, within(change.id));
      }
      for (const added of data.adds) {
        this.node(added.node, within(added.parentId));
      }
    }
  }

  node(root: Any, inMasked: boolean): void {
    const open: [Any, boolean][] = [[root, inMasked]];
    for (let next = open.pop(); next; next = open.pop()) {
      const [node, outer] = next;
      const hidden = outer || node.attributes?.["data-econsent-mask"] !== undefined;
      if (node.attributes) {
        this.attributes(node.attributes, hidden);
      }
      if (node.textContent && !node.isStyle) {
        node.textContent = (hidden ? stars : this.hide)(node.textContent);
      }
      if (node.tagName !== "style") {
        for (const child of node.childNodes ?? []) {
          open.push([child, hidden]);
        }
      }
    }
  }

  attributes(attributes: Any, inMasked: boolean): void {
    for (const [name, value] of Object.entries(attributes)) {
      if (value && typeof value === "string" && !structural.test(name)) {
        const isUrl = /^(src|srcset|href|action|poster|xlink:href)$/.test(name);
        attributes[name] = inMasked && !isUrl ? stars(value) : this.hide(value);
      }
    }
  }
}
