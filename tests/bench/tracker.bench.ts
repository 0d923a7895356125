// What the tracker costs the page's main thread, in Chromium: starting up, and minting at submit,
// each over 50 page loads.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { chromiumPath, launchArguments } from "../support/browser.ts";
import type { Publisher } from "../support/publisher.ts";
import { trackerTag } from "../support/test.ts";
import { disclosure, site, test } from "../support/tracker.ts";
import { stop } from "../support/worker.ts";

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
    <input type="hidden" id="econsent_hidden" name="econsent_hidden" value="">
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

/** Removes the folder of a browser whose other processes end a little later, and write until then. */
async function remove(folder: string): Promise<void> {
  for (let attempts = 50; attempts > 0; attempts -= 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch {
      await setTimeout(100);
    }
  }
  throw new Error(`${folder} is still written to`);
}

/** Opens a page again and again in a browser that nobody listens in on: a debugger, such as these
 * tests' own, makes whatever a page asks of the browser dearer. The page submits by itself two seconds
 * after its session has begun, as nobody fills in a form faster, and tells what it took. */
async function submitCosts(publisher: Publisher, html: string): Promise<number[]> {
  for (let run = 0; run < runs; run += 1) {
    publisher.serve(`/quote-${run}`, {
      html: `${html}<script>
        const waiting = setInterval(() => {
          if (econsentState.session_id) {
            clearInterval(waiting);
            setTimeout(() => {
              document.getElementById("lead").requestSubmit();
              fetch("/cost", { method: "POST", body: window.cost }).then(() => {
                location.href = "/quote-${run + 1}";
              });
            }, 2000);
          }
        }, 100);
      </script>`,
    });
  }
  const before = publisher.submissions.length;
  const profile = mkdtempSync(join(tmpdir(), "econsent-bench-"));
  const browser = spawn(
    chromiumPath(),
    [
      "--headless",
      `--user-data-dir=${profile}`,
      ...launchArguments,
      `${publisher.origin(site)}/quote-0`,
    ],
    { stdio: "ignore" },
  );
  try {
    const figures: number[] = [];
    while (figures.length < runs) {
      const { body } = await publisher.submission(before + figures.length);
      figures.push(Number(body));
    }
    return figures;
  } finally {
    await stop(browser);
    await remove(profile);
  }
}

for (const [nodes, tagged] of [
  [1_000, 5],
  [10_000, 5],
  [1_000, 50],
  [10_000, 50],
] as const) {
  test(`minting, ${nodes} nodes, ${tagged} tagged`, async ({ publisher, ingest }) => {
    const html = `<!doctype html><meta charset=utf-8>${trackerTag(ingest.url)}`;
    const figures = await submitCosts(publisher, html + page(nodes, tagged));
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
