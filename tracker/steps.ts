// The steps of a funnel: what was seen in a pane before a click hid it, or on an earlier page, stays
// part of the consent until the certificate (contract §1.7).
import { type Facts, factsOf, watch } from "./presentation.ts";
import { stored } from "./session.ts";

const key = "econsent.steps";
const { location } = window;

/** A disclosure or control as it was last seen. */
interface Seen {
  form: string;
  id: string;
  type: string;
  value: string;
  text: string;
  /** How it looked. */
  facts?: Facts;
}

/** One pane of one form of one page. */
interface Step {
  page: string;
  seen: Seen[];
}

const isSame = (one: Seen, other: Seen) =>
  one.form === other.form && one.id === other.id && (one.id !== "" || one.text === other.text);

/** Follows what comes and goes; `look` calls `saw` for every tagged element. */
export class Steps {
  closed: Step[];
  seen: Seen[] = [];
  finished = false;
  readonly tell: () => void;
  now: Seen[] = [];
  /** All words that a commit may need. */
  texts: string[] = [];
  isIdle = false;
  measures = true;
  given: Seen[] = [];

  constructor(tell: () => void) {
    this.tell = tell;
    const kept = stored((storage) => JSON.parse(storage.getItem(key) ?? "[]"));
    this.closed = Array.isArray(kept) ? kept : [];
  }

  /** What the wasm has read. */
  saw(
    element: Element,
    form: string,
    id: string,
    type: string,
    value: string,
    text: string,
    isVisible: boolean,
  ): void {
    this.texts.push(text);
    if (isVisible) {
      const now: Seen = { form, id, type, value, text };
      now.facts = this.seen.find((seen) => isSame(seen, now))?.facts ?? {};
      if (this.measures) {
        try {
          watch(element, this.isIdle);
          now.facts = factsOf(element, !/^(false)?$/.test(value));
        } catch {
          // Where a page makes measuring fail, what it shows is evidence all the same.
        }
      }
      this.now.push(now);
    }
  }

  /** Closes the panes that were hidden since the last look, as they were seen then. A submit has no
   * time to measure how they look. */
  look(isIdle = false, measures = true): void {
    this.isIdle = isIdle;
    this.measures = measures;
    this.now = [];
    this.texts = [];
    this.tell();
    const { now } = this;
    this.close(this.seen.filter((seen) => !now.some((other) => isSame(seen, other))));
    // Who comes back to a step sees it anew.
    const isOpen = (step: Step) =>
      step.page === location.pathname &&
      step.seen.some((seen) => now.some((other) => isSame(seen, other)));
    this.closed = this.closed.filter((step) => !isOpen(step));
    this.seen = now;
  }

  /** The page is left: what it shows is a step, unless a lead's certificate has it. */
  leave(): void {
    if (!this.finished) {
      this.look();
      this.close(this.seen);
      stored((storage) => storage.setItem(key, JSON.stringify(this.closed)));
    }
  }

  /** The lead has its certificate: the next page begins with nothing. This one keeps its steps, as
   * it may submit again. */
  finish(): void {
    this.finished = true;
    stored((storage) => storage.removeItem(key));
  }

  /** The closed steps of a form, five strings each: id, type, value, text, and a place: `h` when
   * it was here on this page, `.` after the last of a step. Other pages' belong to every form. */
  of(form: string): string[] {
    this.given = [];
    return this.closed.flatMap(({ page, seen }) => {
      const here = page === location.pathname ? "h" : "";
      const own = seen.filter((one) => !here || one.form === form || one.form.trim() === "");
      this.given.push(...own);
      return own.flatMap(({ id, type, value, text }, at, { length }) => [
        id,
        type,
        value,
        text,
        here + (at === length - 1 ? "." : ""),
      ]);
    });
  }

  /** How the nth of those looked. */
  factsOf(n: number): Facts {
    return this.given[n]?.facts ?? {};
  }

  close(seen: Seen[]): void {
    if (seen.length) {
      this.closed = [...this.closed, { page: location.pathname, seen }].slice(-32);
    }
  }
}
