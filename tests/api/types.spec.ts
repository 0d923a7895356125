// The dashboard's types of the API are made from the API's own document, and not from an older one.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "../support/test.ts";
import { root } from "../support/worker.ts";

test("the types of the dashboard are up to date: `npm run types` makes them anew", async ({
  request,
}) => {
  const folder = mkdtempSync(join(tmpdir(), "econsent-types-"));
  const document = join(folder, "openapi.json");
  writeFileSync(document, await (await request.get("/openapi.json")).text());
  const made = join(folder, "schema.ts");
  const generator = join(root, "www/api-types/node_modules/.bin/openapi-typescript");
  execFileSync(generator, [document, "--output", made], { stdio: "pipe" });
  const kept = readFileSync(join(root, "www/src/dashboard/api/schema.ts"), "utf8");
  expect(readFileSync(made, "utf8")).toBe(kept);
  rmSync(folder, { recursive: true });
});
