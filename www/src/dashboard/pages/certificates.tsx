// The company's certificates: search, filters, export, and sharing several at once.
import { type Signal, useSignal } from "@preact/signals";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { api, type Failure, ok, type Schemas } from "../api/client.ts";
import { usePages } from "../more.ts";
import { askAhead } from "../query.ts";
import { isAdmin } from "../session.ts";
import { Badge, type Colour } from "../ui/badge.tsx";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Card, Page } from "../ui/layout.tsx";
import { Empty, Loading, Problem } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";
import { Filters, type Narrowing, narrowingOf } from "./certificate-filters.tsx";
import { Share } from "./share.tsx";

type Item = Schemas["ListedCertificate"];
type Standing = NonNullable<Item["status"]>;

const pageSize = 100;

const standings: Record<Standing, { colour: Colour; words: string }> = {
  active: { colour: "green", words: "Active" },
  claimed: { colour: "green", words: "Claimed" },
  expired: { colour: "grey", words: "Expired" },
  revoked: { colour: "amber", words: "Revoked" },
};

export function StandingBadge({ status }: { status: Item["status"] | undefined }) {
  if (!status) {
    return <Badge colour="red">Changed</Badge>;
  }
  const { colour, words } = standings[status];
  return <Badge colour={colour}>{words}</Badge>;
}

export default function Certificates() {
  const { query, route } = useLocation();
  const narrowing = narrowingOf(query);
  const words = new URLSearchParams(narrowing).toString();
  // A signal: ticking a box draws that box and the number anew, and not the list.
  const chosen = useSignal<string[]>([]);
  return (
    <Page
      title="Certificates"
      about="Every consent that your forms took, the newest first."
      actions={
        <>
          <ButtonLink
            icon="download"
            href={exportAddress(narrowing, "csv")}
            download="certificates.csv"
          >
            Export CSV
          </ButtonLink>
          <ButtonLink
            icon="download"
            href={exportAddress(narrowing, "json")}
            download="certificates.json"
          >
            JSON
          </ButtonLink>
        </>
      }
    >
      <Card flush>
        <Filters
          narrowing={narrowing}
          change={(next) => route(`/dashboard/certificates?${new URLSearchParams(next)}`, true)}
        />
        <Chosen ids={chosen} />
        <Pages key={words} narrowing={narrowing} chosen={chosen} />
      </Card>
    </Page>
  );
}

/** What can be done with those that are ticked. */
function Chosen({ ids }: { ids: Signal<string[]> }) {
  const [sharing, setSharing] = useState(false);
  const clear = () => {
    ids.value = [];
  };
  if (ids.value.length === 0) {
    return null;
  }
  return (
    <>
      <div class="filters" role="status">
        <span class="grow">{ids.value.length} chosen</span>
        <Button kind="primary" icon="share" onClick={() => setSharing(true)}>
          Share
        </Button>
        <Button kind="quiet" onClick={clear}>
          Clear
        </Button>
      </div>
      {sharing && (
        <Share
          certificates={ids.value}
          onClose={() => {
            setSharing(false);
            clear();
          }}
        />
      )}
    </>
  );
}

function exportAddress(narrowing: Narrowing, format: "csv" | "json"): string {
  return `/certificates/export?${new URLSearchParams({ ...narrowing, format })}`;
}

interface PagesProps {
  narrowing: Narrowing;
  chosen: Signal<string[]>;
}

const keyOf = (narrowing: Narrowing) => `certificates ${JSON.stringify(narrowing)}`;

function load(narrowing: Narrowing, cursor?: string) {
  const query = { ...narrowing, limit: pageSize, ...(cursor ? { cursor } : {}) };
  return ok(api.GET("/certificates", { params: { query } }));
}

/** For an address that leads to this page. */
export function askForCertificates(query: Record<string, string>): Promise<void> {
  const narrowing = narrowingOf(query);
  return askAhead(keyOf(narrowing), () => load(narrowing));
}

