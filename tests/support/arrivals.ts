// Waiting for what comes over a wire: as long as anything still comes, and not for ever.
import { setTimeout } from "node:timers/promises";

/** How long nothing may come, in milliseconds. */
const patience = 90_000;

export class Arrivals {
  #waiting: (() => void)[] = [];

  /** Something came. */
  came(): void {
    for (const look of this.#waiting.splice(0)) {
      look();
    }
  }

  /** What `find` finds, once it has come; `before` says in an error what had come by then. */
  async until<T>(find: () => T | undefined, before: () => string[]): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) {
        return found;
      }
      const late = new AbortController();
      await Promise.race([
        new Promise<void>((look) => this.#waiting.push(look)),
        setTimeout(patience, undefined, { ref: false, signal: late.signal }).then(() => {
          throw new Error(`nothing came for ${patience} ms; before: ${before().join(", ")}`);
        }),
      ]).finally(() => late.abort());
    }
  }
}
