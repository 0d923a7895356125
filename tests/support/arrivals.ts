// Waiting for what comes over a wire: long, and then with word of what had come by then.
import { setTimeout } from "node:timers/promises";

/** In milliseconds, below the limit of a test, which would say nothing. */
const patience = 240_000;

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
    const stopped = new AbortController();
    const late = setTimeout(patience, undefined, { ref: false, signal: stopped.signal }).then(
      () => {
        throw new Error(`waited for ${patience} ms in vain; before: ${before().join(", ")}`);
      },
    );
    try {
      for (;;) {
        const found = find();
        if (found !== undefined) {
          return found;
        }
        await Promise.race([new Promise<void>((look) => this.#waiting.push(look)), late]);
      }
    } finally {
      stopped.abort();
      late.catch(() => undefined);
    }
  }
}
