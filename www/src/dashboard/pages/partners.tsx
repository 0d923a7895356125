// Distribution partners of a property: the companies that its leads are sold to.
import { useState } from "preact/hooks";
import { api, ok, type Schemas } from "../api/client.ts";
import { useAction, useQuery } from "../query.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { CellSelect, ChangeProblem, useChange } from "../ui/change.tsx";
import { Confirm, Dialog } from "../ui/dialog.tsx";
import { CheckField, Choices, TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Card } from "../ui/layout.tsx";
import { Empty, Loaded } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { say } from "../ui/toast.tsx";

type Partner = Schemas["PartnerView"];
type AccessLevel = Schemas["AccessLevel"];

const levels: { value: AccessLevel; label: string; hint: string }[] = [
  { value: "read", label: "Read", hint: "The buyer can view certificates that you share." },
  {
    value: "claim",
    label: "Claim",
    hint: "The buyer can claim certificates and add them to their own account.",
  },
];

/** Partners of a property, and those who are asked to become one. */
export function loadPartners(property: string | undefined): Promise<Partner[]> {
  const of = (status: "active" | "invited") => {
    const query = property === undefined ? { status } : { status, property_id: property };
    return ok(api.GET("/certificate-sharing/partners", { params: { query } }));
  };
  return Promise.all([of("invited"), of("active")]).then((lists) => lists.flat());
}

export function nameOf(partner: Partner): string {
  return partner.partner_name ?? partner.email ?? partner.partner_company_id ?? "A company";
}

export function Partners({ property }: { property: string }) {
  const query = useQuery(`partners ${property}`, () => loadPartners(property));
  const [adding, setAdding] = useState(false);
  const [ending, setEnding] = useState<Partner>();
  const add = (
    <Button icon="plus" onClick={() => setAdding(true)}>
      Add Partner
    </Button>
  );
  return (
    <Card
      title="Distribution Partners"
      about="Companies that buy leads of this property."
      actions={add}
      flush
    >
      <Loaded query={query} lines={2}>
        {(partners) =>
          partners.length === 0 ? (
            <Empty icon="people" title="No partner yet">
              With a partner you share in two clicks, or every certificate by itself.
            </Empty>
          ) : (
            <List partners={partners} reload={query.reload} end={setEnding} />
          )
        }
      </Loaded>
      {adding && (
        <AddPartner property={property} onClose={() => setAdding(false)} added={query.reload} />
      )}
      {ending && (
        <Confirm
          title={`End the partnership with ${nameOf(ending)}?`}
          verb="End partnership"
          danger
          onClose={() => setEnding(undefined)}
          act={async () => {
            await api.DELETE("/certificate-sharing/partners/{id}", {
              params: { path: { id: ending.id } },
            });
            await query.reload();
          }}
        >
          Nothing more is shared with them, and shares that they have not claimed are taken back.
          What they claimed stays theirs.
        </Confirm>
      )}
    </Card>
  );
}

interface ListProps {
  partners: Partner[];
  reload: () => Promise<void>;
  end: (partner: Partner) => void;
}

function List({ partners, reload, end }: ListProps) {
  const change = useChange(
    (id: number, body: Schemas["ChangePartner"]) =>
      api.PUT("/certificate-sharing/partners/{id}", { params: { path: { id } }, body }),
    "Partner changed.",
    reload,
  );
  return (
    <>
      <ChangeProblem of={change} />
      <Table
        caption="Distribution partners"
        rows={partners}
        id={(partner) => String(partner.id)}
        columns={[
          {
            name: "Partner",
            cell: (partner) => (
              <div>
                <div class="cell-main outside">{nameOf(partner)}</div>
                {partner.partner_company_id && (
                  <code class="muted outside">{partner.partner_company_id}</code>
                )}
              </div>
            ),
          },
          {
            name: "Status",
            tight: true,
            cell: ({ status }) => (
              <Badge colour={status === "active" ? "green" : "grey"}>
                {status === "active" ? "Active" : "Invited"}
              </Badge>
            ),
          },
          {
            name: "Access",
            tight: true,
            cell: (partner) => (
              <CellSelect
                label={`Access level of ${nameOf(partner)}`}
                value={partner.access_level}
                options={levels}
                onChange={(level) => void change.run(partner.id, { access_level: level })}
              />
            ),
          },
          {
            name: "Auto-share",
            tight: true,
            cell: (partner) => (
              <input
                type="checkbox"
                aria-label={`Auto-share with ${nameOf(partner)}`}
                checked={partner.auto_share}
                onChange={(event) =>
                  void change.run(partner.id, { auto_share: event.currentTarget.checked })
                }
              />
            ),
          },
          {
            name: "",
            tight: true,
            cell: (partner) => (
              <Button
                compact
                kind="quiet"
                label={`End with ${nameOf(partner)}`}
                onClick={() => end(partner)}
              >
                End
              </Button>
            ),
          },
        ]}
      />
    </>
  );
}

interface AddProps {
  property: string;
  onClose: () => void;
  added: () => Promise<void>;
}

function AddPartner({ property, onClose, added }: AddProps) {
  const [whom, setWhom] = useState("");
  const [level, setLevel] = useState<AccessLevel>("claim");
  const [auto, setAuto] = useState(false);
  const isEmail = whom.includes("@");
  const action = useAction(async () => {
    const named = whom.trim();
    await api.POST("/certificate-sharing/partners", {
      body: {
        property_id: property,
        ...(isEmail ? { email: named } : { partner_company_id: named }),
        access_level: level,
        auto_share: auto,
      },
    });
    onClose();
    say(isEmail ? `An invitation to ${named} is on its way.` : "Partner added.");
    await added();
  });
  return (
    <Dialog title="Add Partner" onClose={onClose}>
      <Form action={action} verb="Add Partner" onCancel={onClose}>
        <TextField
          label="The buyer's eConsent company ID or email"
          placeholder="68a1b2c3d4e5f6a7b8c9d0e1"
          hint={
            isEmail
              ? "They get a mail, and are a partner once they accept for their company."
              : "With a company ID they are a partner at once."
          }
          required
          value={whom}
          onInput={setWhom}
        />
        <Choices legend="Access level" value={level} onChange={setLevel} options={levels} />
        <CheckField
          label="Auto-share"
          hint="Every new certificate of this property is shared with this buyer by itself: for exclusive partnerships."
          checked={auto}
          onChange={setAuto}
        />
      </Form>
    </Dialog>
  );
}
