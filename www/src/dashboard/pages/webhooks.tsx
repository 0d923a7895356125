// Where the company is told of what happens.
import { useState } from "preact/hooks";
import { api, ok, type Schemas } from "../api/client.ts";
import { useAction, useQuery } from "../query.ts";
import { Button } from "../ui/button.tsx";
import { Copy } from "../ui/copy.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { CheckFields, TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Card, Page } from "../ui/layout.tsx";
import { Empty, Loaded, Note } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";

type Event = Schemas["WebhookEvent"];

const events: { value: Event; hint: string }[] = [
  { value: "session.certificate.created", hint: "A form of yours was submitted." },
  { value: "certificate.shared", hint: "A certificate was shared with you, or by you." },
  { value: "certificate.claimed", hint: "A certificate was claimed." },
  { value: "certificate.rejected", hint: "A claim failed a rule in reject mode." },
  { value: "consent.revoked", hint: "A consumer's consent was revoked." },
];

export default function Webhooks() {
  const query = useQuery("webhooks", () => ok(api.GET("/api/webhooks")));
  const [adding, setAdding] = useState(false);
  const add = (
    <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
      Add webhook
    </Button>
  );
  return (
    <Page
      title="Webhooks"
      about="Addresses of yours that are called when something happens. Every call is signed."
      actions={add}
    >
      <Card flush>
        <Loaded query={query}>
          {(webhooks) =>
            webhooks.length === 0 ? (
              <Empty icon="webhook" title="No webhook yet" action={add}>
                Let your systems know of new certificates, claims and revocations without asking.
              </Empty>
            ) : (
              <Table
                caption="Webhooks"
                rows={webhooks}
                id={(webhook) => webhook.id}
                columns={[
                  {
                    name: "Address",
                    cell: ({ id, url }) => (
                      <a class="outside" href={`/dashboard/webhooks/${id}`}>
                        {url}
                      </a>
                    ),
                  },
                  { name: "Told of", cell: (webhook) => webhook.events.join(", ") },
                  {
                    name: "Since",
                    tight: true,
                    cell: ({ created_at }) => <Time at={created_at} as="day" />,
                  },
                ]}
              />
            )
          }
        </Loaded>
      </Card>
      {adding && <NewWebhook onClose={() => setAdding(false)} made={query.reload} />}
    </Page>
  );
}

function NewWebhook({ onClose, made }: { onClose: () => void; made: () => Promise<void> }) {
  const [url, setUrl] = useState("");
  const [chosen, setChosen] = useState<Event[]>(events.map(({ value }) => value));
  const [secret, setSecret] = useState<string>();
  const action = useAction(async () => {
    const answer = await ok(api.POST("/api/webhooks", { body: { url, events: chosen } }));
    setSecret(answer.secret);
    await made();
  });
  if (secret) {
    return (
      <Dialog title="The webhook's secret" onClose={onClose}>
        <Note kind="amber" live>
          Copy it now: deliveries are signed with it, and it is not shown again.
        </Note>
        <Copy value={secret} label="secret" />
        <div class="actions end">
          <Button kind="primary" onClick={onClose}>
            I have copied it
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Add webhook" onClose={onClose}>
      <Form action={action} verb="Add webhook" disabled={chosen.length === 0} onCancel={onClose}>
        <TextField
          label="Address"
          placeholder="https://hooks.example.com/econsent"
          hint="https on port 443, with a public host name."
          required
          value={url}
          onInput={setUrl}
        />
        <CheckFields legend="Told of" options={events} chosen={chosen} onChange={setChosen} />
      </Form>
    </Dialog>
  );
}
