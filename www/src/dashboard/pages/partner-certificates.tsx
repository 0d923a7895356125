// What publishers have shared with this company, each with its score; and where to claim.
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { api, ok, type Schemas } from "../api/client.ts";
import { useQuery } from "../query.ts";
import { Badge, type Colour, NoAdvice, ScoreBadge } from "../ui/badge.tsx";
import { Button, ButtonLink } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Card, Page } from "../ui/layout.tsx";
import { Empty, Loaded } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";
import { PartnerInvitations } from "./partner-invitations.tsx";

type Row = Schemas["HoldingRow"];

const pageSize = 25;
/** Typing stops for so long before the list is asked for. */
const pause = 300;

const statuses: Record<string, { colour: Colour; words: string }> = {
  pending: { colour: "grey", words: "Pending" },
  claimed: { colour: "green", words: "Claimed" },
  flagged: { colour: "amber", words: "Flagged" },
  rejected: { colour: "red", words: "Rejected" },
};

export default function PartnerCertificates() {
  const { query, route } = useLocation();
  const { status = "", search = "", sort = "-shared_at" } = query;
  const page = Math.max(1, Number(query.page) || 1);
  const go = (next: Record<string, string>) => {
    const words = Object.entries({ status, search, sort, ...next }).filter(([, value]) => value);
    route(`/dashboard/partner-certificates?${new URLSearchParams(words)}`, true);
  };
  const asked = {
    page,
    limit: pageSize,
    sort,
    ...(status && { status }),
    ...(search && { search }),
  };
  const list = useQuery(`holdings ${JSON.stringify(asked)}`, () =>
    ok(api.GET("/certificate-sharing/partner-certificates", { params: { query: asked } })),
  );
  return (
    <Page
      title="Partner Certificates"
      about="Certificates that publishers have shared with your company."
      actions={
        <>
          <ButtonLink icon="rules" href="/dashboard/consent-rules">
            Manage consent rules
          </ButtonLink>
          <ButtonLink kind="primary" href="/dashboard/claim">
            Claim with a token
          </ButtonLink>
        </>
      }
    >
      <PartnerInvitations />
      <Card flush>
        <Filters status={status} search={search} sort={sort} go={go} />
        <Loaded query={list} lines={8}>
          {({ items, total }) =>
            items.length === 0 ? (
              <None narrowed={status !== "" || search !== ""} />
            ) : (
              <>
                <List items={items} />
                <Pager page={page} total={total} go={(to) => go({ page: String(to) })} />
              </>
            )
          }
        </Loaded>
      </Card>
      <NoAdvice />
    </Page>
  );
}

interface FiltersProps {
  status: string;
  search: string;
  sort: string;
  go: (next: Record<string, string>) => void;
}

function Filters({ status, search, sort, go }: FiltersProps) {
  const [typed, setTyped] = useState(search);
  useEffect(() => {
    if (typed.trim() === search) {
      return;
    }
    const timer = setTimeout(() => go({ search: typed.trim() }), pause);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <search class="filters">
      <div class="grow">
        <TextField
          label="Search"
          type="search"
          placeholder="How an id, a domain or a publisher's name begins"
          value={typed}
          onInput={setTyped}
        />
      </div>
      <SelectField
        label="Status"
        value={status}
        onInput={(next) => go({ status: next })}
        options={[
          ["", "Any"] as const,
          ...Object.entries(statuses).map(([value, { words }]) => [value, words] as const),
        ]}
      />
      <SelectField
        label="Order"
        value={sort}
        onInput={(next) => go({ sort: next })}
        options={[
          ["-shared_at", "Newest shared first"],
          ["-captured_at", "Newest captured first"],
          ["score", "Lowest score first"],
          ["-score", "Highest score first"],
        ]}
      />
    </search>
  );
}

function None({ narrowed }: { narrowed: boolean }) {
  return narrowed ? (
    <Empty icon="inbox" title="No certificate matches">
      Try another status, or other words.
    </Empty>
  ) : (
    <Empty
      icon="inbox"
      title="Nothing shared with you yet"
      action={<ButtonLink href="/dashboard/claim">Claim with a token</ButtonLink>}
    >
      Give your company ID to publishers whose leads you buy, or claim with a token that came with a
      lead.
    </Empty>
  );
}

function List({ items }: { items: Row[] }) {
  return (
    <Table
      caption="Partner certificates"
      rows={items}
      id={(row) => String(row.claim_id)}
      columns={[
        {
          name: "Publisher",
          cell: (row) => (
            <div>
              <div class="cell-main outside">{row.publisher_name}</div>
              <div class="muted small outside">{row.property_domain}</div>
            </div>
          ),
        },
        { name: "Captured", narrow: true, cell: (row) => <Time at={row.consent_captured_at} /> },
        { name: "State", narrow: true, cell: (row) => <State of={row} /> },
        {
          name: "Score",
          tight: true,
          cell: (row) => <ScoreBadge level={row.level} score={row.score} />,
        },
        { name: "Status", narrow: true, cell: (row) => <Status of={row} /> },
        { name: "", tight: true, cell: (row) => <Ways of={row} /> },
      ]}
    />
  );
}

function State({ of: { state, state_by_phone: byPhone } }: { of: Row }) {
  return (
    <span>
      {state ?? "Unknown"}
      {byPhone && byPhone !== state && <span class="muted">, {byPhone} by phone</span>}
    </span>
  );
}

function Status({ of: { status, claim_before: before } }: { of: Row }) {
  const { colour, words } = statuses[status] ?? { colour: "grey" as const, words: status };
  return (
    <div>
      <Badge colour={colour}>{words}</Badge>
      {before && (
        <div class="muted small">
          claim before <Time at={before} as="day" />
        </div>
      )}
    </div>
  );
}

function Ways({ of: { claim_id, claim_url, status, publisher_name } }: { of: Row }) {
  const token = claim_url?.split("/").at(-1);
  return (
    <div class="actions">
      {status !== "rejected" && (
        <ButtonLink
          compact
          href={`/dashboard/partner-certificates/${claim_id}`}
          label={`View Evidence of ${publisher_name}, ${claim_id}`}
        >
          View Evidence
        </ButtonLink>
      )}
      {token && (
        <ButtonLink
          compact
          kind="primary"
          href={`/dashboard/claim#${token}`}
          label={`Claim ${claim_id}`}
        >
          Claim
        </ButtonLink>
      )}
    </div>
  );
}

interface PagerProps {
  page: number;
  total: number;
  go: (page: number) => void;
}

export function Pager({ page, total, go }: PagerProps) {
  const last = Math.max(1, Math.ceil(total / pageSize));
  return (
    <div class="pager">
      <span>
        Page {page} of {last}, {total} in all
      </span>
      <div class="actions">
        <Button compact disabled={page <= 1} onClick={() => go(page - 1)}>
          Back
        </Button>
        <Button compact disabled={page >= last} onClick={() => go(page + 1)}>
          Next
        </Button>
      </div>
    </div>
  );
}
