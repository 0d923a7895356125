// When a list of 100 certificates can be used, on a CPU four times as slow: from opening the page, and
// from when the service has answered, so that the local service's own time can be told apart. Beside
// it the time that the page's main thread computes, times four, which other work leaves as it is.
// Pages and answers come from workerd without the dev server's proxy, which is no part of the product.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request as http, test } from "@playwright/test";
import { Accounts, newEmail, type Person } from "../support/accounts.ts";
import { Office } from "../support/dashboard.ts";
import { Page } from "../support/evidence.ts";
import { root, startWorker, workerHost } from "../support/worker.ts";
import { startBare } from "./runtime.ts";

const rows = 100;
const runs = 15;
const slower = 4;
/** A new window loads pages of the browser's own, beside what is opened in it: after so many
 * milliseconds it has them. */
const settling = 1_500;

const median = (figures: number[]) =>
  figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;
const shown = (figures: number[]) =>
  `median ${median(figures).toFixed(0)} ms, least ${Math.min(...figures).toFixed(0)}, ` +
  `most ${Math.max(...figures).toFixed(0)} (${figures.length} runs)`;

/** Runs in the page: waits until its first row is there and the page has answered a click on it, and
 * until every row is. */
async function untilUsable(
  count: number,
): Promise<{ opened: number; answered: number; whole: number }> {
  const frame = () =>
    new Promise((done) => {
      requestAnimationFrame(() => setTimeout(done));
    });
  while (!document.querySelector("tbody input")) {
    await frame();
  }
  document.querySelector<HTMLInputElement>("tbody input")?.click();
  while (!document.body.textContent?.includes("1 chosen")) {
    await frame();
  }
  await frame();
  const now = performance.now();
  const list = performance
    .getEntriesByType("resource")
    .find(({ name }) => new URL(name).pathname === "/certificates") as PerformanceResourceTiming;
  while (document.querySelectorAll("tbody tr").length < count) {
    await frame();
  }
  return { opened: now, answered: now - list.responseEnd, whole: performance.now() };
}

/** Somebody with so many certificates, in a state that a worker can start on. */
async function publisher(state: string): Promise<Person> {
  const worker = await startWorker(state, join(state, "worker.log"));
  const request = await http.newContext({ baseURL: `http://127.0.0.1:${worker.port}` });
  const owner = await new Accounts(worker.port).owner(newEmail("maria"), "LeadGen Co");
  const origin = "https://forms.leadgen.com";
  const made = await owner.post("/api/properties", { name: "Quotes", origins: [origin] });
  const { id } = (await made.json()) as { id: string };
  const form = new Page(request, { company: owner.me.company.id, property: id, origin });
  for (let n = 0; n < rows; n += 1) {
    await form.certificate();
  }
  await request.dispose();
  await worker.stop();
  return owner;
}

test("a list of 100 certificates", async ({ browser }) => {
  const state = mkdtempSync(join(tmpdir(), "econsent-bench-"));
  const owner = await publisher(state);
  const runtime = await startBare(state, { files: join(root, "www/dist") });
  const port = Number(new URL(runtime.url).port);
  const office = new Office(browser, new Accounts(port), `http://${workerHost}:${port}`);
  const opened: number[] = [];
  const answered: number[] = [];
  const whole: number[] = [];
  const computed: number[] = [];
  for (let run = 0; run < 2 * runs; run += 1) {
    const { page, context } = await office.desk(owner);
    await page.waitForTimeout(settling);
    const session = await context.newCDPSession(page);
    const slow = run % 2 === 0;
    if (slow) {
      await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
    } else {
      await session.send("Performance.enable", { timeDomain: "threadTicks" });
    }
    await page.goto("/dashboard/certificates", { waitUntil: "commit" });
    const times = await page.evaluate(untilUsable, rows);
    if (slow) {
      opened.push(times.opened);
      answered.push(times.answered);
      whole.push(times.whole);
    } else {
      const { metrics } = await session.send("Performance.getMetrics");
      const task = metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN;
      computed.push(task * 1_000 * slower);
    }
    await context.close();
  }
  await runtime.stop();
  rmSync(state, { recursive: true, force: true });
  console.log(`\na list of 100 rows, CPU ${slower} times as slow: a row can be ticked`);
  console.log(`  from opening the page, nothing cached: ${shown(opened)}`);
  console.log(`  from the list's answer: ${shown(answered)}`);
  console.log(`  all rows are there, from opening the page: ${shown(whole)}`);
  console.log(`  of the main thread, all in all: ${shown(computed)}`);
});
