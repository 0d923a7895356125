// `cargo xtask bench data|holdings|throughput`: what lists and verifying cost, on workerd without the
// dev server before it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { data } from "./data.ts";
import { holdings } from "./holdings.ts";
import { throughput } from "./throughput.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { sizes: { type: "string" }, seconds: { type: "string" } },
});

/** Few and many. */
function sizes(few: number, many: number): [number, number] {
  const read = values.sizes?.split(",").map(Number) ?? [few, many];
  const [first = 0, second = 0] = read;
  if (read.length !== 2 || !(first > 0 && second > first)) {
    throw new Error("--sizes takes two numbers, the smaller one first: --sizes 1000,5000");
  }
  return [first, second];
}

const benches: Record<string, (state: string) => Promise<void>> = {
  data: (state) => data(state, sizes(10_000, 200_000)),
  holdings: (state) => holdings(state, sizes(1_000, 100_000)),
  throughput: (state) => throughput(state, Number(values.seconds ?? 6)),
};

const bench = benches[positionals[0] ?? ""];
if (bench === undefined || positionals.length > 1) {
  throw new Error(`bench takes one of ${Object.keys(benches).join(", ")}`);
}
const state = mkdtempSync(join(tmpdir(), "econsent-bench-"));
try {
  await bench(state);
} finally {
  rmSync(state, { recursive: true, force: true });
}
