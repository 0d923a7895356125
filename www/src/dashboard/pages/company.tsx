// The company as others know it, the companies one is in, and one's own password.
import { useState } from "preact/hooks";
import { api } from "../api/client.ts";
import { useAction } from "../query.ts";
import { me, roleNames, switchCompany } from "../session.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Copy } from "../ui/copy.tsx";
import { TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Card, Facts, Page } from "../ui/layout.tsx";
import { Table } from "../ui/table.tsx";
import { say } from "../ui/toast.tsx";

export default function Company() {
  const who = me.value;
  const change = useAction(switchCompany);
  if (!who) {
    return null;
  }
  return (
    <Page title="Company">
      <Card title="This company">
        <Facts
          items={[
            [
              "Name",
              <span class="outside" key="name">
                {who.company.name}
              </span>,
            ],
            ["Your role", who.role && roleNames[who.role]],
            [
              "Your account",
              <span class="outside" key="mail">{`${who.user?.name}, ${who.user?.email}`}</span>,
            ],
          ]}
        />
        <div class="field">
          <span class="label">Company ID</span>
          <Copy value={who.company.id} label="company ID" />
          <span class="hint">
            Give it to publishers whose leads you buy: they add you as a distribution partner with
            it.
          </span>
        </div>
      </Card>
      <Card title="Your companies" flush>
        <Table
          caption="Your companies"
          rows={who.companies}
          id={({ id }) => id}
          columns={[
            { name: "Name", cell: ({ name }) => <span class="cell-main outside">{name}</span> },
            { name: "Role", tight: true, cell: ({ role }) => roleNames[role] },
            {
              name: "",
              tight: true,
              cell: ({ id, name }) =>
                id === who.company.id ? (
                  <Badge colour="green">You are here</Badge>
                ) : (
                  <Button
                    compact
                    label={`Switch to ${name}`}
                    busy={change.busy}
                    onClick={() => change.run(id)}
                  >
                    Switch
                  </Button>
                ),
            },
          ]}
        />
      </Card>
      <Password />
    </Page>
  );
}

function Password() {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const action = useAction(async () => {
    await api.POST("/api/auth/password", { body: { current, password } });
    setCurrent("");
    setPassword("");
    say("Your password is changed; your other sign-ins have ended.");
  });
  return (
    <Card title="Your password" about="A change ends your sign-ins on other devices.">
      <Form action={action} verb="Change password" kind={undefined}>
        <div class="row">
          <TextField
            label="Current password"
            type="password"
            autocomplete="current-password"
            required
            value={current}
            onInput={setCurrent}
          />
          <TextField
            label="New password"
            type="password"
            autocomplete="new-password"
            required
            value={password}
            onInput={setPassword}
          />
        </div>
      </Form>
    </Card>
  );
}
