// What consumers have asked for: each request with its deadline, confirmed, or declined with a
// reason.
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { api, ok, type Schemas } from "../api/client.ts";
import { usePages } from "../more.ts";
import { isAdmin } from "../session.ts";
import { Badge, type Colour } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/dialog.tsx";
import { SelectField } from "../ui/field.tsx";
import { Card, Page } from "../ui/layout.tsx";
import { Empty, Loaded, Note, Problem } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";
import { say } from "../ui/toast.tsx";
import { Reason } from "./reason.tsx";

type OptOut = Schemas["OptOutList"]["items"][number];
type Status = OptOut["status"];

const statuses: Record<Status, { colour: Colour; words: string }> = {
  pending: { colour: "amber", words: "To decide" },
  confirmed: { colour: "green", words: "Confirmed" },
  declined: { colour: "grey", words: "Declined" },
};

export default function OptOuts() {
  const status = (useLocation().query.status ?? "pending") as Status;
  return (
    <Page
      title="Opt-out requests"
      about="Consumers who ask to be left alone. 47 CFR 64.1200(a)(10) gives ten business days; a request changes nothing by itself."
    >
      {isAdmin.value ? (
        <Content key={status} status={status} />
      ) : (
        <Note>Owners and admins of your company decide about these.</Note>
      )}
    </Page>
  );
}

function Content({ status }: { status: Status }) {
  const { route } = useLocation();
  const list = usePages(`opt-outs ${status}`, (cursor) =>
    ok(api.GET("/api/opt-outs", { params: { query: { status, ...(cursor && { cursor }) } } })),
  );
  const [confirming, setConfirming] = useState<OptOut>();
  const [declining, setDeclining] = useState<OptOut>();
  return (
    <Card flush>
      <div class="filters">
        <SelectField
          label="Status"
          value={status}
          onInput={(next) => route(`/dashboard/opt-outs?status=${next}`, true)}
          options={Object.entries(statuses).map(([value, { words }]) => [value, words] as const)}
        />
      </div>
      <Loaded query={list.first}>
        {() =>
          list.items.length === 0 ? (
            <Empty icon="optOut" title={status === "pending" ? "Nothing to decide" : "None"}>
              Requests come from the page <a href="/opt-out">/opt-out</a>, which anybody can reach.
            </Empty>
          ) : (
            <>
              <List items={list.items} confirm={setConfirming} decline={setDeclining} />
              {list.more && (
                <div class="pager">
                  <span>{list.items.length} so far</span>
                  <Button busy={list.busy} onClick={list.loadMore}>
                    Load more
                  </Button>
                </div>
              )}
              <Problem failure={list.failure} />
            </>
          )
        }
      </Loaded>
      {confirming && (
        <Confirm
          title="Confirm this opt-out?"
          verb="Confirm opt-out"
          onClose={() => setConfirming(undefined)}
          act={async () => {
            const params = { path: { id: confirming.id } };
            await api.POST("/api/opt-outs/{id}/confirm", { params, body: {} });
            say("Confirmed: the consumer's certificates are being revoked.");
            await list.reload();
          }}
        >
          Every certificate of this consumer that your company has is revoked, and verifying says so
          from then on.
        </Confirm>
      )}
      {declining && (
        <Reason
          title="Decline this opt-out?"
          verb="Decline"
          danger
          required
          onClose={() => setDeclining(undefined)}
          act={async (reason) => {
            const params = { path: { id: declining.id } };
            await api.POST("/api/opt-outs/{id}/decline", { params, body: { reason } });
            say("Declined.");
            await list.reload();
          }}
        />
      )}
    </Card>
  );
}

interface ListProps {
  items: OptOut[];
  confirm: (optOut: OptOut) => void;
  decline: (optOut: OptOut) => void;
}

function List({ items, confirm, decline }: ListProps) {
  return (
    <Table
      caption="Opt-out requests"
      rows={items}
      id={(optOut) => optOut.id}
      columns={[
        { name: "Received", tight: true, cell: ({ received_at }) => <Time at={received_at} /> },
        { name: "Decide before", tight: true, cell: ({ due_at }) => <Time at={due_at} as="day" /> },
        { name: "Certificates", cell: (optOut) => <Certificates ids={optOut.certificates} /> },
        { name: "Status", tight: true, cell: (optOut) => <Standing of={optOut} /> },
        {
          name: "",
          tight: true,
          cell: (optOut) =>
            optOut.status === "pending" && (
              <div class="actions">
                <Button
                  compact
                  kind="primary"
                  label={`Confirm ${optOut.id}`}
                  onClick={() => confirm(optOut)}
                >
                  Confirm
                </Button>
                <Button compact label={`Decline ${optOut.id}`} onClick={() => decline(optOut)}>
                  Decline
                </Button>
              </div>
            ),
        },
      ]}
    />
  );
}

function Certificates({ ids }: { ids: string[] }) {
  return ids.length === 0 ? (
    <span class="muted">Not listed any more</span>
  ) : (
    <ul>
      {ids.map((id) => (
        <li key={id}>
          <a class="short-id" href={`/dashboard/certificates/${id}`} title={id}>
            {id}
          </a>
        </li>
      ))}
    </ul>
  );
}

function Standing({ of: { status, due_at, decided_at, reason } }: { of: OptOut }) {
  const { colour, words } = statuses[status];
  const late = status === "pending" && Date.parse(due_at) < Date.now();
  return (
    <div>
      <Badge colour={late ? "red" : colour}>{late ? "Overdue" : words}</Badge>
      {decided_at && (
        <div class="muted small">
          <Time at={decided_at} as="day" />
        </div>
      )}
      {reason && <div class="small outside">{reason}</div>}
    </div>
  );
}
