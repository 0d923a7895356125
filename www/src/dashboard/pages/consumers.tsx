// One consumer, by phone or e-mail: all of their certificates that the company has are revoked, or
// their personal values erased, as one order that may go on behind the page.
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { api, ok, type Schemas } from "../api/client.ts";
import { useQuery } from "../query.ts";
import { isAdmin } from "../session.ts";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/dialog.tsx";
import { Choices, TextField } from "../ui/field.tsx";
import { Card, Facts, Page } from "../ui/layout.tsx";
import { Empty, Loaded, Note } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { Inline } from "../ui/words.tsx";

type Order = Schemas["ConsumerOrder"];
type Action = "revoke" | "erase";

export default function Consumers() {
  const { order } = useLocation().query;
  return (
    <Page
      title="Revoke and erase"
      about="For a consumer who called, wrote or was named in a complaint: everything that your company has of them, whether your forms took it or a publisher shared it and you claimed it."
    >
      {isAdmin.value ? (
        <>
          <Ask />
          {order ? <Outcome key={order} id={order} /> : <Nothing />}
        </>
      ) : (
        <Note>Owners and admins of your company do this.</Note>
      )}
    </Page>
  );
}

const words = {
  revoke: {
    label: "Revoke",
    hint: "Verifying says “opted out” to your company from then on. Each certificate can be restored.",
    title: "Revoke this consumer's certificates?",
    text: "Verifying them answers “opted out” to your company from now on. What was valid before stays in the evidence. Taking it back is done certificate by certificate.",
  },
  erase: {
    label: "Erase personal values",
    hint: "Address, browser, phone, e-mail and recording that your company holds. Cannot be undone.",
    title: "Erase this consumer's personal values?",
    text: "Address, browser, phone, e-mail and recording that your company holds of this consumer are deleted, in every certificate. This cannot be undone, and you will not find these certificates by this phone or e-mail again. They and their signatures still hold.",
  },
} satisfies Record<Action, object>;

function Ask() {
  const { route } = useLocation();
  const [action, setAction] = useState<Action>("revoke");
  const [phone, setPhone] = useState("");
  const [email, setEmail] = useState("");
  const [reason, setReason] = useState("");
  const [asking, setAsking] = useState(false);
  const [unnamed, setUnnamed] = useState(false);
  const given = [phone.trim(), email.trim()].filter(Boolean);
  const missing = unnamed && given.length === 0 ? "Name a phone number or an e-mail." : undefined;
  return (
    <Card title="Consumer" about="Whatever the phone or the e-mail leads to is meant.">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          setUnnamed(given.length === 0);
          setAsking(given.length > 0);
        }}
      >
        <TextField
          label="Phone"
          type="tel"
          hint="A number without a country is North American."
          maxLength={64}
          error={missing}
          value={phone}
          onInput={setPhone}
        />
        <TextField label="E-mail" type="email" maxLength={254} value={email} onInput={setEmail} />
        <Choices
          legend="What is done"
          value={action}
          onChange={setAction}
          options={(["revoke", "erase"] as const).map((value) => ({ value, ...words[value] }))}
        />
        <TextField
          label="Reason (if you want to keep one)"
          hint="One line for your own file. Personal values don't belong here."
          maxLength={200}
          value={reason}
          onInput={setReason}
        />
        <div class="actions">
          <Button kind={action === "erase" ? "danger" : "primary"}>{words[action].label}…</Button>
        </div>
      </form>
      {asking && (
        <Confirm
          title={words[action].title}
          verb={words[action].label}
          danger={action === "erase"}
          onClose={() => setAsking(false)}
          act={async () => {
            const { id } = await order(action, { phone, email, reason });
            // What was typed is the consumer's: it does not stay on the screen.
            setPhone("");
            setEmail("");
            setReason("");
            route(`/dashboard/consumers?order=${id}`);
          }}
        >
          <div class="stack">
            <Facts
              items={[
                phone.trim() ? ["Phone", <Inline key="phone" text={phone.trim()} />] : null,
                email.trim() ? ["E-mail", <Inline key="email" text={email.trim()} />] : null,
              ]}
            />
            <p>{words[action].text}</p>
          </div>
        </Confirm>
      )}
    </Card>
  );
}

async function order(
  action: Action,
  typed: Record<"phone" | "email" | "reason", string>,
): Promise<Order> {
  const named = Object.entries(typed).map(([name, text]) => [name, text.trim()] as const);
  const body = Object.fromEntries(named.filter(([, text]) => text !== ""));
  return await ok(
    action === "revoke"
      ? api.POST("/api/revocations", { body })
      : api.POST("/api/erasures", { body }),
  );
}

function Nothing() {
  return (
    <Card flush>
      <Empty icon="optOut" title="No consumer named yet">
        What comes of it is shown here: how many certificates it was. For a single one, open it and
        do it there.
      </Empty>
    </Card>
  );
}

const again = 2_000;

/** How far an order is; it goes on whether or not somebody looks. */
function Outcome({ id }: { id: string }) {
  const [done, setDone] = useState(false);
  const load = async () => {
    const told = await ok(api.GET("/api/orders/{id}", { params: { path: { id } } }));
    setDone(told.done_at != null);
    return told;
  };
  const query = useQuery(`order ${id}`, load, done ? undefined : again);
  return (
    <Card title="What came of it">
      <Loaded query={query} lines={2}>
        {(order) => (
          <>
            <Verdict order={order} />
            <Facts
              items={[
                ["Ordered", <Time key="at" at={order.ordered_at} />],
                order.done_at ? ["Done", <Time key="done" at={order.done_at} />] : null,
                ["Certificates", order.certificates],
                order.skipped > 0 ? ["Left as they were", order.skipped] : null,
              ]}
            />
          </>
        )}
      </Loaded>
    </Card>
  );
}

function Verdict({ order: { action, certificates, skipped, done_at } }: { order: Order }) {
  const count = certificates === 1 ? "1 certificate" : `${certificates} certificates`;
  const what = action === "revoke" ? "revoked" : "erased of personal values";
  if (!done_at) {
    return (
      <Note live>
        {count} {what} so far. The rest follows, also when you leave this page.
      </Note>
    );
  }
  if (skipped > 0) {
    return (
      <Note kind="amber" live>
        {count} {what}. {skipped} could not be: what is stored of them was changed. Open them to see
        what fails.
      </Note>
    );
  }
  return certificates > 0 ? (
    <Note kind="green" live>
      {count} {what}.
    </Note>
  ) : (
    <Note live>
      Nothing to change: your company has no certificate under this phone or e-mail, or it had been
      done before.
    </Note>
  );
}
