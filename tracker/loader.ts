// The tracker's loader: all that runs before the wasm is there, and all that blocks anything. It
// listens for submits from the first moment; whatever goes wrong, the page's form goes its way.
import type { Glue, Loaded, State, Tracker } from "./types.ts";

declare const TRACKER_HASH: string;

type Page = typeof globalThis & { econsent?: object; econsentState?: State };

function load(page: Page, script: HTMLScriptElement): void {
  const { fetch, location } = page;
  const state: State = { session_id: null, certificate: null };
  let tracker: Tracker | undefined;
  let hasWarned = false;

  const emit = (name: string, detail: object) =>
    document.dispatchEvent(new CustomEvent(`econsent:${name}`, { detail }));
  const problem = (code: string, cause?: unknown) => {
    if (!hasWarned) {
      hasWarned = true;
      console.warn("econsent:", code, cause ?? "");
    }
    emit("error", { code });
  };
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof WebAssembly.RuntimeError) {
        // After a panic nothing in the wasm can be relied on.
        tracker = undefined;
      }
      problem("failed", cause);
      return undefined;
    }
  };
  const cookie = (name: string, value: string) => {
    const secure = location.protocol === "https:" ? ";Secure" : "";
    try {
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is asynchronous
      document.cookie = `econsent_${name}=${value};path=/;SameSite=Lax${secure}`;
    } catch {
      // A sandboxed frame has no cookies.
    }
  };
  const loaded: Loaded = {
    company: script.dataset.company ?? "",
    property: script.dataset.property ?? "",
    host: new URL(script.src).origin,
    roots: [document],
    emit,
    problem,
    attempt,
    publish(session, certificate, isNew) {
      state.session_id = session;
      cookie("session", session);
      if (certificate) {
        state.certificate = certificate;
        cookie("certificate", certificate);
      }
      if (isNew) {
        emit("certificate", { ...state });
      }
    },
  };

  const heard = (event: Event) => {
    const { submitter } = event as SubmitEvent;
    const { formData } = event as FormDataEvent;
    attempt(() => tracker?.submitted(event.target as Element, submitter, formData));
  };
  for (const type of ["submit", "formdata"]) {
    page.addEventListener(type, heard, true);
  }

  page.econsentState = state;
  page.econsent = { version: TRACKER_HASH };
  const base = `${loaded.host}/t/${TRACKER_HASH}/econsent_tracker`;
  const wasm = fetch(`${base}_bg.wasm`);
  import(`${base}.js`)
    .then((glue: Glue) => glue.begin(loaded, wasm))
    .then((begun) => {
      tracker = begun;
      if (begun) {
        emit("ready", {});
      }
    })
    .catch((cause) => problem("not_loaded", cause));
}

const script =
  (document.currentScript as HTMLScriptElement | null) ??
  document.querySelector<HTMLScriptElement>("script[data-company][data-property]");
if (script && !(window as Page).econsent) {
  load(window, script);
}
