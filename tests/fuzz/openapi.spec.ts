// Thousands of calls that the document of the API allows, and ones that it does not: none is
// answered by a failure of ours, or by anything that the document does not say.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Accounts } from "../support/accounts.ts";
import { expect, test } from "../support/test.ts";
import { root, startWorker } from "../support/worker.ts";

/** The program; `cargo xtask test` sets it up. */
const schemathesis = process.env.SCHEMATHESIS;
/** Examples for each call and kind of input; `cargo xtask soak` takes many more. */
const examples = process.env.SCHEMATHESIS_EXAMPLES ?? "15";

test("schemathesis finds no answer that the document does not describe", async ({
  browserName: _,
}) => {
  test.skip(!schemathesis, "SCHEMATHESIS names no program");
  test.setTimeout(1_800_000);
  const state = mkdtempSync(join(tmpdir(), "econsent-fuzz-"));
  const log = join(root, "tests/results/worker-fuzz.log");
  const worker = await startWorker(state, log);
  const baseURL = `http://127.0.0.1:${worker.port}`;
  try {
    const accounts = new Accounts(worker.port);
    const owner = await accounts.owner();
    const scopes = ["read", "verify", "share", "claim", "rules", "manage"];
    const { FORCE_COLOR: _color, ...environment } = process.env;
    const outcome = spawnSync(
      schemathesis ?? "",
      [
        ["--config-file", join(import.meta.dirname, "schemathesis.toml")],
        ["run", `${baseURL}/openapi.json`, "--checks", "all", "--seed", "20260417", "--no-color"],
        ["--phases", "examples,coverage,fuzzing", "--max-examples", examples],
        ["--continue-on-failure", "--generation-database", "none", "--request-timeout", "20"],
        // Ends the sign-in that every other call is made with.
        ["--exclude-path", "/api/auth/sign-out", "--header", `Origin: ${accounts.origin}`],
      ].flat(),
      {
        // What it keeps of its findings goes with the state.
        cwd: state,
        encoding: "utf8",
        timeout: 1_780_000,
        env: {
          ...environment,
          ECONSENT_COOKIE: owner.cookie.split("=")[1],
          ECONSENT_KEY: await accounts.key(owner, ...scopes),
        },
      },
    );
    writeFileSync(join(root, "tests/results/schemathesis.log"), outcome.stdout);
    expect(outcome.status, outcome.stdout + outcome.stderr).toBe(0);
  } finally {
    await worker.stop();
    rmSync(state, { recursive: true, force: true });
  }
});
