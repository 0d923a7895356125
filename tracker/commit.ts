// A commit: what the wasm has minted, with everything about it that only the page knows.
import { unknownOf } from "./deliver.ts";
import { json } from "./json.ts";
import { type Facts, submitOf, viewNow } from "./presentation.ts";
import type { Session } from "./session.ts";
import { remembered, type Steps } from "./steps.ts";
import type { Loaded } from "./types.ts";

interface Item {
  id: string;
  text_sha256: string;
}

/** What the wasm hands over, in the order of `Hands::deliver`. */
export type Minted = [
  id: string,
  timestamp: string,
  random: string,
  supersedes: string | undefined,
  droppedConsents: number,
  droppedWithheld: number,
  /** What was shown, by its number. */
  disclosed: number,
  contact: string,
  form: Element | undefined,
  submitter: Element | undefined,
];

/** What a commit says of what was shown, but for how it looked. */
interface Disclosed {
  /** As JSON, and each. */
  shown: string;
  consents: Item[];
  withheld: Item[];
  /** By digest. */
  texts: Record<string, string>;
  /** Which of what the submission showed each record is. */
  sources: Uint32Array;
}

const kept = new Map<number, Disclosed>();

/** Keeps what was shown, in the order of `Hands::keep`, texts with U+0000 between. */
export function keepDisclosed(
  number: number,
  shown: string,
  hidden: string,
  words: string,
  sources: Uint32Array,
): void {
  const consents: Item[] = JSON.parse(shown);
  const withheld: Item[] = JSON.parse(hidden).items;
  const all = words.split("\0");
  const texts: Record<string, string> = {};
  [...consents, ...withheld].forEach(({ text_sha256 }, n) => {
    texts[text_sha256] = all[n] ?? "";
  });
  // What the wasm hands over is its own memory, and is other numbers soon.
  kept.set(number, { shown, consents, withheld, texts, sources: sources.slice() });
  kept.delete(number - remembered);
}

/** How each record looked; none where the page makes measuring fail. */
function presentation(
  loaded: Loaded,
  steps: Steps,
  { consents, sources }: Disclosed,
  form: Element | undefined,
  submitter: Element | undefined,
): Facts[] {
  return (
    loaded.attempt(() => {
      const submit = submitOf(form, submitter);
      const view = viewNow();
      return consents.map(({ id }, n) => {
        const facts = steps.factsOf(sources[n] as number, view, submit);
        facts.id = id;
        return facts;
      });
    }) ?? []
  );
}

/** A commit that is ready to be sent. */
export interface Commit {
  id: string;
  /** With all words; written when the first is on its way. */
  whole: () => string;
  /** With the words that the server does not have. */
  few: string;
  /** Whether it is a lead's, which ends the funnel. */
  isLead: boolean;
}

/** Writes the certificate's commit. */
export function commit(
  loaded: Loaded,
  tracker: string,
  session: Session | undefined,
  steps: Steps,
  minted: Minted,
  /** What the recorder has sealed. */
  recording: object | undefined,
): Commit {
  const [id, timestamp, client_random, supersedes, consentsDropped, withheldDropped] = minted;
  const [, , , , , , number, contact, form, submitter] = minted;
  const disclosed = kept.get(number) as Disclosed;
  const { shown, texts, withheld } = disclosed;
  const [phone, email] = contact.split(" ").map((part) => part || null);
  const body = {
    v: 1,
    certificate_id: id,
    company_id: loaded.company,
    property_id: loaded.property,
    timestamp,
    page: location.href.slice(0, 2048),
    language: navigator.language ?? "",
    tracker,
    // One of the page's own making has none.
    token: session && id.startsWith(`EC-${session.session_id}-`) ? session.token : null,
    client_random,
    supersedes: supersedes ?? null,
    dropped: { consents: consentsDropped, withheld: withheldDropped },
    withheld,
    contact: { phone, email },
    presentation: presentation(loaded, steps, disclosed, form, submitter),
    recording,
  };
  // The records are JSON already.
  const head = `${json(body).slice(0, -1)},"consents":${shown}`;
  const withTexts = (texts: object) => `${head},"texts":${json(texts)}}`;
  return {
    id,
    whole: () => withTexts(texts),
    few: withTexts(unknownOf(texts)),
    isLead: contact !== "",
  };
}
