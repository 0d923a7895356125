// A publisher's web server: serves the pages a test writes, under any name
// that ends in .test, and keeps the leads that its forms send.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { Arrivals } from "./arrivals.ts";

export interface Submission {
  method: string;
  host: string;
  path: string;
  headers: IncomingMessage["headers"];
  /** The fields of a form, or of a JSON body's top level; the last one of a name. */
  fields: Record<string, string>;
  body: string;
}

export interface Page {
  html: string;
  headers?: Record<string, string>;
}

export class Publisher {
  readonly submissions: Submission[] = [];
  readonly #pages = new Map<string, Page>();
  readonly #server: Server;
  readonly #arrivals = new Arrivals();

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    // A connection that ends just as it is used again would lose a lead on the tests' own wire.
    this.#server.keepAliveTimeout = 0;
  }

  static async start(): Promise<Publisher> {
    const publisher = new Publisher();
    await new Promise<void>((ready) => publisher.#server.listen(0, "127.0.0.1", ready));
    return publisher;
  }

  /** Serves a page at a path, on every host. */
  serve(path: string, page: Page | string): void {
    this.#pages.set(path, typeof page === "string" ? { html: page } : page);
  }

  /** The site's origin: its own site to a browser for each registrable name. */
  origin(host: string): string {
    return `http://${host}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The lead with this number (from 0), once it has arrived. */
  async submission(index = 0): Promise<Submission> {
    return await this.#arrivals.until(
      () => this.submissions[index],
      () => this.submissions.map(({ method, path }) => `${method} ${path}`),
    );
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://publisher.test");
    if (request.method === "POST" || url.searchParams.size > 0) {
      const submission = await read(request, url);
      // Whoever waits for the lead finds the page answered.
      response.on("close", () => this.#keep(submission));
    }
    const page = this.#pages.get(url.pathname);
    if (page) {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...page.headers });
      response.end(page.html);
    } else if (request.method === "POST") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      response.end("<!doctype html><title>Thank you</title><h1>Thank you</h1>");
    } else {
      response.writeHead(404).end();
    }
  }

  #keep(submission: Submission): void {
    this.submissions.push(submission);
    this.#arrivals.came();
  }
}

async function read(request: IncomingMessage, url: URL): Promise<Submission> {
  const body = await buffer(request);
  return {
    method: request.method ?? "",
    host: request.headers.host ?? "",
    path: url.pathname,
    headers: request.headers,
    fields: await readFields(request, url, body),
    body: body.toString(),
  };
}

async function readFields(
  request: IncomingMessage,
  url: URL,
  body: Buffer<ArrayBuffer>,
): Promise<Record<string, string>> {
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("application/json")) {
    const value = JSON.parse(body.toString()) as Record<string, unknown>;
    return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, String(held)]));
  }
  if (type.includes("form")) {
    const form = await new Response(body, { headers: { "content-type": type } }).formData();
    const fields: Record<string, string> = {};
    form.forEach((value, name) => {
      fields[name] = typeof value === "string" ? value : value.name;
    });
    return fields;
  }
  return Object.fromEntries(url.searchParams);
}
