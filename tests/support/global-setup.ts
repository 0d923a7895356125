// Before the first test: what the tests run against has been built.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./worker.ts";

export default function setUp(): void {
  for (const [built, command] of [
    ["worker/build/index.js", "cargo xtask build"],
    ["www/dist/tracker.js", "cargo xtask build"],
    ["target/debug/econsent-verify", "cargo xtask build"],
  ] as const) {
    if (!existsSync(join(root, built))) {
      throw new Error(`${built} is not there: run \`${command}\` first`);
    }
  }
  mkdirSync(join(root, "tests/results"), { recursive: true });
}
