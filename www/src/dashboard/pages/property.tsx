// One website: whether its tracker is there, its settings, and who its leads go to.
import { useRoute } from "preact-iso/router";
import { api, ok, type Schemas } from "../api/client.ts";
import { useQuery } from "../query.ts";
import { Badge } from "../ui/badge.tsx";
import { ButtonLink } from "../ui/button.tsx";
import { Copy } from "../ui/copy.tsx";
import { Card, Facts, Page } from "../ui/layout.tsx";
import { Empty, Loaded, Note } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";
import { Partners } from "./partners.tsx";
import { PropertySettings } from "./property-settings.tsx";

const back = { href: "/dashboard/properties", label: "Properties" };

export default function Property() {
  const { params } = useRoute();
  const id = params.id ?? "";
  const query = useQuery(`property ${id}`, () =>
    ok(api.GET("/api/properties/{id}", { params: { path: { id } } })),
  );
  const title = query.data ? `${query.data.name}: Property Settings` : "Property Settings";
  return (
    <Page
      key={id}
      title={title}
      heading={query.data?.name}
      back={back}
      about="Property Settings"
      actions={<ButtonLink href={`/dashboard/start?property=${id}`}>Set-up guide</ButtonLink>}
    >
      <Loaded query={query}>
        {(property) => (
          <>
            {property.warnings.map((warning) => (
              <Note kind="amber" key={warning}>
                {warning}
              </Note>
            ))}
            <Installation property={property} />
            <PropertySettings property={property} saved={query.set} />
            <Partners property={property.id} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Installation({ property }: { property: Schemas["PropertyView"] }) {
  const query = useQuery(
    `install ${property.id}`,
    () => ok(api.GET("/api/properties/{id}/install", { params: { path: { id: property.id } } })),
    10_000,
  );
  return (
    <Card
      title="Tracker"
      about="Where it was seen, and what came of it; some seconds behind."
      flush
    >
      <div class="card-body">
        <Copy value={property.snippet} label="snippet" />
        <Facts items={[["Property ID", <code key="id">{property.id}</code>]]} />
      </div>
      <Loaded query={query} lines={2}>
        {(seen) =>
          seen.length === 0 ? (
            <Empty icon="property" title="Not seen yet">
              Paste the snippet into a page with a form and open it.
            </Empty>
          ) : (
            <Table
              caption="Where the tracker was seen"
              rows={seen}
              id={(install) => install.origin}
              columns={[
                { name: "Address", cell: ({ origin }) => <span class="outside">{origin}</span> },
                {
                  name: "Last outcome",
                  tight: true,
                  cell: (install) => <Outcome install={install} />,
                },
                {
                  name: "Consents in it",
                  cell: ({ consents }) => (
                    <span class="outside">
                      {consents.map(({ id, type }) => `${id} (${type})`).join(", ") || "None"}
                    </span>
                  ),
                },
                {
                  name: "Seen",
                  tight: true,
                  cell: ({ outcome_at }) => <Time at={outcome_at} as="ago" />,
                },
              ]}
            />
          )
        }
      </Loaded>
    </Card>
  );
}

function Outcome({ install: { outcome, registered } }: { install: Schemas["InstallView"] }) {
  if (!registered) {
    return <Badge colour="amber">Address not allowed</Badge>;
  }
  if (outcome === "certificate") {
    return <Badge colour="green">Certificate</Badge>;
  }
  return outcome === "session" ? (
    <Badge colour="green">Session</Badge>
  ) : (
    <Badge colour="red">{outcome.replaceAll("_", " ")}</Badge>
  );
}
