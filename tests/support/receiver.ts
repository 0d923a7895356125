// A buyer's server that webhooks come to, and that can be made to fail.
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Delivery {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export class Receiver {
  readonly deliveries: Delivery[] = [];
  /** What the next calls are answered with; then 204. */
  readonly answers: { status: number; location?: string; body?: string }[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        this.deliveries.push({ path: request.url ?? "", headers: request.headers, body });
        const { status, location, body: told } = this.answers.shift() ?? { status: 204 };
        response.writeHead(status, location ? { location } : {}).end(told);
      });
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((ready) => receiver.#server.listen(0, "127.0.0.1", ready));
    return receiver;
  }

  url(path = "/hook"): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}

/** Whether a delivery was signed with that secret, by what the documentation says alone. */
export function isSigned({ headers, body }: Delivery, secret: string): boolean {
  const at = String(headers["x-econsent-timestamp"]);
  const hmac = createHmac("sha256", secret).update(`econsent-webhook-v1\n${at}.${body}`);
  return headers["x-econsent-signature"] === `sha256=${hmac.digest("hex")}`;
}
