// What rules found in the words, and what they did not.
import type { Schemas } from "../api/client.ts";
import { Icon } from "../ui/icon.tsx";
import type { Part } from "../ui/words.tsx";

type Result = Schemas["RuleResult"];

/** The parts of one consent record that rules found something in. */
export function partsOf(rules: Result[], record: number): Part[] {
  return rules.flatMap(({ required, forbidden }) => [
    ...required.flatMap(({ places }) => places.filter((place) => place.record === record)),
    ...forbidden.flatMap(({ places }) =>
      places
        .filter((place) => place.record === record)
        .map((place) => ({ ...place, forbidden: true })),
    ),
  ]);
}

/** Every phrase of a rule: found, missing, or there though it must not be. */
export function Phrases({ result }: { result: Result }) {
  return (
    <ul class="checks" aria-label={`Phrases of ${result.rule_name}`}>
      {result.required.map(({ phrase, found }) => (
        <li key={phrase} class={found ? "found" : "absent"}>
          <Icon name={found ? "check" : "cross"} />
          <span class="outside">
            <span class="out-of-sight">{found ? "Found: " : "Missing: "}</span>
            {phrase}
          </span>
        </li>
      ))}
      {result.forbidden
        .filter(({ found }) => found)
        .map(({ phrase }) => (
          <li key={`forbidden ${phrase}`} class="absent">
            <Icon name="warning" />
            <span class="outside">Forbidden, and there: {phrase}</span>
          </li>
        ))}
    </ul>
  );
}
