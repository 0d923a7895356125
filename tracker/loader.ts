// The tracker's loader: all that runs before the wasm is there, and all that blocks anything. It
// listens for submits from the first moment; whatever goes wrong, the page's form goes its way.
import { rawContact, rawElements, wellFormed } from "./raw.ts";
import type { Glue, Loaded, State, Tracker } from "./types.ts";

declare const TRACKER_HASH: string;

type Page = typeof globalThis & { econsent?: object; econsentState?: State };

function load(page: Page, script: HTMLScriptElement): void {
  const { fetch, location } = page;
  const { attachShadow } = Element.prototype;
  const state: State = { session_id: null, certificate: null };
  const { company = "", property = "" } = script.dataset;
  const host = new URL(script.src).origin;
  const roots: Node[] = [document];
  let tracker: Tracker | undefined;
  let hasWarned = false;
  let lastRaw = "";
  let noticed: (() => void) | undefined;
  const notice = new Promise<void>((done) => {
    noticed = done;
  });

  const post = async (path: string, body: string) =>
    fetch(host + path, { method: "POST", body, keepalive: body.length < 2e4, credentials: "omit" });
  const about = { v: 1, company_id: company, property_id: property, tracker: TRACKER_HASH };
  const reported: string[] = [];
  const report = (reason: string) => {
    if (!reported.includes(reason)) {
      reported.push(reason);
      post("/api/installs", JSON.stringify({ ...about, reason })).catch(() => undefined);
    }
  };
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
      report("failed");
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
  const publish = (session: string, certificate?: string, isNew?: boolean) => {
    if (state.session_id !== session) {
      state.session_id = session;
      cookie("session", session);
    }
    if (certificate) {
      state.certificate = certificate;
      cookie("certificate", certificate);
    }
    if (isNew) {
      emit("certificate", { ...state });
    }
  };

  /** Without the wasm: what the page shows goes to the server, which mints. */
  const sendRaw = (form: Element | null): undefined => {
    const elements = rawElements(roots, form);
    const body = wellFormed({
      ...about,
      page: location.href.slice(0, 2048),
      language: navigator.language,
      elements,
      contact: rawContact(form),
    });
    if (elements.length && body !== lastRaw) {
      lastRaw = body;
      post("/api/certificates/raw", body)
        .then((response) => response.json())
        .then(({ session_id, certificate_id }) => {
          if (certificate_id) {
            publish(session_id, certificate_id, true);
          }
        })
        .catch((cause) => problem("certificate_delayed", cause));
    }
  };
  /** With the wasm if it is there and works, without it if not. */
  const mint = (form: Element | null, work: (tracker: Tracker) => string | undefined) => {
    const begun = tracker;
    const done = begun && attempt(() => [work(begun)]);
    return done ? done[0] : attempt(() => sendRaw(form));
  };

  const heard = (event: Event) => {
    const form = event.target as Element;
    const { submitter, formData } = event as SubmitEvent & FormDataEvent;
    mint(form, (tracker) => tracker.submitted(form, submitter, formData));
  };
  const listen = (root: Node) => {
    for (const type of ["submit", "formdata"]) {
      root.addEventListener(type, heard, true);
    }
  };
  // Submits do not leave the shadow root they happen in, so each root is listened to: when it is
  // made, or when somebody first does something in it.
  const meet = (node: EventTarget) => {
    if (node instanceof ShadowRoot && !roots.includes(node)) {
      roots.push(node);
      listen(node);
    }
  };
  Element.prototype.attachShadow = function (...options) {
    const root = attachShadow.apply(this, options);
    attempt(() => meet(root));
    return root;
  };
  for (const type of ["focusin", "keydown", "click"]) {
    page.addEventListener(
      type,
      (event) =>
        attempt(() => {
          const path = event.composedPath();
          path.forEach(meet);
          // Scripts click on the document itself to close what is open.
          if (type === "click" && path[0] instanceof Element) {
            tracker?.clicked(path[0]);
          }
        }),
      true,
    );
  }
  listen(document);
  // Those that nobody made by script: the parser did, before this ran or since.
  const find = (root: ParentNode) => {
    for (const { shadowRoot: inner } of root.querySelectorAll("*")) {
      if (inner) {
        meet(inner);
        find(inner);
      }
    }
  };
  attempt(() => find(document));
  document.addEventListener("DOMContentLoaded", () => attempt(() => find(document)));

  const base = `${host}/t/${TRACKER_HASH}/econsent_tracker`;
  const wasm = attempt(() => fetch(`${base}_bg.wasm`)) ?? Promise.reject();
  // Its failure is seen to where it is used; the page is not to hear of it.
  wasm.catch(() => undefined);
  const loaded: Loaded = {
    company,
    property,
    host,
    roots,
    notice,
    emit,
    problem,
    report,
    attempt,
    publish,
  };
  const ready = import(`${base}.js`)
    .then((glue: Glue) => glue.begin(loaded, wasm))
    .then((begun) => {
      tracker = begun;
      if (begun) {
        emit("ready", {});
      }
    })
    .catch((cause) => {
      problem("not_loaded", cause);
      report(cause instanceof WebAssembly.CompileError ? "wasm_blocked" : "not_loaded");
    });

  page.econsentState = state;
  page.econsent = {
    version: TRACKER_HASH,
    /** The visitor was told that the page is recorded, for properties that wait for it. */
    notice: noticed,
    /** For pages that submit in a way nobody could guess: the id of a certificate of what is shown. */
    capture: async ({ form = null }: { form?: HTMLFormElement | null } = {}) => {
      await ready;
      return mint(form, (tracker) => tracker.capture(form)) ?? null;
    },
  };
}

const script =
  (document.currentScript as HTMLScriptElement | null) ??
  document.querySelector<HTMLScriptElement>("script[data-company][data-property]");
if (script && !(window as Page).econsent) {
  try {
    load(window, script);
  } catch (cause) {
    console.warn("econsent: not_started", cause);
  }
}
