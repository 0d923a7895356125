// The wire between pages and the worker: everything passes through to the real worker and back, is
// kept for the test to look at, and can be made to fail in every way a network and a server fail.
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { Arrivals } from "./arrivals.ts";
import type { Manifest } from "./recording.ts";
import type { Worker } from "./worker.ts";

/** The name under which pages of other sites reach it. */
const host = "edge.econsent.test";

export interface Consent {
  id: string;
  step: number;
  type: string;
  category: string;
  value: string;
  text_sha256: string;
}

export interface Commit {
  v: number;
  certificate_id: string;
  company_id: string;
  property_id: string;
  timestamp: string;
  page: string;
  language: string;
  tracker: string;
  token: string | null;
  client_random: string;
  supersedes: string | null;
  dropped: { consents: number; withheld: number };
  consents: Consent[];
  withheld: { id: string; step: number; type: string; reason: string; text_sha256: string }[];
  texts: Record<string, string>;
  contact?: { phone?: string; email?: string };
  presentation: Record<string, unknown>[];
  recording?: Manifest;
}

export interface Received {
  path: string;
  contentType: string;
  body: string;
  /** Of the body as it was sent. */
  bytes: number;
  /** How the worker answered. */
  status: number;
}

interface Answer {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Buffer;
}

interface Started {
  session_id: string;
  token: string;
  nonce: string;
}

/** Headers that speak of one connection (RFC 9110 §7.6.1). */
const hopByHop = new Set(["connection", "keep-alive", "transfer-encoding"]);

/** What it does with a request instead of answering properly. What it is to "hold" reaches the
 * worker when it is released, unless whoever sent it has gone by then. */
export type Fault = "hang" | "hold" | "drop" | "500" | "nonsense";

export class Ingest {
  readonly received: Received[] = [];
  /** What never got to the worker or back, through no fault that a test asked for. */
  readonly broken: string[] = [];
  readonly sessions: { id: string; token: string; nonce: string }[] = [];
  /** Faults by path prefix. */
  readonly faults = new Map<string, Fault>();
  readonly #server: Server;
  readonly #worker: string;
  readonly #arrivals = new Arrivals();
  /** Lets go of what was held. */
  release: () => void = () => undefined;
  readonly #released = new Promise<void>((release) => {
    this.release = release;
  });

  private constructor(worker: Worker) {
    this.#worker = `http://127.0.0.1:${worker.port}`;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        this.broken.push(`${request.method} ${request.url}: ${error}`);
        response.destroy();
      });
    });
    // A connection that ends just as it is used again would lose a request, as `#forward` says.
    this.#server.keepAliveTimeout = 0;
  }

  static async start(worker: Worker): Promise<Ingest> {
    const ingest = new Ingest(worker);
    await new Promise<void>((ready) => ingest.#server.listen(0, "127.0.0.1", ready));
    return ingest;
  }

  get url(): string {
    return `http://${host}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The commits that the worker has taken, one per certificate. */
  get commits(): Commit[] {
    const commits = this.received
      .filter(({ path, status }) => path === "/api/certificates" && [200, 201].includes(status))
      .map((request) => JSON.parse(request.body) as Commit);
    return [...new Map(commits.map((commit) => [commit.certificate_id, commit])).values()];
  }

  /** The commit of a certificate, once it has arrived. */
  async commit(certificate: string | undefined): Promise<Commit> {
    return await this.#until(() =>
      this.commits.find((commit) => commit.certificate_id === certificate),
    );
  }

  /** The first request to a path, once it has arrived. */
  async request(path: string, index = 0): Promise<Received> {
    return await this.#until(() => this.received.filter((request) => request.path === path)[index]);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  #until<T>(find: () => T | undefined): Promise<T> {
    return this.#arrivals.until(find, () => [
      ...this.received.map(({ path, status, bytes }) => `${path} ${status} ${bytes}`),
      ...this.broken,
    ]);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://edge").pathname;
    const sent = await buffer(request);
    const fault = [...this.faults].find(([prefix]) => path.startsWith(prefix))?.[1];
    response.setHeader("access-control-allow-origin", "*");
    if (fault === "hang") {
      return;
    }
    if (fault === "hold") {
      await this.#released;
      if (request.socket.destroyed) {
        return;
      }
    }
    if (fault === "drop") {
      request.socket.destroy();
      return;
    }
    if (fault === "500") {
      response.writeHead(500, { "content-type": "application/problem+json" }).end("{}");
      return;
    }
    if (fault === "nonsense") {
      response.writeHead(200, { "content-type": "text/html" }).end("<h1>It works!</h1>");
      return;
    }
    const answer = await this.#forward(request, sent);
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
    if (request.method === "POST") {
      const contentType = request.headers["content-type"] ?? "";
      this.received.push({
        path,
        contentType,
        body: sent.toString(),
        bytes: sent.length,
        status: answer.status,
      });
      this.#remember(path, answer);
    }
  }

  /** On a connection of its own: one kept from before may be closed by the other side just as it is
   * used again, and the request of a page that is gone would be lost on the tests' own wire. */
  async #forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const passed = ["content-type", "origin", "user-agent", "accept-language"]
      .map((name) => [name, headers[name]])
      .filter(([, value]) => value !== undefined);
    const forwarded = request(this.#worker + url, {
      method,
      headers: Object.fromEntries(passed),
      agent: false,
    });
    // Who answers before it has read everything may close while the rest is still sent.
    forwarded.on("error", () => undefined);
    forwarded.end(body);
    const [answer] = (await once(forwarded, "response")) as [IncomingMessage];
    return {
      status: answer.statusCode ?? 0,
      headers: Object.fromEntries(
        Object.entries(answer.headers).filter(([name]) => !hopByHop.has(name)),
      ),
      body: await buffer(answer),
    };
  }

  #remember(path: string, answer: Answer): void {
    if (path === "/api/sessions" && answer.status === 200) {
      const { session_id, token, nonce } = JSON.parse(answer.body.toString()) as Started;
      this.sessions.push({ id: session_id, token, nonce });
    }
    this.#arrivals.came();
  }

  /** The id computed again from a commit's evidence, as anyone can (contract §1, "The id"). */
  idOf(commit: Commit, domain: string): string {
    const sha256 = (...parts: (string | Uint8Array)[]) => {
      const hash = createHash("sha256");
      for (const part of parts) {
        hash.update(part);
      }
      return hash.digest();
    };
    const session = this.sessions.find(({ token }) => token === commit.token);
    const session_id = session?.id ?? commit.certificate_id.slice(3, -44);
    const nonce = session ? Buffer.from(session.nonce, "base64url") : Buffer.alloc(16);
    const fingerprint = commit.consents.map((c) => `${c.id}:${c.type}:${c.value}`).join(",");
    const { company_id, property_id, timestamp } = commit;
    const payload = [session_id, company_id, property_id, timestamp, fingerprint, domain].join(":");
    // The consents arrive in canonical form, member by member.
    const consents = JSON.stringify(commit.consents);
    const random = Buffer.from(commit.client_random, "base64url");
    const entropy = sha256(nonce, random, sha256(consents));
    return `EC-${session_id}-${sha256(payload, entropy).toString("base64url")}`;
  }
}
