// The steps of a funnel: what was seen in a pane before a click hid it, or on an earlier page, stays
// part of the consent until the certificate (contract §1.7).
import { json } from "./json.ts";
import { type Facts, factsOf, type Submit, type View, viewNow, watch } from "./presentation.ts";
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
const isStill = (read: Read, seen: Seen | undefined) =>
  read.element === seen?.element &&
  read.value === seen.value &&
  read.text === seen.text &&
  read.type === seen.type &&
  read.id === seen.id &&
  read.form === seen.form;

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

/** What a submission shows: its words, the number that the wasm knows them by, and of what they were
 * told. */
interface Told {
  words: string;
  number: number;
  page: string;
  form: Element | undefined;
  elements: Element[];
  seen: Seen[];
  closed: Step[];
  given: (Seen | Read)[];
}

/** Of what was told, so much is remembered; the wasm remembers as much (`state.rs`). */
export const remembered = 4;

/** Follows what comes and goes. */
export class Steps {
  closed: Step[];
  seen: Seen[] = [];
  finished = false;
  readonly roots: Node[];
  /** Has the wasm make records of words, and gives the number that it knows them by. */
  readonly disclose: (words: string) => number;
  elements: Element[] = [];
  /** The latest first. */
  told: Told[] = [];

  constructor(roots: Node[], disclose: (words: string) => number) {
    this.roots = roots;
    this.disclose = disclose;
    const kept = stored((storage) => JSON.parse(storage.getItem(key) ?? "[]"));
    this.closed = Array.isArray(kept) ? kept : [];
  }

  /** Reads what is there, and closes the panes that were hidden since the last look, as they were
   * seen then. A submit (of `form` by `submitter`) has no time to measure how they look. */
  look(isIdle = false, measures = true, form?: Element, submitter?: Element): Read[] {
    this.elements = tagged(this.roots);
    const reads = read(this.elements, form, submitter);
    const visible = reads.filter(({ isVisible }) => isVisible);
    const isSame =
      visible.length === this.seen.length &&
      visible.every((read, n) => isStill(read, this.seen[n])) &&
      !this.closed.some(({ page }) => page === location.pathname);
    // Mostly nothing has changed since: then no pane is to be closed or opened again.
    if (!isSame) {
      this.turn(visible);
    }
    if (measures) {
      let view: View | undefined;
      visible.forEach((read, n) => {
        try {
          view ??= viewNow();
          watch(read, isIdle);
          (this.seen[n] as Seen).facts = factsOf(read, isGiven(read.value), view);
        } catch {
          // Where a page makes measuring fail, what it shows is evidence all the same.
        }
      });
    }
    return reads;
  }

  /** Something else is to be seen. */
  turn(visible: Read[]): void {
    const before = known(this.seen);
    const now = visible.map(({ form, id, type, value, text, element }) => {
      const one: Seen = { form, id, type, value, text, element };
      const earlier = before.get(element);
      one.facts = (isEdited(one, earlier) ? earlier : before.get(nameOf(one)))?.facts ?? {};
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

  /** What a submission shows, as it is now, by its number. */
  shown(form?: Element, submitter?: Element): number {
    return this.tell(this.look(false, false, form, submitter), form);
  }

  /** What a submission that is read so shows, by its number. */
  tell(reads: Read[], form?: Element): number {
    const { elements, seen, closed } = this;
    const page = location.pathname;
    const [latest] = this.told;
    // All is to be seen, and as it was when it was told last.
    if (
      latest?.form === form &&
      latest?.page === page &&
      latest.elements === elements &&
      latest.seen === seen &&
      latest.closed === closed &&
      reads.length === seen.length
    ) {
      return latest.number;
    }
    const [words, given] = this.wordsOf(reads, form);
    const earlier = this.told.find((told) => told.words === words);
    const number = earlier?.number ?? this.disclose(words);
    this.told = [
      { words, number, page, form, elements, seen, closed, given },
      ...this.told.filter((told) => told !== earlier && told.number > number - remembered),
    ];
    return number;
  }

  /** The closed steps of a form, other pages' belong to every form, and what is tagged in the form or
   * in none. For each id, type, value, text, step and whether it can be seen, with U+0000 between,
   * which no page has in its text. */
  wordsOf(reads: Read[], form?: Element): [words: string, given: (Seen | Read)[]] {
    const words: (string | number)[] = [];
    const given: (Seen | Read)[] = [];
    const here: Seen[] = [];
    let step = 1;
    const show = (one: Seen | Read, isVisible: boolean) => {
      const { id, type, value, text } = one;
      given.push(one);
      words.push(clean(id), clean(type), clean(value), clean(text), step, isVisible ? "v" : "");
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
    return [words.join("\0"), given];
  }

  /** How the nth looked of what was told last, beside the control that submits. */
  factsOf(n: number, view: View, submit?: Submit): Facts {
    const one = this.told[0]?.given[n] as Seen & Read;
    return one.element ? factsOf(one, isGiven(one.value), view, submit) : { ...one.facts };
  }

  close(gone: Seen[]): void {
    if (gone.length) {
      const seen = gone.map(({ element, ...kept }) => kept);
      this.closed = latest([...this.closed, { page: location.pathname, seen }]).slice(-32);
    }
  }
}
