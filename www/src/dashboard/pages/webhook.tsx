// One webhook: what was delivered, what was not and why, and a test.
import { useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso/router";
import { api, ok, type Schemas } from "../api/client.ts";
import { useAction, useQuery } from "../query.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/dialog.tsx";
import { Card, Page } from "../ui/layout.tsx";
import { Empty, Loaded, Problem } from "../ui/states.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";
import { say } from "../ui/toast.tsx";

type Delivery = Schemas["DeliveryView"];

export default function Webhook() {
  const { route } = useLocation();
  const id = useRoute().params.id ?? "";
  const params = { path: { id } };
  const [removing, setRemoving] = useState(false);
  const webhooks = useQuery("webhooks", () => ok(api.GET("/api/webhooks")));
  const log = useQuery(
    `deliveries ${id}`,
    () => ok(api.GET("/api/webhooks/{id}/deliveries", { params })),
    3_000,
  );
  const test = useAction(async () => {
    await api.POST("/api/webhooks/{id}/test", { params });
    say("A test delivery is on its way.");
    await log.reload();
  });
  const webhook = webhooks.data?.find((one) => one.id === id);
  return (
    <Page
      title={webhook?.url ?? "Webhook"}
      back={{ href: "/dashboard/webhooks", label: "Webhooks" }}
      about={webhook && `Told of ${webhook.events.join(", ")}.`}
      actions={
        <>
          <Button kind="quiet" onClick={() => setRemoving(true)}>
            Remove
          </Button>
          <Button kind="primary" busy={test.busy} onClick={test.run}>
            Send a test
          </Button>
        </>
      }
    >
      <Problem failure={test.failure} />
      <Card title="Deliveries" about="The newest first. Bodies of answers are never kept." flush>
        <Loaded query={log}>
          {(deliveries) =>
            deliveries.length === 0 ? (
              <Empty icon="webhook" title="Nothing delivered yet">
                Send a test to see whether your address answers.
              </Empty>
            ) : (
              <Table
                caption="Deliveries"
                rows={deliveries}
                id={(delivery) => delivery.id}
                columns={[
                  { name: "Event", cell: ({ event }) => <span class="cell-main">{event}</span> },
                  { name: "Outcome", tight: true, cell: (delivery) => <Outcome of={delivery} /> },
                  { name: "Attempts", tight: true, cell: ({ attempts }) => attempts },
                  {
                    name: "Since",
                    tight: true,
                    cell: ({ created_at }) => <Time at={created_at} as="ago" />,
                  },
                  {
                    name: "Next attempt",
                    tight: true,
                    cell: ({ next_attempt_at, delivered_at }) =>
                      next_attempt_at && !delivered_at ? (
                        <Time at={next_attempt_at} as="ago" />
                      ) : (
                        "None"
                      ),
                  },
                  {
                    name: "Delivery",
                    cell: (delivery) => <code class="short-id">{delivery.id}</code>,
                  },
                ]}
              />
            )
          }
        </Loaded>
      </Card>
      {removing && (
        <Confirm
          title="Remove this webhook?"
          verb="Remove"
          danger
          onClose={() => setRemoving(false)}
          act={async () => {
            await api.DELETE("/api/webhooks/{id}", { params });
            route("/dashboard/webhooks");
          }}
        >
          What still waits to be delivered, and this log, go with it. This cannot be undone.
        </Confirm>
      )}
    </Page>
  );
}

function Outcome({ of: delivery }: { of: Delivery }) {
  const { delivered_at, last_status, last_error, next_attempt_at } = delivery;
  const told = last_status ? String(last_status) : (last_error ?? "");
  if (delivered_at) {
    return <Badge colour="green">Delivered, {told}</Badge>;
  }
  if (told === "") {
    return <Badge colour="grey">On its way</Badge>;
  }
  return (
    <Badge colour={next_attempt_at ? "amber" : "red"}>
      {next_attempt_at ? "To be tried again" : "Given up"}, {told}
    </Badge>
  );
}
