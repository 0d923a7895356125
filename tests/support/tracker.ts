// What tests of the tracker start from: a publisher's site and the worker behind a wire that can
// be listened to, each a site of its own to the browser.
import type { Page } from "@playwright/test";
import { Ingest } from "./ingest.ts";
import { test as base, demo, trackerTag } from "./test.ts";

export { expect } from "@playwright/test";
export { demo };

export const site = "forms.leadgen.test";

export const disclosure =
  "By clicking “Get My Quote” I consent to receive marketing calls and texts from Acme Insurance " +
  "at the number provided, including by autodialer or prerecorded voice. " +
  "Consent is not required as a condition of purchase.";

interface Fixtures {
  ingest: Ingest;
  /** Serves a page with the tracker in it and opens it; resolves when the tracker has a session. */
  open(html: string, options?: OpenOptions): Promise<Page>;
}

export interface OpenOptions {
  path?: string;
  /** What to wait for: the tracker's session (by default), only its code, or nothing. */
  until?: "session" | "ready" | "loaded";
  headers?: Record<string, string>;
  /** Page script that runs before the tracker's tag. */
  before?: string;
  /** Another property than the demo's. */
  property?: string;
}

export const test = base.extend<Fixtures>({
  ingest: async ({ worker, database, publisher }, use) => {
    database.runFile("worker/seeds/demo.sql");
    const origin = publisher.origin(site);
    database.run("INSERT OR IGNORE INTO property_origins VALUES (?, ?)", demo.property, origin);
    const ingest = await Ingest.start(worker);
    await use(ingest);
    await ingest.stop();
  },
  open: async ({ page, publisher, ingest }, use) => {
    await use(async (html, options = {}) => {
      const path = options.path ?? "/quote";
      const before = `<script>
        document.addEventListener("econsent:ready", () => {
          document.documentElement.dataset.ready = "";
        });
        ${options.before ?? ""}</script>`;
      publisher.serve(path, {
        html:
          "<!doctype html><meta charset=utf-8><title>Car insurance quotes</title>" +
          `${before}${trackerTag(ingest.url, { ...demo, property: options.property ?? demo.property })}` +
          `<body>${html}`,
        ...(options.headers ? { headers: options.headers } : {}),
      });
      // A script that hangs holds up the load event, though nothing else.
      await page.goto(publisher.origin(site) + path, { waitUntil: "domcontentloaded" });
      if (options.until === "ready") {
        await page.waitForSelector("html[data-ready]");
      } else if (options.until !== "loaded") {
        await settled(page);
      }
      return page;
    });
  },
});

/** Waits until the tracker of the page has a session. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const { econsentState } = window as unknown as { econsentState?: { session_id?: string } };
    return econsentState?.session_id;
  });
}

/** What the page's own scripts can read of the tracker. */
export async function stateOf(
  page: Page,
): Promise<{ session_id: string | null; certificate: string | null }> {
  return await page.evaluate(() => (window as unknown as { econsentState: never }).econsentState);
}
