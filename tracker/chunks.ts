// A recording in chunks: events closed into lines, digested at once, sent in gzip when there is time,
// and kept in the tab where they could not leave (contract §6).
import { stored } from "./session.ts";
import type { Loaded, Started } from "./types.ts";

const key = "econsent.recording";
/** Before the chunks of this tab that the server has not acknowledged. */
const prefix = "econsent.chunk.";
/** Page loads of one manifest. */
const streams = 64;
/** Chunks of one session, a little below what the server keeps. */
const most = 780;
/** One chunk, in characters; a longer event is one by itself. */
const chunkSize = 512 * 1024;
/** The longest event that the server takes, in bytes. */
const eventBytes = 3 * 1024 * 1024;
/** Of the 64 kB that browsers keep alive for a page, 32 belong to its certificate, and something
 * to the page itself. */
const keptAlive = 24 * 1024;
/** What may wait in the tab for the next page, in characters. */
const waiting = 1024 * 1024;
const { fetch, setTimeout } = window;
const encoder = new TextEncoder();

/** One page load, as manifests have it. */
interface Stream {
  chunks: number;
  events: number;
  sha256: string;
  stream: string;
}

interface Chunk {
  /** Where it is kept in the tab. */
  name: string;
  token: string;
  number: number;
  sha256: string;
  text: string;
}

function rawOf(hex: string): number[] {
  return Array.from({ length: hex.length / 2 }, (_, at) =>
    Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16),
  );
}

