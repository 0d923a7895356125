// What the tracker costs the page's main thread, in Chromium: starting up, and minting at submit,
// each over 50 page loads.
import type { Page } from "@playwright/test";
import { disclosure, test } from "../support/tracker.ts";

const runs = 50;
const median = (figures: number[]) => {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};
const shown = (figures: number[]) =>
  `median ${median(figures).toFixed(2)} ms, least ${Math.min(...figures).toFixed(2)}, ` +
  `most ${Math.max(...figures).toFixed(2)} (${figures.length} runs)`;

const page = (nodes: number, tagged: number) => `
  <form id="lead" method="post" action="/leads" target="answer">
    <label>Phone <input name="phone" type="tel" value="(305) 555-0123"></label>
    ${Array.from(
      { length: tagged },
      (_, n) => `<p id="consent-${n}" data-consent-type="main-implied">${n}. ${disclosure}</p>`,
    ).join("")}
    <button>Get My Quote</button>
  </form><iframe name="answer" title="Answer"></iframe>
  ${Array.from({ length: nodes / 2 }, (_, n) => `<div><span>Offer ${n}</span></div>`).join("")}
  <script>
    // Around everything that listens: what a submit costs with the tracker in the page.
    addEventListener("submit", () => { window.begun = performance.now(); }, true);
    addEventListener("submit", (event) => {
      window.cost = performance.now() - window.begun;
      event.preventDefault();
    });
  </script>`;

async function submitCost(at: Page): Promise<number> {
  return await at.evaluate(() => {
    (document.getElementById("lead") as HTMLFormElement).requestSubmit();
    return (window as unknown as { cost: number }).cost;
  });
}

for (const [nodes, tagged] of [
  [1_000, 5],
  [10_000, 5],
  [1_000, 50],
  [10_000, 50],
] as const) {
  test(`minting, ${nodes} nodes, ${tagged} tagged`, async ({ open }) => {
    const figures: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const at = await open(page(nodes, tagged), { path: `/quote-${run % 2}` });
      // Nobody fills in a form faster; by then the recorder has its first snapshot behind it.
      await at.waitForTimeout(2_000);
      figures.push(await submitCost(at));
    }
    console.log(`\nminting at submit, ${nodes} nodes, ${tagged} tagged: ${shown(figures)}`);
  });
}

// The recorder comes when the page is idle; how often it is there by then is chance.
for (const kind of ["without", "with"]) {
  test(`start-up, ${kind} the recorder`, async ({ open, context }) => {
    if (kind === "without") {
      await context.route(/econsent_recorder\.js$/, (route) => route.abort());
    }
    const figures: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const at = await open(page(1_000, 5), { path: `/quote-${run % 2}`, until: "loaded" });
      const metrics = await context.newCDPSession(at);
      await metrics.send("Performance.enable");
      await at.waitForFunction(() => "ready" in document.documentElement.dataset);
      const { metrics: list } = await metrics.send("Performance.getMetrics");
      const script = list.find(({ name }) => name === "ScriptDuration")?.value ?? Number.NaN;
      figures.push(script * 1_000);
      await metrics.detach();
    }
    console.log(
      `\nscripts until ready, ${kind} the recorder (the page's few lines included): ${shown(figures)}`,
    );
  });
}
