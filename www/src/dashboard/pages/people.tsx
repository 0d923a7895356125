// Who is in the company, and who is asked to come.
import { useState } from "preact/hooks";
import { api, ok, type Schemas } from "../api/client.ts";
import { type Query, useAction, useQuery } from "../query.ts";
import { isOwner, me, type Role, roleNames } from "../session.ts";
import { Button } from "../ui/button.tsx";
import { CellSelect, ChangeProblem, useChange } from "../ui/change.tsx";
import { Confirm, Dialog } from "../ui/dialog.tsx";
import { Choices, TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Card, Page } from "../ui/layout.tsx";
import { Empty, Loaded } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";
import { say, undoable } from "../ui/toast.tsx";

type Person = Schemas["PersonView"];
type Invitation = Schemas["InvitationView"];

const roles: { value: Role; label: string; hint: string }[] = [
  {
    value: "member",
    label: roleNames.member,
    hint: "Views, verifies, shares and claims certificates.",
  },
  {
    value: "admin",
    label: roleNames.admin,
    hint: "Also rules, properties, partners, webhooks, keys and people.",
  },
  {
    value: "owner",
    label: roleNames.owner,
    hint: "Everything, owners and the company itself included.",
  },
];

/** Owners are for owners only. */
function mayManage(role: Role): boolean {
  return isOwner.value || role !== "owner";
}

function isMe({ id }: { id: string }): boolean {
  return id === me.value?.user?.id;
}

export default function People() {
  const people = useQuery("people", () => ok(api.GET("/api/people")));
  const invitations = useQuery("invitations", () => ok(api.GET("/api/invitations")));
  const [inviting, setInviting] = useState(false);
  return (
    <Page
      title="People"
      about="Who works in this company, and what they may do."
      actions={
        <Button kind="primary" icon="plus" onClick={() => setInviting(true)}>
          Invite
        </Button>
      }
    >
      <Card flush>
        <Loaded query={people}>{(data) => <Members people={data} reload={people.reload} />}</Loaded>
      </Card>
      <Card title="Invitations" flush>
        <Loaded query={invitations} lines={2}>
          {(data) => <Invitations invitations={data} query={invitations} />}
        </Loaded>
      </Card>
      {inviting && (
        <Invite
          onClose={() => setInviting(false)}
          done={async (invitation) => {
            setInviting(false);
            say(`An invitation to ${invitation.email} is on its way.`);
            await invitations.reload();
          }}
        />
      )}
    </Page>
  );
}

function Members({ people, reload }: { people: Person[]; reload: () => Promise<void> }) {
  const [leaving, setLeaving] = useState<Person>();
  const change = useChange(
    (id: string, role: Role) =>
      api.PUT("/api/people/{id}", { params: { path: { id } }, body: { role } }),
    "Role changed.",
    reload,
  );
  return (
    <>
      <ChangeProblem of={change} />
      <Table
        caption="People"
        rows={people}
        id={(person) => person.id}
        columns={[
          { name: "Name", cell: ({ name }) => <span class="cell-main outside">{name}</span> },
          { name: "E-mail", cell: ({ email }) => <span class="outside">{email}</span> },
          {
            name: "Role",
            tight: true,
            cell: ({ id, name, role }) =>
              mayManage(role) && !isMe({ id }) ? (
                <CellSelect
                  label={`Role of ${name}`}
                  value={role}
                  options={roles.filter(({ value }) => mayManage(value))}
                  onChange={(next) => void change.run(id, next)}
                />
              ) : (
                roleNames[role]
              ),
          },
          { name: "Since", tight: true, cell: ({ since }) => <Time at={since} as="day" /> },
          {
            name: "",
            tight: true,
            cell: (person) =>
              mayManage(person.role) && (
                <Button
                  compact
                  kind="quiet"
                  label={isMe(person) ? "Leave the company" : `Remove ${person.name}`}
                  onClick={() => setLeaving(person)}
                >
                  {isMe(person) ? "Leave" : "Remove"}
                </Button>
              ),
          },
        ]}
      />
      {leaving && (
        <Confirm
          title={isMe(leaving) ? "Leave the company?" : `Remove ${leaving.name}?`}
          verb={isMe(leaving) ? "Leave" : "Remove"}
          danger
          onClose={() => setLeaving(undefined)}
          act={async () => {
            await api.DELETE("/api/people/{id}", { params: { path: { id: leaving.id } } });
            if (isMe(leaving)) {
              location.assign("/sign-in");
            }
            await reload();
          }}
        >
          {isMe(leaving) ? "Your" : "Their"} sign-ins in this company end at once, and only a new
          invitation leads back.
        </Confirm>
      )}
    </>
  );
}

interface InvitationsProps {
  invitations: Invitation[];
  query: Query<Invitation[]>;
}

function Invitations({ invitations, query }: InvitationsProps) {
  const takeBack = (invitation: Invitation) => {
    query.set(invitations.filter((other) => other !== invitation));
    undoable({
      text: `Invitation to ${invitation.email} taken back.`,
      act: () => api.DELETE("/api/invitations/{id}", { params: { path: { id: invitation.id } } }),
      restore: () => query.set(invitations),
    });
  };
  if (invitations.length === 0) {
    return (
      <Empty icon="people" title="No open invitation">
        Whoever you invite gets a mail with a link, which works for seven days.
      </Empty>
    );
  }
  return (
    <Table
      caption="Invitations"
      rows={invitations}
      id={(invitation) => invitation.id}
      columns={[
        { name: "E-mail", cell: ({ email }) => <span class="outside">{email}</span> },
        {
          name: "Role",
          tight: true,
          cell: ({ role }) => roleNames[role],
        },
        {
          name: "Expires",
          tight: true,
          cell: ({ expires_at }) => <Time at={expires_at} as="ago" />,
        },
        {
          name: "",
          tight: true,
          cell: (invitation) => (
            <Button
              compact
              kind="quiet"
              label={`Take back the invitation to ${invitation.email}`}
              onClick={() => takeBack(invitation)}
            >
              Take back
            </Button>
          ),
        },
      ]}
    />
  );
}

interface InviteProps {
  onClose: () => void;
  done: (invitation: Invitation) => Promise<void>;
}

function Invite({ onClose, done }: InviteProps) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  const action = useAction(async () => {
    await done(await ok(api.POST("/api/invitations", { body: { email, role } })));
  });
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      <Form action={action} verb="Send invitation" onCancel={onClose}>
        <TextField label="E-mail" type="email" required value={email} onInput={setEmail} />
        <Choices
          legend="Role"
          value={role}
          onChange={setRole}
          options={roles.filter(({ value }) => mayManage(value))}
        />
      </Form>
    </Dialog>
  );
}
