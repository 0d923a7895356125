// How fast verifying is beside the least that a route with one query can be: in the bindings that the
// worker is written with, and in JavaScript.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tcpa } from "../support/evidence.ts";
import { root } from "../support/worker.ts";
import { median, prepare } from "./measure.ts";
import { startBare } from "./runtime.ts";

/** How often the runtime is started: the same code is not as fast in every process. */
const starts = 5;
/** Seconds of each before it counts, in which the runtime optimises what is called often: in turns, too,
 * since what both have in common, such as the database, is optimised for whoever comes first. */
const warmUp = 10;
/** Seconds of one turn: the machine changes its speed every few seconds, and shorter turns fall on
 * both alike. */
const turn = 0.5;

const bare = join(root, "tests/bench/bare");

const inBindings = {
  name: "bindings",
  modulesRoot: bare,
  modules: [
    // The worker's own way in, at another place.
    {
      type: "ESModule" as const,
      path: join(bare, "entry.js"),
      contents: readFileSync(join(root, "worker/entry.js"), "utf8"),
    },
    { type: "ESModule" as const, path: join(bare, "build/index.js") },
    { type: "CompiledWasm" as const, path: join(bare, "build/index_bg.wasm") },
  ],
};

const inJavascript = {
  name: "javascript",
  modules: true as const,
  script: `export default {
    async fetch(request, env) {
      const { certificate_id } = await request.json();
      const hash = [...atob(certificate_id.slice(-43).replace(/-/g, "+").replace(/_/g, "/"))]
        .map((c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
      const row = await env.DB.prepare(
        "SELECT session_id, domain, received_at FROM certificates WHERE hash = unhex(?1)",
      ).bind(hash).first();
      return Response.json(row);
    },
  };`,
};

/** Calls per second of one kind, by so many callers at once, until the last one has its answer. */
async function rate(call: () => Promise<unknown>, seconds: number): Promise<number> {
  const begun = performance.now();
  let done = 0;
  const callers = Array.from({ length: 16 }, async () => {
    while (performance.now() < begun + seconds * 1_000) {
      await call();
      done += 1;
    }
  });
  await Promise.all(callers);
  return (done / (performance.now() - begun)) * 1_000;
}

/** Calls both routes for so many seconds in each start of the runtime. A third one beside them would
 * change what is measured: whoever has more code loses more of the processor's caches to it. */
export async function throughput(state: string, seconds: number): Promise<void> {
  const { at, certificateId } = await prepare(state);
  const body = JSON.stringify({
    certificate_id: certificateId,
    company_id: at.company,
    property_id: at.property,
    consent: tcpa,
  });
  for (const bare of [inBindings, inJavascript]) {
    const ratios: number[] = [];
    for (let start = 0; start < starts; start++) {
      const runtime = await startBare(state, { beside: [bare] });
      const verify = caller(runtime.url, "econsent", body, '"valid":true');
      const other = caller(runtime.url, bare.name, body, "forms.leadgen.com");
      const turns: [number, number][] = [];
      for (let round = 0; round < (warmUp + seconds) / turn; round++) {
        turns.push([await rate(verify, turn), await rate(other, turn)]);
      }
      turns.splice(0, warmUp / turn);
      const here = turns.map(([ours, theirs]) => ours / theirs);
      const [ours, theirs] = [0, 1].map((kind) => median(turns.map((rates) => rates[kind] ?? 0)));
      console.log(
        `verify/match ${ours?.toFixed(0)}/s   bare route in ${bare.name} ${theirs?.toFixed(0)}/s` +
          `   ratio ${median([...here]).toFixed(3)}`,
      );
      ratios.push(...here);
      await runtime.stop();
    }
    console.log(`verify/match beside a bare route in ${bare.name}: ${median(ratios).toFixed(2)}\n`);
  }
}

/** Asks one of the workers, in the same way for all. */
function caller(url: string, worker: string, body: string, expected: string): () => Promise<void> {
  const headers = {
    "content-type": "application/json",
    // Compressing is what the runtime's host does around a worker, and not the worker.
    "accept-encoding": "identity",
    "mf-original-url": `http://${worker}.test/api/verify/match`,
  };
  return async () => {
    const answer = await fetch(url, { method: "POST", headers, body });
    const text = await answer.text();
    if (!text.includes(expected)) {
      throw new Error(`${worker}: ${answer.status} ${text}`);
    }
  };
}
