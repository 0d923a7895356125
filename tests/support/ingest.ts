// A stand-in for the worker's ingest, for tests of the tracker alone: it serves the built tracker,
// answers session starts and commits as the worker does, keeps what it was sent, and can be made
// to fail in every way a server fails.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { root } from "./worker.ts";

/** The name under which pages of other sites reach it. */
const host = "edge.econsent.test";
const types: Record<string, string> = { ".js": "text/javascript", ".wasm": "application/wasm" };

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
  presentation?: Record<string, unknown>;
}

export interface Received {
  path: string;
  contentType: string;
  body: string;
}

/** What it does with a request instead of answering properly. */
export type Fault = "hang" | "drop" | "500" | "nonsense";

export class Ingest {
  readonly received: Received[] = [];
  readonly sessions: { id: string; token: string; nonce: string }[] = [];
  /** Faults by path prefix. */
  readonly faults = new Map<string, Fault>();
  readonly #server: Server;
  #waiting: (() => void)[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  static async start(): Promise<Ingest> {
    const ingest = new Ingest();
    await new Promise<void>((ready) => ingest.#server.listen(0, "127.0.0.1", ready));
    return ingest;
  }

  get url(): string {
    return `http://${host}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The commits so far, one per certificate. */
  get commits(): Commit[] {
    const commits = this.received
      .filter((request) => request.path === "/api/certificates")
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

  async #until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) {
        return found;
      }
      await new Promise<void>((arrived) => this.#waiting.push(arrived));
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://edge").pathname;
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const body = await new Blob(chunks).text();
    const fault = [...this.faults].find(([prefix]) => path.startsWith(prefix))?.[1];
    response.setHeader("access-control-allow-origin", "*");
    if (fault === "hang") {
      return;
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
    if (request.method === "POST") {
      this.received.push({ path, contentType: request.headers["content-type"] ?? "", body });
      const [status, answer] = this.#api(path, JSON.parse(body));
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(answer));
      for (const arrived of this.#waiting.splice(0)) {
        arrived();
      }
      return;
    }
    const file = readFileSync(join(process.env.ECONSENT_DIST ?? join(root, "www/dist"), path));
    response.writeHead(200, {
      "content-type": types[extname(path)] ?? "text/plain",
      "cache-control": "no-store",
      "cross-origin-resource-policy": "cross-origin",
    });
    response.end(file);
  }

  #api(path: string, body: { token?: string; certificate_id?: string }): [number, object] {
    if (path === "/api/sessions") {
      const running = this.sessions.find((session) => session.token === body.token);
      const session = {
        id: running?.id ?? `61${randomBytes(16).toString("hex")}`,
        token: `${randomBytes(24).toString("base64url")}.${randomBytes(32).toString("base64url")}`,
        nonce: randomBytes(16).toString("base64url"),
      };
      this.sessions.push(session);
      const { id, token, nonce } = session;
      const stream = randomBytes(16).toString("hex");
      return [200, { session_id: id, token, nonce, stream, server_time: new Date().toISOString() }];
    }
    if (path === "/api/certificates") {
      const received_at = new Date().toISOString();
      const certificate_id = body.certificate_id;
      return [201, { certificate_id, received_at, attestation: "attested", clock: "verified" }];
    }
    return [404, { code: "not_found" }];
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
