// What the runtime calls. The class that worker-build makes has a proxy before it and before each of
// its methods, which make the wasm anew after a panic; and one is constructed for every event. For a
// request that is much of its cost, so it goes to the wasm directly while that is sound.
import Events from "./build/index.js";

const { fetch } = Events.prototype;
const wasm = globalThis.__worker_init_state;

export default {
  fetch(request, env, ctx) {
    const answer = wasm.criticalError
      ? new Events(ctx, env).fetch(request)
      : fetch.call({ env, ctx }, request);
    // A visitor who leaves the page takes the connection along; what was begun for them is carried
    // to its end all the same, and lets go of its memory, which lies in the wasm.
    ctx.waitUntil(answer);
    return answer;
  },
  queue: (batch, env, ctx) => new Events(ctx, env).queue(batch),
  scheduled: (event, env, ctx) => new Events(ctx, env).scheduled(event),
};