/** The list, page after page below each other. */
function Pages({ narrowing, chosen }: PagesProps) {
  const pages = usePages(keyOf(narrowing), (cursor) => load(narrowing, cursor));
  const { first, items, more, failure } = pages;
  if (!first.data) {
    return first.failure ? (
      <Unloaded failure={first.failure} again={first.reload} />
    ) : (
      <Loading lines={8} />
    );
  }
  if (items.length === 0 && !more) {
    return <None narrowed={Object.keys(narrowing).length > 0} />;
  }
  return (
    <>
      <List items={items} chosen={chosen} />
      <div class="pager">
        <span>
          {items.length} {items.length === 1 ? "certificate" : "certificates"}
          {more ? " so far" : ""}
        </span>
        {more && (
          <Button busy={pages.busy} onClick={pages.loadMore}>
            Load more
          </Button>
        )}
      </div>
      {failure && (
        <div class="card-body">
          <Problem failure={failure} />
        </div>
      )}
    </>
  );
}

function Unloaded({ failure, again }: { failure: Failure; again: () => Promise<void> }) {
  return (
    <div class="card-body">
      <Problem failure={failure} />
      <div class="actions">
        <Button onClick={again}>Try again</Button>
      </div>
    </div>
  );
}

function None({ narrowed }: { narrowed: boolean }) {
  return narrowed ? (
    <Empty icon="certificate" title="No certificate matches">
      Try fewer filters, or other words.
    </Empty>
  ) : (
    <Empty
      icon="certificate"
      title="No certificate yet"
      action={
        isAdmin.value && (
          <ButtonLink kind="primary" href="/dashboard/start">
            Set up a website
          </ButtonLink>
        )
      }
    >
      Each time a visitor submits a form with your tracker on it, a certificate is listed here.
    </Empty>
  );
}

interface ListProps {
  items: Item[];
  chosen: Signal<string[]>;
}

function Tick({ id, chosen }: { id: string; chosen: Signal<string[]> }) {
  return (
    <input
      type="checkbox"
      aria-label={`Choose ${id}`}
      checked={chosen.value.includes(id)}
      onChange={(event) => {
        const others = chosen.value.filter((other) => other !== id);
        chosen.value = event.currentTarget.checked ? [...others, id] : others;
      }}
    />
  );
}

function List({ items, chosen }: ListProps) {
  return (
    <Table
      caption="Certificates"
      long
      rows={items}
      id={(item) => item.certificate_id}
      columns={[
        {
          name: "Choose",
          unnamed: true,
          width: "3.125rem",
          cell: ({ certificate_id: id }) => <Tick id={id} chosen={chosen} />,
        },
        {
          name: "Certificate",
          width: "minmax(9rem, 1fr)",
          cell: ({ certificate_id: id }) => (
            <a class="short-id" href={`/dashboard/certificates/${id}`} title={id}>
              {id}
            </a>
          ),
        },
        { name: "Captured", width: "7.75rem", cell: ({ timestamp }) => <Time at={timestamp} /> },
        {
          name: "Property",
          width: "minmax(10rem, 1.2fr)",
          cell: ({ property, domain }) => (
            <div>
              <div class="outside">{property}</div>
              <div class="muted small outside">{domain}</div>
            </div>
          ),
        },
        {
          name: "Consent given",
          width: "9.75rem",
          cell: ({ consent_types: types }) =>
            types.length === 0 ? (
              <span class="muted">None</span>
            ) : (
              <ul>
                {types.map((type) => (
                  <li key={type}>{type}</li>
                ))}
              </ul>
            ),
        },
        {
          name: "State",
          width: "5.25rem",
          cell: ({ state, country }) => state || country || "Unknown",
        },
        {
          name: "Claims",
          width: "4.375rem",
          end: true,
          cell: ({ claims }) => claims,
        },
        {
          name: "Status",
          width: "7rem",
          cell: ({ status }) => <StandingBadge status={status} />,
        },
      ]}
    />
  );
}