/** Without a `Blob`: the browser's other process is asked for each, and the page waits for it. */
async function gzip(text: string): Promise<Uint8Array> {
  const stream = new Response(text).body?.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The line before a chunk's lines: whose it is, which, and how it is packed. */
function headOf({ token, number, sha256 }: Chunk, encoding: "gzip" | "identity"): string {
  return `${JSON.stringify({ v: 1, token, number, sha256, encoding })}\n`;
}

function joined(head: Uint8Array, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(head.length + content.length);
  all.set(head);
  all.set(content, head.length);
  return all;
}

export class Chunks {
  readonly loaded: Loaded;
  readonly started: Started;
  readonly digest: (bytes: Uint8Array) => string;
  /** The pages before this one. */
  readonly earlier: Stream[];
  readonly own: Stream;
  /** The digests of this page's chunks, one after the other. */
  raw: number[] = [];
  /** Closed, and not yet acknowledged. */
  readonly unsent = new Map<string, Chunk>();
  /** On their way so that they outlive the page. */
  readonly hurried = new Set<string>();
  /** Whether the next page of this tab would hear of all chunks. */
  isNoted = true;
  isSending = false;
  isOver = false;
  aliveBytes = 0;

  constructor(loaded: Loaded, started: Started, digest: (bytes: Uint8Array) => string) {
    this.loaded = loaded;
    this.started = started;
    this.digest = digest;
    const { session_id, stream } = started;
    const kept = stored((storage) => JSON.parse(storage.getItem(key) ?? "null"));
    this.earlier = kept?.session_id === session_id ? kept.streams : [];
    this.own = { chunks: 0, events: 0, sha256: "", stream };
    // What earlier pages of this tab could not get through.
    stored((storage) => {
      for (const name of Object.keys(storage)) {
        if (name.startsWith(prefix)) {
          const chunk = JSON.parse(storage.getItem(name) ?? "{}") as Chunk;
          this.unsent.set(name, { ...chunk, name });
        }
      }
    });
  }

  /** Closes events into chunks; false when there is to be no more of them. */
  close(events: object[]): boolean {
    let lines = "";
    let count = 0;
    const end = () => {
      if (count) {
        this.add(lines, count);
      }
      lines = "";
      count = 0;
    };
    for (const event of events) {
      const line = `${JSON.stringify(event)}\n`;
      // A character has up to three bytes.
      if (line.length * 3 > eventBytes && encoder.encode(line).length > eventBytes) {
        this.isOver = true;
        break;
      }
      if (lines.length + line.length > chunkSize) {
        end();
      }
      lines += line;
      count += 1;
    }
    end();
    return !this.isOver;
  }

  add(text: string, events: number): void {
    const { own, started } = this;
    if (own.chunks + this.earlier.reduce((sum, { chunks }) => sum + chunks, 0) >= most) {
      this.isOver = true;
      return;
    }
    const sha256 = this.digest(encoder.encode(text));
    const name = `${prefix}${own.stream}.${own.chunks}`;
    this.unsent.set(name, { name, token: started.token, number: own.chunks, sha256, text });
    this.raw.push(...rawOf(sha256));
    own.chunks += 1;
    own.events += events;
    own.sha256 = this.digest(Uint8Array.from(this.raw));
    this.isNoted = false;
    // After a submit, which may be what closes it; where the page is left before, with its end.
    setTimeout(() => this.note());
  }

  /** Notes for the next page of this tab what there is of this one. */
  note(): void {
    if (this.isNoted) {
      return;
    }
    this.isNoted = true;
    const { session_id } = this.started;
    stored((storage) => storage.setItem(key, JSON.stringify({ session_id, streams: this.all() })));
  }

  all(): Stream[] {
    return [...this.earlier, this.own].filter(({ chunks }) => chunks).slice(-streams);
  }

  /** What certificates seal; undefined while there is nothing. */
  manifest(): object | undefined {
    const streams = this.all();
    return streams.length ? { v: 1, streams } : undefined;
  }

  /** Sends what waits, one after the other, in gzip. What fails is tried again with the next. */
  async send(): Promise<void> {
    if (this.isSending) {
      return;
    }
    this.isSending = true;
    try {
      for (const chunk of [...this.unsent.values()]) {
        if (this.hurried.has(chunk.name)) {
          continue;
        }
        const body =
          "CompressionStream" in window
            ? joined(encoder.encode(headOf(chunk, "gzip")), await gzip(chunk.text))
            : headOf(chunk, "identity") + chunk.text;
        await this.post(chunk, body, false);
      }
    } catch {
      // No network, or a server that cannot answer now.
    } finally {
      this.isSending = false;
    }
  }

  /** The page may be left at any moment: what is small goes out so that it outlives the page, and
   * nothing is waited for. */
  hurry(): void {
    for (const chunk of this.unsent.values()) {
      const room = keptAlive - this.aliveBytes;
      if (this.hurried.has(chunk.name) || chunk.text.length >= room) {
        continue;
      }
      const body = headOf(chunk, "identity") + chunk.text;
      const bytes = encoder.encode(body).length;
      if (bytes <= room) {
        this.aliveBytes += bytes;
        this.hurried.add(chunk.name);
        this.post(chunk, body, true)
          .catch(() => undefined)
          .finally(() => {
            this.aliveBytes -= bytes;
            this.hurried.delete(chunk.name);
          });
      }
    }
    setTimeout(() => this.send());
  }

  /** What the server has not acknowledged waits for the next page of this tab. */
  leave(): void {
    this.note();
    let room = waiting;
    for (const chunk of this.unsent.values()) {
      room -= chunk.text.length;
      if (room > 0) {
        stored((storage) => storage.setItem(chunk.name, JSON.stringify(chunk)));
      }
    }
  }

  async post(
    { name, token }: Chunk,
    body: string | Uint8Array<ArrayBuffer>,
    keepalive: boolean,
  ): Promise<void> {
    const { ok, status } = await fetch(`${this.loaded.host}/api/recordings`, {
      method: "POST",
      // Neither words nor bytes without a type need permission asked beforehand.
      body,
      keepalive,
      credentials: "omit",
    });
    if (!ok && (status >= 500 || status === 408 || status === 429)) {
      throw new Error(`${status}`);
    }
    this.unsent.delete(name);
    stored((storage) => storage.removeItem(name));
    if (!ok && token === this.started.token) {
      // Refused for good: the session has enough, or its recording is over.
      this.isOver = true;
    }
  }
}
