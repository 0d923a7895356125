// What the benches of lists and of verifying have in common: a publisher with a certificate, calls,
// and their medians beside each other.

import { join } from "node:path";
import { request as http } from "@playwright/test";
import { Accounts, newEmail } from "../support/accounts.ts";
import { Page, sms, tcpa } from "../support/evidence.ts";
import { startWorker } from "../support/worker.ts";

/** Calls of one kind, of which the median counts. */
const calls = 41;
/** Calls before them, which do not. */
const warmUp = 5;

export interface Call {
  name: string;
  path: string;
  /** Of who calls; none for calls that need none. */
  key?: string;
  body?: object;
}

export interface Measured {
  /** Milliseconds. */
  time: number;
  /** Rows that the database has read for one call, by its own count. */
  rows: number;
}

/** A publisher with one certificate that the worker has signed, and a key. */
export async function prepare(state: string) {
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

export async function send(url: string, { path, key, body }: Call): Promise<Response> {
  const answer = await fetch(`${url}${path}`, {
    method: body ? "POST" : "GET",
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      "content-type": "application/json",
      // Compressing is what the runtime's host does around a worker, and not the worker.
      "accept-encoding": "identity",
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (answer.status !== 200) {
    throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }
  return answer;
}

export const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1] ?? 0;

/** What each kind of call costs. */
export async function measure(url: string, kinds: Call[]): Promise<Map<string, Measured>> {
  const measured = new Map<string, Measured>();
  for (const call of kinds) {
    const times: number[] = [];
    let rows = 0;
    for (let n = 0; n < calls + warmUp; n++) {
      const begun = performance.now();
      const answer = await send(url, call);
      await answer.arrayBuffer();
      times.push(performance.now() - begun);
      rows = Number(answer.headers.get("econsent-rows-read"));
    }
    measured.set(call.name, { time: median(times.slice(warmUp)), rows });
  }
  return measured;
}

/** Prints the figures of few and of many beside each other. */
export function compare(sizes: [number, number], results: Map<string, Measured>[]): void {
  const [few, many] = results;
  const columns = ["ms", "ms", "ratio", "rows read", "rows read"];
  const heads = [...sizes.map(String), "", ...sizes.map(String)];
  const line = (name: string, cells: string[]) =>
    console.log(name.padEnd(28) + cells.map((cell) => cell.padStart(11)).join(""));
  console.log(`\nmedians of ${calls} calls`);
  line("", heads);
  line("", columns);
  for (const [name, { time, rows }] of many ?? []) {
    const before = few?.get(name) ?? { time: 0, rows: 0 };
    const ratio = (time / before.time).toFixed(2);
    const times = [before.time.toFixed(2), time.toFixed(2), ratio];
    line(name, [...times, String(before.rows), String(rows)]);
  }
}
