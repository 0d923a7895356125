// The built worker on workerd itself, without the dev server's proxy before it: what a bench
// measures is the worker.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from "miniflare";
import { unstable_readConfig as readConfig } from "wrangler";
import { built } from "../../selfhost/built.ts";
import { root } from "../support/worker.ts";

const compatibilityDate = "2026-10-23";
const d1Databases = { DB: "00000000-0000-0000-0000-000000000000" };

interface Wanted {
  /** The folder of the static files, if a browser is to open pages. */
  files?: string;
  /** Whether answers say how many rows were read for them, which takes time. */
  counts?: boolean;
  /** Workers that run in the same process on the same database, reached by their names. */
  beside?: (V4WorkerOptions & { name: string })[];
}

/** Starts the built worker on a state that `startWorker` has made. */
export async function startBare(
  state: string,
  { files, counts = false, beside = [] }: Wanted = {},
): Promise<{ url: string; stop(): Promise<void> }> {
  const secrets = Object.fromEntries(
    readFileSync(join(state, "secrets.env"), "utf8")
      .split("\n")
      .filter((line) => line.includes("="))
      .map((line) => [
        line.slice(0, line.indexOf("=")),
        line.slice(line.indexOf("=") + 1).replace(/^'(.*)'$/, "$1"),
      ]),
  ) as Record<string, string>;
  // The shape of its fourth version, which says more with less than that of the fifth.
  const options = convertV4MiniflareOptions({
    workers: [
      {
        name: "econsent",
        ...built,
        compatibilityDate,
        bindings: {
          ...secrets,
          FLOOD_CONTROL: "off",
          PUBLIC_URL: "http://localhost:8787",
          FAULTS: `${counts}`,
        },
        d1Databases,
        kvNamespaces: { SETTINGS: "settings" },
        r2Buckets: { RECORDINGS: "recordings" },
        queueProducers: { JOBS: "econsent-jobs" },
        ...(files
          ? { assets: assets(files) }
          : { serviceBindings: { ASSETS: () => new Response(null, { status: 404 }) as never } }),
      },
      ...beside.map((worker) => ({
        ...worker,
        compatibilityDate,
        routes: [`http://${worker.name}.test/*`],
        d1Databases,
      })),
    ],
    resourcePersistencePath: join(state, "v3"),
    host: "127.0.0.1",
    port: 0,
  });
  const miniflare = new Miniflare(options);
  const url = (await miniflare.ready).origin;
  return { url, stop: () => miniflare.dispose() };
}

/** Static files, and which addresses are not theirs, as `wrangler.toml` has it. */
function assets(directory: string) {
  const { assets } = readConfig({ config: join(root, "wrangler.toml") });
  const first = assets?.run_worker_first;
  if (!assets?.binding || first === undefined) {
    throw new Error("wrangler.toml does not say what is served as a file");
  }
  const routerConfig = { has_user_worker: true };
  return { directory, binding: assets.binding, run_worker_first: first, routerConfig };
}
