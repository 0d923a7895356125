// The websites of the company.
import { api, ok } from "../api/client.ts";
import { useQuery } from "../query.ts";
import { Badge } from "../ui/badge.tsx";
import { ButtonLink } from "../ui/button.tsx";
import { Card, Page } from "../ui/layout.tsx";
import { Empty, Loaded } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";
import { terms } from "./property-settings.tsx";

export default function Properties() {
  const query = useQuery("properties", () => ok(api.GET("/api/properties")));
  const add = (
    <ButtonLink kind="primary" icon="plus" href="/dashboard/start">
      New property
    </ButtonLink>
  );
  return (
    <Page title="Properties" about="Websites whose forms issue certificates." actions={add}>
      <Card flush>
        <Loaded query={query}>
          {(properties) =>
            properties.length === 0 ? (
              <Empty icon="property" title="No property yet" action={add}>
                A property is a website, or a part of one, with its own tracker settings, retention
                and distribution partners.
              </Empty>
            ) : (
              <Table
                caption="Properties"
                rows={properties}
                id={(property) => property.id}
                columns={[
                  {
                    name: "Name",
                    cell: ({ id, name }) => (
                      <a class="cell-main outside" href={`/dashboard/properties/${id}`}>
                        {name}
                      </a>
                    ),
                  },
                  {
                    name: "Addresses",
                    cell: ({ origins }) =>
                      origins.length > 0 ? (
                        <span class="outside">{origins.join(", ")}</span>
                      ) : (
                        <Badge colour="amber">None, switched off</Badge>
                      ),
                  },
                  {
                    name: "Retention",
                    tight: true,
                    cell: ({ retention }) => terms.find(([term]) => term === retention)?.[1],
                  },
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
    </Page>
  );
}
