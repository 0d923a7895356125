// Certificates per day and property, and how well the disclosures of the newest could be seen.
import { api, ok, type Schemas } from "../api/client.ts";
import { useQuery } from "../query.ts";
import { Card, Page } from "../ui/layout.tsx";
import { Empty, Loaded } from "../ui/states.tsx";
import { Bars } from "./bars.tsx";
import { loadBundle } from "./bundle.ts";

type Item = Schemas["ListedCertificate"];
type Line = Schemas["ActivityDay"];

const days = 30;
/** Certificates whose disclosures are looked at one by one. */
const looked = 20;

export default function Activity() {
  const query = useQuery("activity", () =>
    ok(api.GET("/api/activity", { params: { query: { days } } })),
  );
  return (
    <Page
      title="Activity"
      about={`Certificates captured in the last ${days} days (UTC), whatever became of them since.`}
    >
      <Loaded query={query} lines={8}>
        {(lines) =>
          lines.length === 0 ? (
            <Card flush>
              <Empty icon="chart" title="Nothing in these days">
                Each certificate that your forms issue is counted here.
              </Empty>
            </Card>
          ) : (
            <>
              <Card title="Certificates per day" about={`${whole(lines)} in all.`}>
                <Bars label="Certificates per day" bars={perDay(lines)} />
              </Card>
              <Card title="By property">
                <Bars label="Certificates by property" bars={perProperty(lines)} wide />
              </Card>
              <Quality />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

const number = new Intl.NumberFormat("en-US");
const asDay = new Intl.DateTimeFormat("en-US", {
  month: "short",
  day: "numeric",
  timeZone: "UTC",
});

function whole(lines: Line[]): string {
  return number.format(lines.reduce((sum, { certificates }) => sum + certificates, 0));
}

/** Every day, those without certificates too. */
function perDay(lines: Line[]) {
  const counts = new Map<string, number>();
  for (let ago = days - 1; ago >= 0; ago -= 1) {
    counts.set(dayOf(Date.now() - ago * 86_400_000), 0);
  }
  for (const { day, certificates } of lines) {
    const name = dayOf(day);
    counts.set(name, (counts.get(name) ?? 0) + certificates);
  }
  return [...counts].map(([day, value]) => ({ name: asDay.format(new Date(day)), value }));
}

function dayOf(moment: number | string): string {
  return new Date(moment).toISOString().slice(0, 10);
}

function perProperty(lines: Line[]) {
  const counts = new Map<string, { id: string; name: string; value: number }>();
  for (const { property_id: id, property: name, certificates } of lines) {
    counts.set(id, { id, name, value: (counts.get(id)?.value ?? 0) + certificates });
  }
  return [...counts.values()].sort((a, b) => b.value - a.value);
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

async function newest(): Promise<Item[]> {
  const query = { limit: looked };
  return (await ok(api.GET("/certificates", { params: { query } }))).items;
}

function Quality() {
  const query = useQuery("quality", async () => await lookAt(await newest()));
  return (
    <Card
      title="Consent quality"
      about={`How the disclosures of the newest certificates looked, ${looked} at most.`}
    >
      <Loaded query={query} lines={2}>
        {({ certificates, hidden, small, faint }) => (
          <Bars
            label={`Disclosures that are hard to see, of ${certificates} certificates`}
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
