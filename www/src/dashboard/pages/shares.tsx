// What the company has shared, with whom, and what came of it; pending shares can be taken back.
import { useLocation } from "preact-iso/router";
import { api, ok, type Schemas } from "../api/client.ts";
import { useQuery } from "../query.ts";
import { Badge, type Colour } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy.tsx";
import { SelectField } from "../ui/field.tsx";
import { Card, Page } from "../ui/layout.tsx";
import { Empty, Loaded } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";
import { undoable } from "../ui/toast.tsx";
import { Pager } from "./partner-certificates.tsx";

type Share = Schemas["ShareRow"];

const statuses: Record<Share["status"], { colour: Colour; words: string }> = {
  pending: { colour: "grey", words: "Pending" },
  claimed: { colour: "green", words: "Claimed" },
  revoked: { colour: "amber", words: "Taken back" },
  expired: { colour: "grey", words: "Expired" },
};

export default function Shares() {
  const { query, route } = useLocation();
  const status = query.status ?? "";
  const page = Math.max(1, Number(query.page) || 1);
  const go = (next: Record<string, string>) =>
    route(`/dashboard/shares?${new URLSearchParams({ status, ...next })}`, true);
  const asked = { page, limit: 25, ...(status && { status }) };
  const list = useQuery(`shares ${JSON.stringify(asked)}`, () =>
    ok(api.GET("/certificate-sharing/shares", { params: { query: asked } })),
  );
  const takeBack = (share: Share) => {
    const { data } = list;
    if (!data) {
      return;
    }
    list.set({ ...data, items: data.items.filter((other) => other !== share) });
    undoable({
      text: "Share taken back.",
      act: async () => {
        await api.DELETE("/certificate-sharing/shares/{id}", {
          params: { path: { id: share.id } },
        });
        await list.reload();
      },
      restore: () => list.set(data),
    });
  };
  return (
    <Page title="Shares" about="Certificates that you have handed on, the newest first.">
      <Card flush>
        <div class="filters">
          <SelectField
            label="Status"
            value={status}
            onInput={(next) => go({ status: next })}
            options={[
              ["", "Any"] as const,
              ...Object.entries(statuses).map(([value, { words }]) => [value, words] as const),
            ]}
          />
        </div>
        <Loaded query={list} lines={8}>
          {({ items, total }) =>
            items.length === 0 ? (
              <Empty icon="share" title="Nothing shared">
                Open a certificate and press Share, or choose several in the list.
              </Empty>
            ) : (
              <>
                <List items={items} takeBack={takeBack} />
                <Pager page={page} total={total} go={(to) => go({ page: String(to) })} />
              </>
            )
          }
        </Loaded>
      </Card>
    </Page>
  );
}

function List({ items, takeBack }: { items: Share[]; takeBack: (share: Share) => void }) {
  return (
    <Table
      caption="Shares"
      rows={items}
      id={(share) => share.id}
      columns={[
        {
          name: "Certificate",
          cell: ({ certificate_id: id }) => (
            <a class="short-id" href={`/dashboard/certificates/${id}`} title={id}>
              {id}
            </a>
          ),
        },
        {
          name: "Buyer",
          cell: ({ target_company_id: id, target_name: name }) =>
            id ? <span class="outside">{name ?? id}</span> : <span class="muted">Open</span>,
        },
        {
          name: "Status",
          tight: true,
          cell: ({ status }) => (
            <Badge colour={statuses[status].colour}>{statuses[status].words}</Badge>
          ),
        },
        {
          name: "Shared",
          tight: true,
          cell: ({ created_at, shared_by }) => (
            <div>
              <Time at={created_at} />
              {shared_by === "system" && <div class="muted small">by itself</div>}
            </div>
          ),
        },
        {
          name: "Claim before",
          tight: true,
          cell: ({ expires_at }) => <Time at={expires_at} as="day" />,
        },
        {
          name: "",
          tight: true,
          cell: (share) =>
            share.claim_token && (
              <div class="actions">
                <CopyButton
                  value={share.claim_token}
                  label={`claim token of ${share.certificate_id}`}
                />
                <Button
                  compact
                  kind="quiet"
                  label={`Take back ${share.certificate_id}`}
                  onClick={() => takeBack(share)}
                >
                  Take back
                </Button>
              </div>
            ),
        },
      ]}
    />
  );
}
