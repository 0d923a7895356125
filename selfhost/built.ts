// The built worker as the runtime takes it: what it calls, what that brings in, and the wasm.
import { join, resolve } from "node:path";
import type { V4WorkerOptions } from "miniflare";

const worker = resolve(import.meta.dirname, "../worker");

export const built = {
  modulesRoot: worker,
  modules: [
    { type: "ESModule", path: join(worker, "entry.js") },
    { type: "ESModule", path: join(worker, "build/index.js") },
    { type: "CompiledWasm", path: join(worker, "build/index_bg.wasm") },
  ],
} satisfies Partial<V4WorkerOptions>;
