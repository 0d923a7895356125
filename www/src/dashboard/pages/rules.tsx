// The words that a buyer wants to find: its rules, and packs to begin from.
import { useState } from "preact/hooks";
import { api, ok, type Schemas } from "../api/client.ts";
import { useQuery } from "../query.ts";
import { isAdmin } from "../session.ts";
import { Badge, NoAdvice } from "../ui/badge.tsx";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Card, Page } from "../ui/layout.tsx";
import { Empty, Loaded, Note } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";
import { undoable } from "../ui/toast.tsx";
import { Packs } from "./rule-packs.tsx";

type Rule = Schemas["RuleView"];

export default function Rules() {
  return (
    <Page
      title="Consent rules"
      about="What disclosures of your publishers must say. Every claim is checked against all rules; what was checked before stays as it was."
      actions={
        isAdmin.value && (
          <ButtonLink kind="primary" icon="plus" href="/dashboard/consent-rules/new">
            Create Rule
          </ButtonLink>
        )
      }
      back={{ href: "/dashboard/partner-certificates", label: "Partner Certificates" }}
    >
      {isAdmin.value ? (
        <Content />
      ) : (
        <Note>Owners and admins of your company see and change its rules.</Note>
      )}
    </Page>
  );
}

function Content() {
  const query = useQuery("rules", () => ok(api.GET("/certificate-sharing/consent-rules")));
  const [packs, setPacks] = useState(false);
  const remove = (rule: Rule) => {
    const rules = query.data ?? [];
    query.set(rules.filter((other) => other !== rule));
    undoable({
      text: `Rule “${rule.rule_name}” deleted.`,
      act: () =>
        api.DELETE("/certificate-sharing/consent-rules/{id}", {
          params: { path: { id: rule.id } },
        }),
      restore: () => query.set(rules),
    });
  };
  const begin = <Button onClick={() => setPacks(true)}>Start from a pack</Button>;
  return (
    <>
      <Card flush>
        <Loaded query={query}>
          {(rules) =>
            rules.length === 0 ? (
              <Empty icon="rules" title="No rule yet" action={begin}>
                Without rules nothing is checked, and certificates are grey. Name your company and
                the words that your lawyers ask for.
              </Empty>
            ) : (
              <Table
                caption="Consent rules"
                rows={rules}
                id={(rule) => rule.id}
                columns={[
                  {
                    name: "Rule",
                    cell: ({ id, rule_name }) => (
                      <a class="cell-main outside" href={`/dashboard/consent-rules/${id}`}>
                        {rule_name}
                      </a>
                    ),
                  },
                  { name: "Looks for", cell: (rule) => whatItLooksFor(rule) },
                  {
                    name: "Mode",
                    tight: true,
                    cell: ({ mode }) => (
                      <Badge colour={mode === "reject" ? "red" : "amber"}>
                        {mode === "reject" ? "Reject" : "Warn"}
                      </Badge>
                    ),
                  },
                  {
                    name: "States",
                    tight: true,
                    cell: ({ states = [] }) => states.join(", ") || "All",
                  },
                  {
                    name: "Changed",
                    tight: true,
                    cell: ({ updated_at }) => <Time at={updated_at} as="day" />,
                  },
                  {
                    name: "",
                    tight: true,
                    cell: (rule) => (
                      <Button
                        compact
                        kind="quiet"
                        label={`Delete ${rule.rule_name}`}
                        onClick={() => remove(rule)}
                      >
                        Delete
                      </Button>
                    ),
                  },
                ]}
              />
            )
          }
        </Loaded>
      </Card>
      {(query.data?.length ?? 0) > 0 && <div class="actions">{begin}</div>}
      <NoAdvice />
      {packs && <Packs onClose={() => setPacks(false)} added={query.reload} />}
    </>
  );
}

function whatItLooksFor({
  full_text,
  sentences,
  required_phrases = [],
  forbidden_phrases = [],
}: Rule) {
  const required = full_text
    ? `${sentences?.length ?? 0} sentences of a full text`
    : `${required_phrases.length} required`;
  return forbidden_phrases.length > 0
    ? `${required}, ${forbidden_phrases.length} forbidden`
    : required;
}
