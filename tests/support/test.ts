// What every test starts from: the worker's addresses, its database, and a
// publisher's server of the test's own.
import { test as base } from "@playwright/test";
import { Database } from "./database.ts";
import { Publisher } from "./publisher.ts";
import { workerHost } from "./worker.ts";

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
}

interface SharedFixtures {
  database: Database;
}

export const test = base.extend<Fixtures, SharedFixtures>({
  // Requests of the test itself go straight to the address: Node does not
  // resolve the names that Chromium is told about.
  baseURL: async ({ browserName: _ }, use) => {
    await use(`http://127.0.0.1:${setting("ECONSENT_TEST_PORT")}`);
  },
  workerUrl: async ({ browserName: _ }, use) => {
    await use(`http://${workerHost}:${setting("ECONSENT_TEST_PORT")}`);
  },
  publisher: async ({ browserName: _ }, use) => {
    const publisher = await Publisher.start();
    await use(publisher);
    await publisher.stop();
  },
  database: [
    async ({ browserName: _ }, use) => {
      const database = new Database(setting("ECONSENT_TEST_STATE"));
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

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set: the global set-up did not run`);
  }
  return value;
}
