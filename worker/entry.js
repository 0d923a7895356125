// What the runtime calls. The class that worker-build makes has a proxy before it and before each of
// its methods, which makes the wasm anew after a panic; and a class is constructed for every event.
// For a request that is much of its cost, so it goes to the wasm directly while that is sound.
import Events from "./build/index.js";

const { fetch } = Events.prototype;
const wasm = globalThis.__worker_init_state;

export default {
  fetch: (request, env, ctx) =>
    wasm.criticalError ? new Events(ctx, env).fetch(request) : fetch.call({ env, ctx }, request),
  queue: (batch, env, ctx) => new Events(ctx, env).queue(batch),
  scheduled: (event, env, ctx) => new Events(ctx, env).scheduled(event),
};
