// Before the first test: what the tests run against has been built.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./worker.ts";

export default function setUp(): void {
  for (const built of ["worker/build/index.js", "www/dist/tracker.js"]) {
    if (!existsSync(join(root, built))) {
      throw new Error(`${built} is not there: run \`cargo xtask build\` first`);
    }
  }
  mkdirSync(join(root, "tests/results"), { recursive: true });
}
