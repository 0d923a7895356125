// Phrases as they are typed and shown: several wordings of one phrase stand with a bar between.
import type { Schemas } from "../api/client.ts";

export type Phrase = Schemas["Phrase"];

export function phraseText(phrase: Phrase): string {
  return typeof phrase === "string" ? phrase : phrase.join(" | ");
}

/** `a | b` is one phrase that may be worded either way. */
export function phraseOf(typed: string): Phrase {
  const wordings = typed
    .split("|")
    .map((wording) => wording.trim())
    .filter(Boolean);
  return wordings.length > 1 ? wordings : (wordings[0] ?? typed);
}
