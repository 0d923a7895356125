// Brings the recorder into the page, once nothing else is to be done there (contract §6).
import { digest } from "econsent-tracker-wasm";
import type { Loaded, RecorderModule, Started } from "./types.ts";

const { setTimeout, requestIdleCallback = setTimeout } = window;
/** Beside the glue; not a part of it. */
const file = "./econsent_recorder.js";

/** Where the recorder does not come there is no recording, and everything else goes its way. */
export function record(loaded: Loaded, started?: Started): void {
  if (started?.settings.recording) {
    requestIdleCallback(() =>
      import(file)
        .then(({ begin }: RecorderModule) => {
          loaded.seal = begin(loaded, started, digest);
        })
        .catch(() => undefined),
    );
  }
}
