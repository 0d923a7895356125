// What stands out at a glance: leads that were received, by what their certificates are worth, and
// opt-outs that wait for a decision.
import { api, ok } from "../api/client.ts";
import { useQuery } from "../query.ts";
import { Note } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";

const received = [
  ["pending", "To claim"],
  ["claimed", "Claimed"],
  ["flagged", "Flagged by your rules"],
  ["rejected", "Rejected by your rules"],
] as const;

async function count(status: string): Promise<number> {
  const query = { status, limit: 1 };
  const call = api.GET("/certificate-sharing/partner-certificates", { params: { query } });
  return (await ok(call)).total;
}

/** Nothing until there is something. */
export function Received() {
  const { data } = useQuery("received", () =>
    Promise.all(received.map(([status]) => count(status))),
  );
  if (!data?.some((total) => total > 0)) {
    return null;
  }
  return (
    <dl class="numbers">
      {received.map(([status, words], at) => (
        <div key={status}>
          <dt>{words}</dt>
          <dd>
            <a
              href={`/dashboard/partner-certificates?status=${status}`}
              aria-label={`${words}: ${data[at]}`}
            >
              {data[at]}
            </a>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** For those who decide about them. */
export function WaitingOptOuts() {
  const { data } = useQuery("waiting opt-outs", () =>
    ok(api.GET("/api/opt-outs", { params: { query: { status: "pending" } } })),
  );
  const [first] = data?.items ?? [];
  return first ? (
    <Note kind="amber">
      <a href="/dashboard/opt-outs">Consumers have opted out</a> and wait for your decision, the
      first before <Time at={first.due_at} as="day" />.
    </Note>
  ) : null;
}
