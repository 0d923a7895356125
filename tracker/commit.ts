// A commit: what the wasm has minted, with everything about it that only the page knows.
import { deliver } from "./deliver.ts";
import { type Facts, factsOf, submitOf } from "./presentation.ts";
import type { Session } from "./session.ts";
import type { Steps } from "./steps.ts";
import type { Loaded } from "./types.ts";

interface Item {
  id: string;
  value: string;
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
  consents: string,
  withheld: string,
  texts: string[],
  contact: string,
  /** Where each record was found: an element, or a number among what steps showed. */
  sources: (Element | number)[],
  form: Element | undefined,
  submitter: Element | undefined,
];

/** How each record looked; none where the page makes measuring fail. */
function presentation(loaded: Loaded, steps: Steps, consents: Item[], minted: Minted): Facts[] {
  const [, , , , , , , , , , sources, form, submitter] = minted;
  return (
    loaded.attempt(() => {
      const submit = submitter ?? submitOf(form);
      return consents.map(({ id, value }, n) => {
        const source = sources[n] as Element | number;
        const isGiven = !/^(false)?$/.test(value);
        const facts =
          typeof source === "number" ? steps.factsOf(source) : factsOf(source, isGiven, submit);
        return { ...facts, id };
      });
    }) ?? []
  );
}

/** Sends the certificate; true when it is a lead's, which ends the funnel. */
export function commit(
  loaded: Loaded,
  tracker: string,
  session: Session | undefined,
  steps: Steps,
  minted: Minted,
): boolean {
  const [id, timestamp, client_random, supersedes, consentsDropped, withheldDropped] = minted;
  const [, , , , , , shown, hidden, words, contact] = minted;
  const consents: Item[] = JSON.parse(shown);
  const withheld: Item[] = JSON.parse(hidden).items;
  const texts: Record<string, string> = {};
  [...consents, ...withheld].forEach(({ text_sha256 }, n) => {
    texts[text_sha256] = words[n] ?? "";
  });
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
    consents,
    withheld,
    contact: { phone, email },
    presentation: presentation(loaded, steps, consents, minted),
    recording: loaded.seal?.(),
  };
  deliver(loaded, id, body, texts);
  return contact !== "";
}
