// What the loader and the rest of the tracker say to each other.

/** The global that tells a page's own scripts what is known so far. */
export interface State {
  session_id: string | null;
  certificate: string | null;
}

/** What the loader has done already when the glue arrives. */
export interface Loaded {
  company: string;
  property: string;
  /** The origin that the tracker came from and talks to. */
  host: string;
  /** The document, and the shadow roots that were seen. */
  roots: Node[];
  /** Resolves when the owner says that the visitor was told of the recording. */
  notice: Promise<void>;
  /** Dispatches `econsent:<name>` on the document. */
  emit(name: string, detail: object): void;
  /** Tells the owner what keeps certificates from coming: by an event, and once on the console. */
  problem(code: string, cause?: unknown): void;
  /** Tells the owner's install check why a submit came without a certificate; each reason once. */
  report(reason: string): void;
  /** Runs work of ours; whatever it throws stays with us. */
  attempt<T>(work: () => T): T | undefined;
  /** Shows session and certificate to the page's own scripts. */
  publish(session: string, certificate?: string, isNew?: boolean): void;
  /** Seals what was recorded so far, once there is a recorder. */
  seal?: Seal;
}

/** What the glue gives the loader to call. */
export interface Tracker {
  /** A form is being submitted, or (with `data`) its data is being read. */
  submitted(form: Element, submitter?: Element | null, data?: FormData | null): string | undefined;

  /** Something was clicked. */
  clicked(target: Element): string | undefined;
  /** The owner asks for a certificate, of a form or of what the page shows outside of forms. */
  capture(form?: Element | null): string | undefined;
}

/** What a page load is told at its start, as far as the recorder needs it. */
export interface Started {
  session_id: string;
  token: string;
  /** The page load, by which its recording is stored. */
  stream: string;
  settings: {
    recording: boolean;
    record_after_notice: boolean;
    unmasked: string[];
    consent_selectors: { selector: string }[];
  };
}

/** Seals what was recorded so far, of this page and those before it, and gives the manifest. Never
 * throws, never waits. */
export type Seal = () => object | undefined;

/** The recorder as a module. */
export interface RecorderModule {
  begin(loaded: Loaded, started: Started, digest: (bytes: Uint8Array) => string): Seal;
}

/** The glue as a module. */
export interface Glue {
  begin(loaded: Loaded, wasm: Promise<Response>): Promise<Tracker | undefined>;
}
