// Loads the tracker's glue and wasm, both under one digest, from where this
// script itself came from.
declare const TRACKER_HASH: string;

const script = document.currentScript as HTMLScriptElement | null;
const base = new URL(script?.src ?? "/", location.href);
const glue = new URL(`/t/${TRACKER_HASH}/econsent_tracker.js`, base);
const wasm = new URL(`/t/${TRACKER_HASH}/econsent_tracker_bg.wasm`, base);
void import(glue.href).then((tracker) => tracker.default({ module_or_path: wasm }));
