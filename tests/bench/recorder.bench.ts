// What the recorder costs a page: main-thread time on one of 10,000 nodes, bytes per minute of a
// typical visit, first paint and submit with it and without it.
import type { Page } from "@playwright/test";
import { disclosure, test } from "../support/tracker.ts";

const recorder = /econsent_recorder\.js$/;
const runs = 5;
const settle = 6_000;

const rows = Array.from(
  { length: 2_500 },
  (_, n) => `<tr><td>Offer ${n}</td><td><b>Acme Insurance</b></td></tr>`,
).join("");
/** 2,500 rows of four elements each. */
const large = `<table>${rows}</table><form method=post action=/lead>
  <label data-consent-type="main-explicit"><input type=checkbox name=optin> ${disclosure}</label>
  <input name=first_name><input name=phone type=tel><button id=go>Get My Quote</button></form>`;

const median = (values: number[]) =>
  values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

/** How long a page's main thread has had work since the page was opened, in milliseconds. */
async function clockOf(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  // By the time that the thread has worked, whatever else the machine does.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN) * 1000;
  };
}

interface Costs {
  busy: number[];
  paint: number[];
  submit: number[];
}

test("main thread, first paint and submit on a page of 10,000 nodes", async ({ open, page }) => {
  const busy = await clockOf(page);
  const kinds = ["without", "with"] as const;
  const measured: Record<(typeof kinds)[number], Costs> = {
    without: { busy: [], paint: [], submit: [] },
    with: { busy: [], paint: [], submit: [] },
  };
  // In turns, since whatever else the machine does changes; the first pair only warms up.
  for (let run = 0; run <= runs; run++) {
    for (const kind of kinds) {
      await page.unroute(recorder);
      if (kind === "without") {
        await page.route(recorder, (route) => route.abort());
      }
      await open(large, { path: `/${kind}/${run}` });
      await page.waitForTimeout(settle);
      const taken = {
        busy: await busy(),
        paint: await page.evaluate(
          () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
        ),
        submit: await page.evaluate(() => {
          const form = document.querySelector("form") as HTMLFormElement;
          form.addEventListener("submit", (event) => event.preventDefault());
          const before = performance.now();
          form.requestSubmit();
          return performance.now() - before;
        }),
      };
      if (run > 0) {
        measured[kind].busy.push(taken.busy);
        measured[kind].paint.push(taken.paint);
        measured[kind].submit.push(taken.submit);
      }
    }
  }
  for (const [kind, { busy, paint, submit }] of Object.entries(measured)) {
    console.log(
      `10,000 nodes, ${kind} the recorder, median of ${runs}: main thread ` +
        `${median(busy).toFixed(0)} ms in the first ${settle / 1000} s, first contentful paint ` +
        `${median(paint).toFixed(0)} ms, submit event ${median(submit).toFixed(1)} ms`,
    );
  }
});

test("bytes per minute of a typical visit", async ({ open, page, ingest }) => {
  const form = `<style>main{max-width:40rem;margin:auto}.tall{height:1600px}</style><main>
    <h1>Car insurance quotes</h1><form>
    <input name=first_name><input name=last_name><input name=email type=email>
    <input name=phone type=tel><div class=tall>Compare offers.</div>
    <label data-consent-type="main-explicit"><input type=checkbox name=optin> ${disclosure}</label>
    <button type=button>Get My Quote</button></form></main>`;
  await open(form);
  await page.waitForTimeout(2_000);
  const begun = Date.now();
  for (const [name, value] of [
    ["first_name", "Marisol"],
    ["last_name", "Vega"],
    ["email", "marisol.vega@acmemail.com"],
    ["phone", "(305) 555-0147"],
  ]) {
    await page.mouse.move(300 + Math.random() * 200, 200, { steps: 20 });
    await page.locator(`[name=${name}]`).pressSequentially(value ?? "", { delay: 180 });
    await page.waitForTimeout(2_000);
  }
  for (let step = 0; step < 20; step++) {
    await page.mouse.wheel(0, 90);
    await page.waitForTimeout(400);
  }
  await page.locator("[name=optin]").check();
  await page.waitForTimeout(Math.max(60_000 - (Date.now() - begun), 0) + 6_000);
  const chunks = ingest.received.filter(({ path }) => path === "/api/recordings");
  const sent = chunks.reduce((sum, { bytes }) => sum + bytes, 0);
  const minutes = (Date.now() - begun) / 60_000;
  console.log(
    `typical visit: ${sent} bytes sent in ${minutes.toFixed(2)} min, first snapshot included: ` +
      `${Math.round(sent / minutes)} bytes per minute`,
  );
});
