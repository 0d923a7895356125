// The steps of a funnel: what was seen in a pane before a click hid it, or on an earlier page, stays
// part of the consent until the certificate (contract §1.7).
import { json } from "./json.ts";
import { type Facts, factsOf, type Submit, watch } from "./presentation.ts";
import { keyOf, type Read, read } from "./read.ts";
import { stored } from "./session.ts";
import { tagged } from "./tagged.ts";

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
  /** As long as it is there. */
  element?: Element;
}

/** One pane of one form of one page. */
interface Step {
  page: string;
  seen: Seen[];
}

/** Whether a value is consent given (contract §1.2). */
const isGiven = (value: string) => !/^(false)?$/.test(value);

/** The same for what is the same disclosure at two times, wherever a framework has put it by then.
 * Panes may use one id for other words. */
const nameOf = ({ form, id, text }: Seen) => [form, id, text].join("\0");

/** Whether one element's words grew or shrank. A framework that uses an element again for another
 * pane gives it another id, or other words. */
const isEdited = (one: Seen, other?: Seen) =>
  other?.form === one.form &&
  other.id === one.id &&
  (one.text.includes(other.text) || other.text.includes(one.text));

/** Words without U+0000; also of what a page has made of the tab's storage. */
function clean(part: unknown): string {
  const words = `${part}`;
  return words.includes("\0") ? words.replaceAll("\0", "\ufffd") : words;
}

/** Whether an element is as it was seen. */
const isStill = (read: Read, seen?: Seen) =>
  (["element", "form", "id", "type", "value", "text"] as const).every(
    (name) => read[name] === seen?.[name],
  );

/** By element and by name; of two that share one, the first. */
const known = (seen: Seen[]) =>
  new Map<unknown, Seen>(
    seen.flatMap((one) => [[one.element, one] as const, [nameOf(one), one] as const]).reverse(),
  );

/** Of one disclosure, by its id, only so many versions: words with a countdown in them are not to
 * push out what other panes have shown. */
function latest(steps: Step[]): Step[] {
  const counts: Record<string, number> = {};
  const isLate = (page: string, { form, id }: Seen) => {
    const name = [page, form, id].join("\0");
    counts[name] = (counts[name] ?? 0) + 1;
    return counts[name] <= (id ? 8 : 24);
  };
  return steps
    .reverse()
    .map(({ page, seen }) => ({ page, seen: seen.filter((one) => isLate(page, one)) }))
    .filter(({ seen }) => seen.length)
    .reverse();
}

/** Follows what comes and goes. */
export class Steps {
  closed: Step[];
  seen: Seen[] = [];
  finished = false;
  readonly roots: Node[];
  /** All words that a commit may need. */
  texts: string[] = [];
  given: (Seen | Read)[] = [];

  constructor(roots: Node[]) {
    this.roots = roots;
    const kept = stored((storage) => JSON.parse(storage.getItem(key) ?? "[]"));
    this.closed = Array.isArray(kept) ? kept : [];
  }

  /** Reads what is there, and closes the panes that were hidden since the last look, as they were
   * seen then. A submit (of `form` by `submitter`) has no time to measure how they look. */
  look(isIdle = false, measures = true, form?: Element, submitter?: Element): Read[] {
    const reads = read(tagged(this.roots), form, submitter);
    this.texts = reads.map(({ text }) => text);
    const visible = reads.filter(({ isVisible }) => isVisible);
    // Mostly nothing has changed since: then no pane is to be closed or opened again.
    if (
      !measures &&
      visible.length === this.seen.length &&
      visible.every((read, n) => isStill(read, this.seen[n])) &&
      !this.closed.some(({ page }) => page === location.pathname)
    ) {
      return reads;
    }
    const before = known(this.seen);
    const now = visible.map((read) => {
      const { form, id, type, value, text, element } = read;
      const one: Seen = { form, id, type, value, text, element };
      const earlier = before.get(element);
      one.facts = (isEdited(one, earlier) ? earlier : before.get(nameOf(one)))?.facts ?? {};
      if (measures) {
        try {
          watch(read, isIdle);
          one.facts = factsOf(read, isGiven(value));
        } catch {
          // Where a page makes measuring fail, what it shows is evidence all the same.
        }
      }
      return one;
    });
    const after = known(now);
    const isNow = (seen: Seen) => after.has(nameOf(seen));
    this.close(
      this.seen.filter((seen) => !isNow(seen) && !isEdited(seen, after.get(seen.element))),
    );
    // Who comes back to a step sees it anew.
    this.closed = this.closed.filter(
      ({ page, seen }) => page !== location.pathname || !seen.some(isNow),
    );
    this.seen = now;
    return reads;
  }

  /** The page is left: what it shows is a step, unless a lead's certificate has it. */
  leave(): void {
    if (!this.finished) {
      this.look();
      this.close(this.seen);
      stored((storage) => storage.setItem(key, json(this.closed)));
    }
  }

  /** The lead has its certificate: the next page begins with nothing. This one keeps its steps, as
   * it may submit again. */
  finish(): void {
    this.finished = true;
    stored((storage) => storage.removeItem(key));
  }

  /** What a submission shows, as it is now. */
  shown(form?: Element, submitter?: Element): string {
    return this.told(this.look(false, false, form, submitter), form);
  }

  /** What a submission that is read so shows: the closed steps of its form, other pages' belong to
   * every form, and what is tagged in the form or in none. For each id, type, value, text, step and
   * whether it can be seen, with U+0000 between, which no page has in its text. */
  told(reads: Read[], form?: Element): string {
    const shown: (string | number)[] = [];
    const here: Seen[] = [];
    let step = 1;
    this.given = [];
    const show = (one: Seen | Read, isVisible: boolean) => {
      const { id, type, value, text } = one;
      this.given.push(one);
      shown.push(clean(id), clean(type), clean(value), clean(text), step, isVisible ? "v" : "");
    };
    for (const { page, seen } of this.closed) {
      const isHere = page === location.pathname;
      const own = seen.filter((one) => !isHere || !one.form.trim() || one.form === keyOf(form));
      for (const one of own) {
        show(one, true);
      }
      here.push(...(isHere ? own : []));
      step += own.length && 1;
    }
    for (const one of reads) {
      // What a closed pane showed is not to be seen now, and was consent when it was.
      const wasSeen = here.some(({ id, text }) => id === one.id && text === one.text);
      if ([null, form ?? null].includes(one.owner) && (one.isVisible || !wasSeen)) {
        show(one, one.isVisible);
      }
    }
    return shown.join("\0");
  }

  /** How the nth of those looked, beside the control that submits. */
  factsOf(n: number, submit?: Submit): Facts {
    const one = this.given[n] as Seen & Read;
    return one.element ? factsOf(one, isGiven(one.value), submit) : (one.facts ?? {});
  }

  close(gone: Seen[]): void {
    if (gone.length) {
      const seen = gone.map(({ element, ...kept }) => kept);
      this.closed = latest([...this.closed, { page: location.pathname, seen }]).slice(-32);
    }
  }
}
