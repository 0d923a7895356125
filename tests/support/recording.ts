// A recording from both ends: what a page sends of it, made from the contract alone, and what lies
// in the bucket afterwards, read behind the worker's back.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import type { Session } from "./evidence.ts";

export interface Event {
  type: number;
  timestamp: number;
  // biome-ignore lint/suspicious/noExplicitAny: as rrweb has it
  data: any;
}

export const linesOf = (events: object[]) =>
  events.map((event) => `${JSON.stringify(event)}\n`).join("");

const digest = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash("sha256");
  for (const part of parts) {
    hash.update(part);
  }
  return hash.digest();
};

/** A visit to a quote form, in three chunks: what was there, what was typed, the tick and the click. */
export function visit(at = Date.now()): string[] {
  const text = (id: number, words: string) => ({ type: 3, id, textContent: words });
  const element = (id: number, tagName: string, childNodes: object[], attributes = {}) => ({
    type: 2,
    id,
    tagName,
    attributes,
    childNodes,
  });
  const node = {
    type: 0,
    id: 1,
    childNodes: [
      { type: 1, id: 2, name: "html", publicId: "", systemId: "" },
      element(3, "html", [
        element(4, "head", []),
        element(5, "body", [
          element(6, "h1", [text(7, "Car insurance quotes")]),
          element(8, "input", [], { type: "text", name: "first_name", value: "" }),
          element(9, "input", [], { type: "checkbox", name: "optin" }),
        ]),
      ]),
    ],
  };
  const input = (id: number, change: object, after: number) => ({
    type: 3,
    data: { source: 5, text: "", isChecked: false, id, ...change },
    timestamp: at + after,
  });
  return [
    linesOf([
      {
        type: 4,
        data: { href: "https://forms.leadgen.com/quote", width: 1280, height: 720 },
        timestamp: at,
      },
      { type: 2, data: { node, initialOffset: { left: 0, top: 0 } }, timestamp: at + 1 },
    ]),
    linesOf([input(8, { text: "*" }, 1200), input(8, { text: "**" }, 1350)]),
    linesOf([
      input(9, { isChecked: true, text: "on" }, 2400),
      { type: 5, data: { tag: "submit", payload: { node: -1 } }, timestamp: at + 2900 },
    ]),
  ];
}

export interface Manifest {
  streams: { chunks: number; events: number; sha256: string; stream: string }[];
  v: number;
}

/** The manifest of these page loads, as the contract has it. */
export function manifestOf(pages: { stream: string; chunks: string[] }[]): Manifest {
  const streams = pages.map(({ stream, chunks }) => ({
    chunks: chunks.length,
    events: chunks.join("").split("\n").length - 1,
    sha256: digest(...chunks.map((chunk) => digest(chunk))).toString("hex"),
    stream,
  }));
  return { streams, v: 1 };
}

export const hashOfManifest = (manifest: Manifest) =>
  digest(JSON.stringify(manifest)).toString("hex");

export interface Sending {
  encoding?: "identity" | "gzip";
  token?: string;
  sha256?: string;
  origin?: string;
  /** Instead of the chunk, in its encoding. */
  sent?: Uint8Array;
}

/** A page that sends what it records. */
export class RecordingPage {
  readonly #base: string;
  readonly #origin: string;

  constructor(base: string, origin: string) {
    this.#base = base;
    this.#origin = origin;
  }

  async send(session: Session, number: number, chunk: string, how: Sending = {}) {
    const { encoding = "gzip", token = session.token } = how;
    const sha256 = how.sha256 ?? digest(chunk).toString("hex");
    const head = JSON.stringify({ v: 1, token, number, sha256, encoding });
    const bytes = encoding === "gzip" ? gzipSync(chunk) : Buffer.from(chunk);
    const answer = await fetch(`${this.#base}/api/recordings`, {
      method: "POST",
      headers: { origin: how.origin ?? this.#origin },
      body: Buffer.concat([Buffer.from(`${head}\n`), how.sent ?? bytes]),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }
}

/** The bucket of a worker, as it lies on the disk. */
export class Bucket {
  readonly #state: string;

  constructor(state: string) {
    this.#state = join(state, "v3/r2");
  }

  /** Where each object's bytes lie, by its key, below a prefix. */
  #files(prefix: string): Map<string, string> {
    const folder = join(this.#state, "miniflare-R2BucketObject");
    const files = readdirSync(folder).filter(
      (name) => name.endsWith(".sqlite") && name !== "metadata.sqlite",
    );
    const found = new Map<string, string>();
    for (const file of files) {
      const database = new DatabaseSync(join(folder, file), { readOnly: true, timeout: 5_000 });
      const rows = database.prepare("SELECT key, blob_id FROM _mf_objects ORDER BY key").all();
      database.close();
      for (const { key, blob_id } of rows) {
        if (String(key).startsWith(prefix)) {
          const blob = join(this.#state, "econsent-recordings/blobs", String(blob_id));
          found.set(String(key), blob);
        }
      }
    }
    return found;
  }

  keys(prefix: string): string[] {
    return [...this.#files(prefix).keys()];
  }

  read(prefix: string): Map<string, Buffer> {
    const files = [...this.#files(prefix)];
    return new Map(files.map(([key, file]) => [key, readFileSync(file)]));
  }

  /** Everything below a prefix as one text. */
  text(prefix: string): string {
    return [...this.read(prefix).values()].map((bytes) => bytes.toString("utf8")).join("");
  }

  /** Flips one bit in the middle of an object, which nobody but a digest would notice. */
  flip(key: string): void {
    const [file] = this.#files(key).values();
    if (!file) {
      throw new Error(`no object ${key}`);
    }
    const bytes = readFileSync(file);
    const at = bytes.lastIndexOf("timestamp") + "timestamp".length + 3;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
  }
}
