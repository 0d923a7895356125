// One consent record as it was shown and how it looked, and what was on the page and is no consent;
// the same for the publisher and for companies that hold the certificate.
import { Badge } from "../ui/badge.tsx";
import { Card, Facts } from "../ui/layout.tsx";
import { Note } from "../ui/states.tsx";
import { Inline, type Part, Words } from "../ui/words.tsx";

export interface Shown {
  id: string;
  type: string;
  value: string;
  given: boolean;
  step: number;
  /** None when the words are not kept where they should be. */
  text: string | null;
  text_sha256: string;
  /** How it looked: names and values for people. */
  looks: (readonly [string, string])[];
}

export function ConsentRecord({ consent, parts }: { consent: Shown; parts?: Part[] }) {
  return (
    <article class="card-body" aria-label={`Consent ${consent.id}`}>
      <div class="actions">
        <Badge colour={consent.given ? "green" : "grey"}>
          {consent.given ? "Given" : "Shown, not given"}
        </Badge>
        <span class="muted">
          {consent.type}, <Inline text={consent.id} />
        </span>
      </div>
      {consent.text === null ? (
        <Note kind="red">These words are missing.</Note>
      ) : (
        <Words text={consent.text} {...(parts ? { parts } : {})} />
      )}
      <details>
        <summary>How it looked</summary>
        <Facts
          items={[
            ["Value", <Inline key="value" text={consent.value || "(empty)"} />],
            ["Step of the form", consent.step],
            ...consent.looks.map(
              ([name, value]) => [name, <Inline key={name} text={value} />] as const,
            ),
            [
              "SHA-256 of the text",
              <span class="hex" key="sha">
                {consent.text_sha256}
              </span>,
            ],
          ]}
        />
      </details>
    </article>
  );
}

export interface Unshown {
  id: string;
  type: string;
  reason: string;
  text_sha256: string;
  text?: string | null;
}

export function Withheld({ items }: { items: Unshown[] }) {
  return items.length === 0 ? null : (
    <Card
      title="On the page, and no consent"
      about="Disclosures that were hidden when the form was submitted, and lesser copies."
    >
      {items.map((item) => (
        <div key={`${item.id} ${item.text_sha256}`} class="stack">
          <div class="actions">
            <Badge colour="amber">{item.reason === "not_visible" ? "Hidden" : "Duplicate"}</Badge>
            <span class="muted">
              {item.type}, <Inline text={item.id} />
            </span>
          </div>
          {item.text != null && <Words text={item.text} />}
        </div>
      ))}
    </Card>
  );
}
