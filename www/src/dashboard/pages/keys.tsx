// What machines sign in with. A key is shown once.
import { useState } from "preact/hooks";
import { api, ok, type Schemas } from "../api/client.ts";
import { useAction, useQuery } from "../query.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Copy } from "../ui/copy.tsx";
import { Confirm, Dialog } from "../ui/dialog.tsx";
import { CheckFields, TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Card, Page } from "../ui/layout.tsx";
import { Empty, Loaded, Note } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";

type Key = Schemas["KeyView"];
type Scope = Schemas["Scope"];

const scopes: { value: Scope; hint: string }[] = [
  { value: "read", hint: "View certificates, lists and evidence." },
  { value: "verify", hint: "Verify certificates, match leads." },
  { value: "share", hint: "Share certificates, revoke shares." },
  { value: "claim", hint: "Claim certificates." },
  { value: "rules", hint: "Change consent rules." },
  { value: "manage", hint: "Properties, partners, webhooks, revocation, erasure." },
];

export default function Keys() {
  const query = useQuery("keys", () => ok(api.GET("/api/keys")));
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<Key>();
  const make = (
    <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>
      New key
    </Button>
  );
  return (
    <Page
      title="API keys"
      about={
        <>
          For programs of yours: everything here can be done by the API. <a href="/docs">Read on</a>
        </>
      }
      actions={make}
    >
      <Card flush>
        <Loaded query={query}>
          {(keys) =>
            keys.length === 0 ? (
              <Empty icon="key" title="No key yet" action={make}>
                Give each program its own key with no more than it needs, so that one can be revoked
                without the others.
              </Empty>
            ) : (
              <Table
                caption="API keys"
                rows={keys}
                id={(key) => key.id}
                columns={[
                  {
                    name: "Name",
                    cell: ({ name }) => <span class="cell-main outside">{name}</span>,
                  },
                  { name: "Key", tight: true, cell: ({ hint }) => <code>eck_…{hint}</code> },
                  { name: "May", cell: (key) => key.scopes.join(", ") },
                  { name: "Last used", tight: true, cell: (key) => <LastUsed of={key} /> },
                  {
                    name: "",
                    tight: true,
                    cell: (key) =>
                      key.revoked_at ? (
                        <Badge colour="grey">Revoked</Badge>
                      ) : (
                        <Button
                          compact
                          kind="quiet"
                          label={`Revoke ${key.name}`}
                          onClick={() => setEnding(key)}
                        >
                          Revoke
                        </Button>
                      ),
                  },
                ]}
              />
            )
          }
        </Loaded>
      </Card>
      {making && <NewKey onClose={() => setMaking(false)} made={query.reload} />}
      {ending && (
        <Confirm
          title={`Revoke ${ending.name}?`}
          verb="Revoke key"
          danger
          onClose={() => setEnding(undefined)}
          act={async () => {
            await api.DELETE("/api/keys/{id}", { params: { path: { id: ending.id } } });
            await query.reload();
          }}
        >
          Programs that use it are refused from now on. This cannot be undone.
        </Confirm>
      )}
    </Page>
  );
}

function LastUsed({ of: { last_used_at } }: { of: Key }) {
  return last_used_at ? <Time at={last_used_at} as="ago" /> : <span class="muted">Never</span>;
}

function NewKey({ onClose, made }: { onClose: () => void; made: () => Promise<void> }) {
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<Scope[]>(["read"]);
  const [key, setKey] = useState<string>();
  const action = useAction(async () => {
    const answer = await ok(api.POST("/api/keys", { body: { name, scopes: chosen } }));
    setKey(answer.key);
    await made();
  });
  if (key) {
    return (
      <Dialog title="Your new key" onClose={onClose}>
        <Note kind="amber" live>
          Copy it now: it is shown this once, and only a digest of it is kept.
        </Note>
        <Copy value={key} label="API key" />
        <div class="actions end">
          <Button kind="primary" onClick={onClose}>
            I have copied it
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="New API key" onClose={onClose}>
      <Form action={action} verb="Create key" disabled={chosen.length === 0} onCancel={onClose}>
        <TextField
          label="What it is for"
          placeholder="CRM import"
          required
          maxLength={128}
          value={name}
          onInput={setName}
        />
        <CheckFields
          legend="What it may do"
          options={scopes}
          chosen={chosen}
          onChange={setChosen}
        />
      </Form>
    </Dialog>
  );
}
