// Thousands of calls that the document of the API allows, and ones that it does not: none is
// answered by a failure of ours, or by anything that the document does not say.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Accounts } from "../support/accounts.ts";
import { expect, test } from "../support/test.ts";
import { root, startWorker } from "../support/worker.ts";

/** The program; `cargo xtask test` sets it up. */
const schemathesis = process.env.SCHEMATHESIS;
/** Examples for each call and kind of input. */
const examples = process.env.SCHEMATHESIS_EXAMPLES ?? "40";

test("schemathesis finds no answer that the document does not describe", async ({
  browserName: _,
}) => {
  test.skip(!schemathesis, "SCHEMATHESIS names no program");
  test.setTimeout(600_000);
  const state = mkdtempSync(join(tmpdir(), "econsent-fuzz-"));
  const log = join(root, "tests/results/worker-fuzz.log");
  const worker = await startWorker(state, log, ["FLOOD_CONTROL:off"]);
  const baseURL = `http://127.0.0.1:${worker.port}`;
  try {
    const accounts = new Accounts(worker.port);
    const owner = await accounts.owner();
    const scopes = ["read", "verify", "share", "claim", "rules", "manage"];
    const bearer = `Authorization: Bearer ${await accounts.key(owner, ...scopes)}`;
    const cookie = [`Cookie: ${owner.cookie}`, `Origin: ${accounts.origin}`];
    for (const headers of [[bearer], cookie]) {
      const outcome = spawnSync(
        schemathesis ?? "",
        [
          ["run", `${baseURL}/openapi.json`, "--checks", "all", "--seed", "20260417"],
          ["--max-examples", examples, "--workers", "2", "--no-color"],
          ["--phases", "examples,coverage,fuzzing", "--continue-on-failure"],
          ["--generation-database", "none", "--request-timeout", "20"],
          headers.flatMap((header) => ["--header", header]),
        ].flat(),
        { cwd: join(root, "tests/fuzz"), encoding: "utf8", timeout: 280_000 },
      );
      expect(outcome.stdout, outcome.stdout).toContain("No issues found");
      expect(outcome.status).toBe(0);
    }
  } finally {
    await worker.stop();
    rmSync(state, { recursive: true, force: true });
  }
});
