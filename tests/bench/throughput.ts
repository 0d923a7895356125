// How fast verifying is beside the least that a route with one query can be: in the bindings that the
// worker is written with, and in JavaScript.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tcpa } from "../support/evidence.ts";
import { root } from "../support/worker.ts";
import { median, prepare, send } from "./measure.ts";
import { startBare } from "./runtime.ts";

/** How often the runtime is started: the same code is not as fast in every process. */
const starts = 3;
/** Turns of each kind in each of them, of which the median counts. */
const rounds = 7;
/** Seconds before them, in which the runtime optimises what is called often. */
const warmUp = 10;

const bare = join(root, "tests/bench/bare");

const bindings = {
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

const javascript = {
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

export async function throughput(state: string, seconds: number): Promise<void> {
  const { at, certificateId } = await prepare(state);
  const body = {
    certificate_id: certificateId,
    company_id: at.company,
    property_id: at.property,
    consent: tcpa,
  };
  const measured: number[][] = [];
  for (let start = 0; start < starts; start++) {
    const runtime = await startBare(state, { beside: [bindings, javascript] });
    const verify = async () => {
      const answer = await send(runtime.url, { name: "verify", path: "/api/verify/match", body });
      return await answer.text();
    };
    const kinds: (() => Promise<unknown>)[] = [
      verify,
      bareRoute(runtime.url, bindings.name, body),
      bareRoute(runtime.url, javascript.name, body),
    ];
    for (const kind of kinds) {
      await rate(kind, warmUp);
    }
    // In turns, so that whatever else the machine does falls on all.
    for (let round = 0; round < rounds; round++) {
      const rates: number[] = [];
      for (const kind of kinds) {
        rates.push(await rate(kind, seconds));
      }
      measured.push(rates);
      const [ours = 0, inBindings = 0, inJavascript = 0] = rates;
      console.log(
        `verify/match ${ours.toFixed(0)}/s   bare route ${inBindings.toFixed(0)}/s` +
          `   bare route in JavaScript ${inJavascript.toFixed(0)}/s`,
      );
    }
    await runtime.stop();
  }
  const beside = (other: number) =>
    median(measured.map((rates) => (rates[0] ?? 0) / (rates[other] ?? Number.NaN))).toFixed(2);
  console.log(`\nverify/match beside a bare route with one query: ${beside(1)}`);
  console.log(`beside one in JavaScript: ${beside(2)}`);
}

/** Calls a bare route with what verifying is asked, too. */
function bareRoute(url: string, name: string, body: object): () => Promise<void> {
  const headers = {
    "content-type": "application/json",
    "accept-encoding": "identity",
    "mf-original-url": `http://${name}.test/`,
  };
  return async () => {
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    if (!(await answer.text()).includes("forms.leadgen.com")) {
      throw new Error(`the bare route in ${name} did not answer`);
    }
  };
}
