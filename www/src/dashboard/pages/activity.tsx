// Certificates per day, and how well the disclosures could be seen: drawn from the newest ones.
import { api, ok, type Schemas } from "../api/client.ts";
import { useQuery } from "../query.ts";
import { Card, Page } from "../ui/layout.tsx";
import { Empty, Loaded } from "../ui/states.tsx";
import { Bars } from "./bars.tsx";
import { loadBundle } from "./bundle.ts";

type Item = Schemas["ListedCertificate"];

const days = 30;
/** Pages of a hundred that are read at most. */
const pages = 10;
/** Certificates whose disclosures are looked at one by one. */
const looked = 20;

async function newest(): Promise<{ items: Item[]; all: boolean }> {
  const from = dayOf(Date.now() - (days - 1) * 86_400_000);
  const items: Item[] = [];
  let cursor: string | null | undefined;
  for (let page = 0; page < pages; page += 1) {
    const query = { from, limit: 100, ...(cursor ? { cursor } : {}) };
    const told = await ok(api.GET("/certificates", { params: { query } }));
    items.push(...told.items);
    cursor = told.next_cursor;
    if (!cursor) {
      return { items, all: true };
    }
  }
  return { items, all: false };
}

function dayOf(moment: number | string): string {
  return new Date(moment).toISOString().slice(0, 10);
}

export default function Activity() {
  const query = useQuery("activity", newest);
  return (
    <Page title="Activity" about={`Certificates of the last ${days} days, by day (UTC).`}>
      <Loaded query={query} lines={8}>
        {({ items, all }) =>
          items.length === 0 ? (
            <Card flush>
              <Empty icon="chart" title="Nothing in these days">
                Each certificate that your forms issue is counted here.
              </Empty>
            </Card>
          ) : (
            <>
              <Card
                title="Certificates per day"
                about={
                  all
                    ? `${items.length} in all.`
                    : `The newest ${items.length}; older ones are not drawn.`
                }
              >
                <Bars label="Certificates per day" bars={perDay(items)} />
              </Card>
              <Card title="By property">
                <Bars label="Certificates by property" bars={perProperty(items)} wide />
              </Card>
              <Quality items={items.slice(0, looked)} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

const asDay = new Intl.DateTimeFormat("en-US", {
  month: "short",
  day: "numeric",
  timeZone: "UTC",
});

function perDay(items: Item[]) {
  const counts = new Map<string, number>();
  for (let ago = days - 1; ago >= 0; ago -= 1) {
    counts.set(dayOf(Date.now() - ago * 86_400_000), 0);
  }
  for (const { received_at } of items) {
    const day = dayOf(received_at);
    counts.set(day, (counts.get(day) ?? 0) + 1);
  }
  return [...counts].map(([day, value]) => ({ name: asDay.format(new Date(day)), value }));
}

function perProperty(items: Item[]) {
  const counts = new Map<string, number>();
  for (const { property } of items) {
    counts.set(property, (counts.get(property) ?? 0) + 1);
  }
  return [...counts].map(([name, value]) => ({ name, value })).sort((a, b) => b.value - a.value);
}

/** WCAG 2.2 asks for 4.5 : 1; courts have found small print hard to see. */
const enough = { contrast: 450, font: 1_000 };

interface Seen {
  certificates: number;
  hidden: number;
  small: number;
  faint: number;
}

async function lookAt(items: Item[]): Promise<Seen> {
  const bundles = await Promise.all(items.map(({ certificate_id }) => loadBundle(certificate_id)));
  const below = (name: string, least: number) =>
    bundles.filter(({ presentation }) =>
      Object.values(presentation).some((facts) => {
        const fact = facts[name];
        return typeof fact === "number" && fact < least;
      }),
    ).length;
  return {
    certificates: bundles.length,
    hidden: bundles.filter(({ withheld }) => withheld.some((item) => item.reason === "not_visible"))
      .length,
    small: below("font_px_100", enough.font),
    faint: below("contrast_100", enough.contrast),
  };
}

function Quality({ items }: { items: Item[] }) {
  const key = items.map(({ certificate_id }) => certificate_id).join(" ");
  const query = useQuery(`quality ${key}`, () => lookAt(items));
  return (
    <Card
      title="Consent quality"
      about={`How the disclosures of the newest ${items.length} certificates looked.`}
    >
      <Loaded query={query} lines={2}>
        {({ certificates, hidden, small, faint }) => (
          <Bars
            label="Certificates with disclosures that are hard to see"
            wide
            most={certificates}
            bars={[
              { name: "A hidden disclosure", value: hidden, colour: "red" },
              { name: "Print below 10 px", value: small, colour: "amber" },
              { name: "Contrast below 4.5 : 1", value: faint, colour: "amber" },
            ]}
          />
        )}
      </Loaded>
    </Card>
  );
}
