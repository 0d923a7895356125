// `cargo xtask bench data|throughput`: what the list and verifying cost with few certificates and
// with many, how large one is, and how fast verifying is beside the least that a route can be.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request as http } from "@playwright/test";
import { Accounts, newEmail } from "../support/accounts.ts";
import { Database } from "../support/database.ts";
import { Page, sms, tcpa } from "../support/evidence.ts";
import { startWorker } from "../support/worker.ts";
import { Filling } from "./fill.ts";
import { startBare } from "./runtime.ts";

const [what = "data", few = "10000", many = "200000"] = process.argv.slice(2);
const sizes = [Number(few), Number(many)];
/** Calls of one kind, of which the median counts. */
const calls = 41;

interface Call {
  name: string;
  path: string;
  body?: object;
}

/** A publisher with one certificate that the worker has signed, and a key. */
async function prepare(state: string) {
  const worker = await startWorker(state, join(state, "worker.log"));
  const context = await http.newContext({ baseURL: `http://127.0.0.1:${worker.port}` });
  const accounts = new Accounts(worker.port);
  const owner = await accounts.owner(newEmail(), "LeadGen Co");
  const origin = "https://forms.leadgen.com";
  const made = await owner.post("/api/properties", { name: "Quotes", origins: [origin] });
  const { id: property } = (await made.json()) as { id: string };
  const key = await accounts.key(owner, "read", "verify");
  const at = { company: owner.me.company.id, property, origin };
  const form = new Page(context, at);
  const commit = {
    ...form.commit({
      session: await form.startSession(),
      consents: [
        { id: "tcpa", type: "main-implied", value: "visible", text: tcpa },
        { id: "sms", type: "secondary-explicit", value: "true", text: sms },
      ],
    }),
    contact: { phone: "+13055550123", email: "maria.lopez@example.com" },
  };
  await form.send(commit);
  const bundle = await context.get(`/certificate/${commit.certificate_id}`, {
    headers: { accept: "application/json" },
  });
  const { record } = (await bundle.json()) as { record: string };
  await context.dispose();
  await worker.stop();
  return { worker, at, key, certificateId: commit.certificate_id, record };
}

async function send(url: string, key: string, { path, body }: Call): Promise<string> {
  const answer = await fetch(`${url}${path}`, {
    method: body ? "POST" : "GET",
    headers: {
      ...(path.startsWith("/certificates") ? { authorization: `Bearer ${key}` } : {}),
      "content-type": "application/json",
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  if (answer.status !== 200) {
    throw new Error(`${path}: ${answer.status} ${text}`);
  }
  return text;
}

const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1] ?? 0;

async function data(state: string): Promise<void> {
  const { worker, at, key, certificateId, record } = await prepare(state);
  const pages = (database: Database) => Number(database.row("PRAGMA page_count").page_count);
  const results: Map<string, number>[] = [];
  const bytes: number[] = [];
  let filling: Filling | undefined;
  const database = new Database(state);
  for (const size of sizes) {
    filling ??= new Filling(database, worker, certificateId, record);
    const start = performance.now();
    const ids = filling.upTo(size);
    console.log(`${size} certificates (${((performance.now() - start) / 1000).toFixed(0)} s)`);
    bytes.push(pages(database) * 4096);
    const runtime = await startBare(state);
    const some = ids[ids.length >> 1] ?? certificateId;
    const deep = ids[Math.floor(ids.length / 10)] ?? certificateId;
    const question = { certificate_id: some, consent: tcpa };
    const company = { company_id: at.company, property_id: at.property };
    const kinds: Call[] = [
      { name: "list", path: "/certificates" },
      { name: "deep page", path: `/certificates?cursor=${deep}` },
      { name: "filter by type", path: "/certificates?type=secondary-explicit" },
      { name: "three filters", path: `/certificates?type=main-implied&status=active&search=FL` },
      { name: "search", path: "/certificates?search=autodialer" },
      { name: "verify", path: "/api/verify/match", body: { ...question, ...company } },
    ];
    const verdict = JSON.parse(await send(runtime.url, key, kinds.at(-1) as Call));
    if (verdict.valid !== true) {
      throw new Error(`a filled certificate does not verify: ${JSON.stringify(verdict)}`);
    }
    const measured = new Map<string, number>();
    for (const call of kinds) {
      const times: number[] = [];
      for (let n = 0; n < calls + 5; n++) {
        const begun = performance.now();
        await send(runtime.url, key, call);
        times.push(performance.now() - begun);
      }
      measured.set(call.name, median(times.slice(5)));
    }
    results.push(measured);
    await runtime.stop();
  }
  database.close();
  const [small, large] = results;
  console.log(`\nmedian of ${calls} calls, ms     ${sizes.join("     ")}     ratio`);
  for (const [name, time] of large ?? []) {
    const before = small?.get(name) ?? 0;
    const ratio = (time / before).toFixed(2);
    console.log(`${name.padEnd(24)} ${before.toFixed(2)}     ${time.toFixed(2)}     ${ratio}`);
  }
  const each = ((bytes[1] ?? 0) - (bytes[0] ?? 0)) / ((sizes[1] ?? 0) - (sizes[0] ?? 0));
  console.log(`\nbytes per certificate, texts repeating: ${each.toFixed(0)}`);
}

/** Calls per second of one kind, by so many callers at once. */
async function rate(send: () => Promise<unknown>, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let done = 0;
  const callers = Array.from({ length: 16 }, async () => {
    while (performance.now() < end) {
      await send();
      done += 1;
    }
  });
  await Promise.all(callers);
  return done / seconds;
}

async function throughput(state: string): Promise<void> {
  const { at, key, certificateId } = await prepare(state);
  const runtime = await startBare(state);
  const body = {
    certificate_id: certificateId,
    company_id: at.company,
    property_id: at.property,
    consent: tcpa,
  };
  const verify = () => send(runtime.url, key, { name: "", path: "/api/verify/match", body });
  const bare = async () => {
    const headers = { "content-type": "application/json", "mf-original-url": "http://bare.test/" };
    const answer = await fetch(runtime.url, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    if (!(await answer.text()).includes("forms.leadgen.com")) {
      throw new Error("the bare route did not answer");
    }
  };
  const rounds: [number, number][] = [];
  await rate(verify, 1);
  await rate(bare, 1);
  // In turns, so that whatever else the machine does falls on both.
  for (let round = 0; round < 7; round++) {
    rounds.push([await rate(verify, 2), await rate(bare, 2)]);
  }
  await runtime.stop();
  for (const [ours, least] of rounds) {
    console.log(`verify/match ${ours.toFixed(0)}/s   bare ${least.toFixed(0)}/s`);
  }
  const ratio = median(rounds.map(([ours, least]) => ours / least));
  console.log(`\nverify/match beside a bare route with one query: ${ratio.toFixed(2)}`);
}

const state = mkdtempSync(join(tmpdir(), "econsent-bench-"));
try {
  await (what === "throughput" ? throughput : data)(state);
} finally {
  rmSync(state, { recursive: true, force: true });
}
