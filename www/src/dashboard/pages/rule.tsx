// The editor of a rule: single phrases or a full text, warn or reject, states, and what it would
// say of a disclosure.
import { useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso/router";
import { api, ok, type Schemas } from "../api/client.ts";
import { useAction, useQuery } from "../query.ts";
import { NoAdvice } from "../ui/badge.tsx";
import { Button, ButtonLink } from "../ui/button.tsx";
import { AreaField, Choices, ListField, TextField } from "../ui/field.tsx";
import { Card, Page } from "../ui/layout.tsx";
import { Loaded, Problem } from "../ui/states.tsx";
import { say } from "../ui/toast.tsx";
import { phraseOf, phraseText } from "./rule-phrases.ts";
import { Preview } from "./rule-preview.tsx";

type Draft = Schemas["RuleDraft"];

const back = { href: "/dashboard/consent-rules", label: "Consent rules" };
const empty: Draft = {
  rule_name: "",
  required_phrases: [],
  forbidden_phrases: [],
  mode: "warn",
  states: [],
};

export default function Rule() {
  const id = useRoute().params.id ?? "new";
  return id === "new" ? (
    <Page title="Create Rule" back={back}>
      <Editor draft={empty} />
    </Page>
  ) : (
    <Existing key={id} id={id} />
  );
}

function Existing({ id }: { id: string }) {
  const query = useQuery(`rule ${id}`, () =>
    ok(api.GET("/certificate-sharing/consent-rules/{id}", { params: { path: { id } } })),
  );
  return (
    <Page title={query.data?.rule_name ?? "Rule"} back={back}>
      <Loaded query={query}>
        {({ id, version: _, created_at: __, updated_at: ___, sentences: ____, ...draft }) => (
          <Editor id={id} draft={draft} />
        )}
      </Loaded>
    </Page>
  );
}

type Way = "phrases" | "text";

function Editor({ id, draft }: { id?: string; draft: Draft }) {
  const { route } = useLocation();
  const [rule, setRule] = useState(draft);
  const [way, setWay] = useState<Way>(draft.full_text ? "text" : "phrases");
  const change = (some: Partial<Draft>) => setRule({ ...rule, ...some });
  const { full_text: text, ...rest } = rule;
  // Only what the chosen way shows is saved.
  const written: Draft =
    way === "text" ? { ...rest, required_phrases: [], full_text: text ?? "" } : rest;
  const action = useAction(async () => {
    if (id === undefined) {
      await api.POST("/certificate-sharing/consent-rules", { body: written });
    } else {
      await api.PUT("/certificate-sharing/consent-rules/{id}", {
        params: { path: { id } },
        body: written,
      });
    }
    say("Rule saved.");
    route(back.href);
  });
  return (
    <div class="columns">
      <Card>
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            void action.run();
          }}
        >
          <Choices
            legend="How the words are given"
            segments
            value={way}
            onChange={setWay}
            options={[
              { value: "phrases", label: "Individual Phrases" },
              { value: "text", label: "Full Consent Text" },
            ]}
          />
          <TextField
            label="Rule name"
            placeholder="TCPA Express Consent"
            required
            maxLength={128}
            value={rule.rule_name}
            onInput={(rule_name) => change({ rule_name })}
          />
          {way === "phrases" ? (
            <ListField
              label="Required phrases"
              placeholder="autodialer | automatic telephone dialing system"
              hint="Type a phrase and press Enter. Each has to be there; wordings that will do as well stand with a | between. Case, spacing, quotes and dashes don't matter."
              values={(rule.required_phrases ?? []).map(phraseText)}
              onChange={(values) => change({ required_phrases: values.map(phraseOf) })}
            />
          ) : (
            <AreaField
              label="Full consent text"
              hint="Paste the whole disclosure that you require. Each of its sentences has to be there."
              required
              value={text ?? ""}
              onInput={(full_text) => change({ full_text })}
            />
          )}
          <ListField
            label="Forbidden phrases"
            placeholder="marketing partners"
            hint="Must not be there; a certificate that has one is never compliant."
            values={(rule.forbidden_phrases ?? []).map(phraseText)}
            onChange={(values) => change({ forbidden_phrases: values.map(phraseOf) })}
          />
          <Choices
            legend="Mode"
            value={rule.mode}
            onChange={(mode) => change({ mode })}
            options={[
              {
                value: "warn",
                label: "Warn",
                hint: "Flag for review: the certificate can still be claimed and used.",
              },
              {
                value: "reject",
                label: "Reject",
                hint: "Reject by itself: a certificate that does not match is not claimed.",
              },
            ]}
          />
          <ListField
            label="States"
            placeholder="FL"
            hint="Two-letter codes of the consumer's states that this rule is for; none for all. Looked at by IP address and area code."
            values={rule.states ?? []}
            onChange={(states) => change({ states: states.map((state) => state.toUpperCase()) })}
          />
          <Problem failure={action.failure} />
          <div class="actions">
            <Button kind="primary" busy={action.busy}>
              Save Rule
            </Button>
            <ButtonLink href={back.href}>Cancel</ButtonLink>
          </div>
        </form>
      </Card>
      <div class="stack">
        <Preview rule={written} />
        <NoAdvice />
      </div>
    </div>
  );
}
