// One worker for the whole run. Its address reaches the tests by environment
// variables, which Playwright's own workers inherit.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, startWorker } from "./worker.ts";

export default async function setUp(): Promise<() => Promise<void>> {
  for (const built of ["worker/build/index.js", "www/dist/tracker.js"]) {
    if (!existsSync(join(root, built))) {
      throw new Error(`${built} is not there: run \`cargo xtask build\` first`);
    }
  }
  const results = join(root, "tests/results");
  mkdirSync(results, { recursive: true });
  const state = mkdtempSync(join(tmpdir(), "econsent-e2e-"));
  const worker = await startWorker(state, join(results, "worker.log"));
  process.env.ECONSENT_TEST_PORT = String(worker.port);
  process.env.ECONSENT_TEST_STATE = state;
  return async () => {
    await worker.stop();
    rmSync(state, { recursive: true, force: true });
  };
}
