// What the owner's list and verifying cost with few certificates and with many, and how large one is.
import { Database } from "../support/database.ts";
import { tcpa } from "../support/evidence.ts";
import { Filling } from "./fill.ts";
import { type Call, compare, type Measured, measure, prepare, send } from "./measure.ts";
import { startBare } from "./runtime.ts";

export async function data(state: string, sizes: [number, number]): Promise<void> {
  const { worker, at, key, certificateId, record } = await prepare(state);
  const database = new Database(state);
  const results: Map<string, Measured>[] = [];
  const bytes: Map<string, number>[] = [];
  const filling = new Filling(database, worker, certificateId, record);
  for (const size of sizes) {
    const start = performance.now();
    const ids = filling.upTo(size);
    console.log(`${size} certificates (${((performance.now() - start) / 1000).toFixed(0)} s)`);
    bytes.push(bytesOf(database));
    const runtime = await startBare(state, { counts: true });
    const some = ids[ids.length >> 1] ?? certificateId;
    const deep = ids[Math.floor(ids.length / 10)] ?? certificateId;
    const question = { certificate_id: some, consent: tcpa };
    const company = { company_id: at.company, property_id: at.property };
    const list = (name: string, query: string) => ({ name, key, path: `/certificates${query}` });
    const verify: Call = {
      name: "verify",
      path: "/api/verify/match",
      body: { ...question, ...company },
    };
    const verdict = (await (await send(runtime.url, verify)).json()) as { valid: boolean };
    if (!verdict.valid) {
      throw new Error(`a filled certificate does not verify: ${JSON.stringify(verdict)}`);
    }
    const kinds = [
      list("list", ""),
      list("deep page", `?cursor=${deep}`),
      list("filter by type", "?type=secondary-explicit"),
      list("three filters", "?type=main-implied&status=active&search=FL"),
      list("search", "?search=autodialer"),
      verify,
    ];
    results.push(await measure(runtime.url, kinds));
    await runtime.stop();
  }
  database.close();
  compare(sizes, results);
  perCertificate(sizes, bytes);
}

/** How many bytes each table and index takes, in whole pages. */
function bytesOf(database: Database): Map<string, number> {
  const rows = database.rows("SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE");
  return new Map(rows.map(({ name, pgsize }) => [String(name), Number(pgsize)]));
}

/** Prints what one more certificate takes, by table and index. */
function perCertificate(sizes: [number, number], [few, many]: Map<string, number>[]): void {
  const added = [...(many ?? [])].map(([name, bytes]): [string, number] => [
    name,
    (bytes - (few?.get(name) ?? 0)) / (sizes[1] - sizes[0]),
  ]);
  const each = added.reduce((sum, [, bytes]) => sum + bytes, 0);
  console.log(`\nbytes per certificate, texts repeating: ${each.toFixed(0)}`);
  for (const [name, bytes] of added.sort(([, a], [, b]) => b - a).filter(([, b]) => b >= 1)) {
    console.log(name.padEnd(44) + bytes.toFixed(0).padStart(6));
  }
}
