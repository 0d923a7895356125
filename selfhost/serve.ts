// Serves the built worker on a machine of your own: the same workerd, D1, KV, R2 and Queue that
// `cargo xtask run` uses, without its development settings. What the worker calls (webhooks, the
// mail provider) can be at public addresses only: the runtime looks at the address that a name
// resolved to, so no name leads to this machine or to its network. docs/operate.md says more.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs, parseEnv } from "node:util";
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { built } from "./built.ts";

const root = resolve(import.meta.dirname, "..");
const cronMilliseconds = 5 * 60 * 1_000;

interface Scheduled {
  scheduled(event: { cron: string }): Promise<unknown>;
}

const { values } = parseArgs({
  options: {
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "8787" },
    // As wrangler's --persist-to.
    state: { type: "string", default: join(root, ".wrangler/state") },
    // PUBLIC_URL and the secrets, one NAME=value a line.
    "env-file": { type: "string", default: join(root, ".dev.vars") },
    // For development: lets the worker call this machine and its network too.
    "private-network": { type: "boolean", default: false },
  },
});

const configured = unstable_getMiniflareWorkerOptions(join(root, "wrangler.toml")).workerOptions;
const { modulesRules: _rules, ...options } = configured;
const runtime = new Miniflare({
  ...convertV4MiniflareOptions({
    host: values.host,
    port: Number(values.port),
    workers: [
      {
        ...options,
        rootPath: root,
        ...built,
        bindings: { ...(options.bindings as object), ...settings(values["env-file"]) },
        outboundService: { name: "outside" },
      } as V4WorkerOptions,
      // The runtime's own way out cannot be narrowed; this one can.
      {
        name: "outside",
        compatibilityDate: String(options.compatibilityDate),
        modules: true,
        script: "export default { fetch: (request, { NETWORK }) => NETWORK.fetch(request) };",
        serviceBindings: {
          NETWORK: {
            network: {
              allow: values["private-network"] ? ["public", "private"] : ["public"],
              tlsOptions: { trustBrowserCas: true },
            },
          },
        },
      },
    ],
  }),
  // Where wrangler has it too.
  resourcePersistencePath: join(resolve(values.state), "v3"),
});
console.log(`Serving on ${await runtime.ready}`);

// Nothing else keeps the clock here.
const clock = setInterval(async () => {
  try {
    const running = (await runtime.getWorker()) as unknown as Scheduled;
    await running.scheduled({ cron: "*/5 * * * *" });
  } catch (error) {
    console.error(error);
  }
}, cronMilliseconds);

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    clearInterval(clock);
    await runtime.dispose();
  });
}

function settings(file: string): Record<string, string> {
  const read = parseEnv(readFileSync(file, "utf8"));
  return Object.fromEntries(
    Object.entries(read).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
