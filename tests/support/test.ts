// What every test starts from: the worker's addresses, its database, and a
// publisher's server of the test's own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { test as base } from "@playwright/test";
import { Accounts } from "./accounts.ts";
import { Database } from "./database.ts";
import { Publisher } from "./publisher.ts";
import { refuseScans } from "./statements.ts";
import { root, startWorker, type Worker, workerHost } from "./worker.ts";

export { expect } from "@playwright/test";

/** The demo company and property of worker/seeds/demo.sql. */
export const demo = {
  company: "67fa8acb61f623d0e200ec4d",
  property: "67fa8d40a96f513ae019c85c",
};

interface Fixtures {
  /** The worker's origin as pages and links see it. */
  workerUrl: string;
  publisher: Publisher;
  /** People and keys. */
  accounts: Accounts;
}

interface SharedFixtures {
  /** One for each of Playwright's processes, so that a test which changes the database behind the
   * worker's back meets nobody else's requests. */
  worker: Worker;
  database: Database;
}

export const test = base.extend<Fixtures, SharedFixtures>({
  // Requests of the test itself go straight to the address: Node does not
  // resolve the names that Chromium is told about.
  baseURL: async ({ worker }, use) => {
    await use(`http://127.0.0.1:${worker.port}`);
  },
  workerUrl: async ({ worker }, use) => {
    await use(`http://${workerHost}:${worker.port}`);
  },
  accounts: async ({ worker }, use) => {
    await use(new Accounts(worker.port));
  },
  // Chromium now and then does not answer when the context of a page that has just arrived is
  // closed. What the test was about is over by then, and the browser ends with its worker.
  context: async ({ browser }, use) => {
    const context = await browser.newContext();
    await use(context);
    await Promise.race([context.close(), setTimeout(10_000, undefined, { ref: false })]);
  },
  publisher: async ({ browserName: _ }, use) => {
    const publisher = await Publisher.start();
    await use(publisher);
    await publisher.stop();
  },
  worker: [
    async ({ browserName: _ }, use, info) => {
      const state = mkdtempSync(join(tmpdir(), "econsent-e2e-"));
      const log = join(root, `tests/results/worker-${info.workerIndex}.log`);
      const worker = await startWorker(state, log);
      await use(worker);
      try {
        await refuseScans(worker);
      } finally {
        await worker.stop();
        rmSync(state, { recursive: true, force: true });
      }
    },
    { scope: "worker" },
  ],
  database: [
    async ({ worker }, use) => {
      const database = new Database(worker.state);
      await use(database);
      database.close();
    },
    { scope: "worker" },
  ],
});

/** The script tag a publisher puts into a page. */
export function trackerTag(
  workerUrl: string,
  ids: { company: string; property: string } = demo,
): string {
  return (
    `<script src="${workerUrl}/tracker.js" data-company="${ids.company}" ` +
    `data-property="${ids.property}" async></script>`
  );
}
