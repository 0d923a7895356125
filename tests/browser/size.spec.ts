// The ceilings of tracker/size.json hold for what a visitor's browser fetches, gzipped.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { disclosure, expect, test } from "../support/tracker.ts";
import { root } from "../support/worker.ts";

test("loader, glue and wasm together stay below their ceilings", async ({ open, page }) => {
  const ceilings = JSON.parse(readFileSync(join(root, "tracker/size.json"), "utf8"));
  const sizes = new Map<string, number>();
  const measured: Promise<unknown>[] = [];
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    // The recorder comes when the page is idle, and is nothing that a form waits for.
    if (/^\/(tracker\.js|t\/)/.test(pathname) && !pathname.endsWith("/econsent_recorder.js")) {
      const name = pathname.split("/").at(-1) ?? "";
      measured.push(
        response.body().then((body) => sizes.set(name, gzipSync(body, { level: 9 }).length)),
      );
    }
  });
  await open(`<form><p data-consent-type="main-implied">${disclosure}</p></form>`);
  await Promise.all(measured);
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  console.log(`tracker, gzip bytes: ${JSON.stringify(Object.fromEntries(sizes))}, total ${total}`);
  expect([...sizes.keys()].sort()).toEqual([
    "econsent_tracker.js",
    "econsent_tracker_bg.wasm",
    "tracker.js",
  ]);
  expect(sizes.get("tracker.js")).toBeLessThanOrEqual(ceilings.loader);
  expect(total).toBeLessThanOrEqual(ceilings.total);
});
