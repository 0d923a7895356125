// Plays a page's part over plain HTTP, written from the contract alone: what a
// tracker sends can be made, and made wrong, without the tracker.
import { createHash, randomBytes } from "node:crypto";
import type { APIRequestContext, APIResponse } from "@playwright/test";
import type { Database } from "./database.ts";

export const tcpa =
  "By clicking “Get My Quote” I agree to receive marketing calls and texts from Acme Insurance " +
  "at the number I gave, also by autodialer or prerecorded voice. Consent is not required as a " +
  "condition of purchase.";
export const sms = "Yes, text me about my quote. Message and data rates may apply.";
export const partners = "My details may be shared with the lenders listed on this page.";

export interface Property {
  company: string;
  property: string;
  origin: string;
}

/** A publisher with one property, of this test's own. */
export function newProperty(database: Database, origin = "https://forms.leadgen.com"): Property {
  const [company, property] = [hex(12), hex(12)];
  database.run("INSERT INTO companies VALUES (?, 'LeadGen Co', 0)", company);
  database.run(
    "INSERT INTO properties (property_id, company_id, name, created_at) VALUES (?, ?, 'Quotes', 0)",
    property,
    company,
  );
  database.run("INSERT OR IGNORE INTO property_origins VALUES (?, ?)", property, origin);
  return { company, property, origin };
}

export interface Session {
  session_id: string;
  token: string;
  nonce: string;
  stream: string;
  server_time: string;
}

export interface Consent {
  id: string;
  type: string;
  value: string;
  text: string;
  step?: number;
}

export interface Withheld {
  id: string;
  type: string;
  reason: string;
  text: string;
}

export interface Evidence {
  session?: Session;
  consents?: Consent[];
  withheld?: Withheld[];
  timestamp?: string;
}

export const impliedConsent: Consent = {
  id: "tcpa",
  type: "main-implied",
  value: "visible",
  text: tcpa,
};

/** A page of the property, talking to the worker as a tracker does. */
export class Page {
  readonly #request: APIRequestContext;
  readonly #at: Property;
  origin: string;

  constructor(request: APIRequestContext, at: Property) {
    this.#request = request;
    this.#at = at;
    this.origin = at.origin;
  }

  post(path: string, body: string | object): Promise<APIResponse> {
    return this.#request.post(path, {
      headers: { "content-type": "text/plain", origin: this.origin },
      data: typeof body === "string" ? body : JSON.stringify(body),
    });
  }

  askForSession(token: string | null = null): Promise<APIResponse> {
    const { company, property } = this.#at;
    const body = { v: 1, company_id: company, property_id: property, tracker: "0.1.0", token };
    return this.post("/api/sessions", body);
  }

  async startSession(token: string | null = null): Promise<Session> {
    const answer = await taken(this.askForSession(token));
    return (await answer.json()) as Session;
  }

  /** The commit of a submit, its id minted as the contract says. */
  commit(evidence: Evidence = {}) {
    const { session, consents = [impliedConsent], withheld = [] } = evidence;
    const clientRandom = randomBytes(16);
    const nonce = session ? Buffer.from(session.nonce, "base64url") : Buffer.alloc(16);
    const timestamp = evidence.timestamp ?? session?.server_time ?? new Date().toISOString();
    const sessionId = session?.session_id ?? hex(17);
    const records = consents.map(({ id, type, value, text, step = 1 }) => ({
      category: type.endsWith("explicit") ? "EXPLICIT" : "IMPLIED",
      id,
      step,
      text_sha256: sha256(text).toString("hex"),
      type,
      value,
    }));
    const fingerprint = records.map((r) => `${r.id}:${r.type}:${r.value}`).join(",");
    const { company, property } = this.#at;
    const domain = new URL(this.origin).hostname;
    const payload = [sessionId, company, property, timestamp, fingerprint, domain].join(":");
    // Members are in alphabetical order above, so this is the canonical form.
    const entropy = sha256(nonce, clientRandom, sha256(JSON.stringify(records)));
    const hash = sha256(payload, entropy).toString("base64url");
    return {
      v: 1,
      certificate_id: `EC-${sessionId}-${hash}`,
      company_id: company,
      property_id: property,
      timestamp,
      page: `${this.origin}/quote?zip=33101`,
      language: "en-US",
      tracker: "0.1.0",
      token: session?.token ?? null,
      client_random: clientRandom.toString("base64url"),
      supersedes: null as string | null,
      dropped: { consents: 0, withheld: 0 },
      consents: records,
      withheld: withheld.map(({ text, ...item }) => ({
        ...item,
        step: 1,
        text_sha256: sha256(text).toString("hex"),
      })),
      texts: Object.fromEntries(
        [...consents, ...withheld].map(({ text }) => [sha256(text).toString("hex"), text]),
      ),
    };
  }

  send(commit: string | object): Promise<APIResponse> {
    return this.post("/api/certificates", commit);
  }

  /** A session and one certificate in it. */
  async certificate(evidence: Omit<Evidence, "session"> = {}): Promise<string> {
    const commit = this.commit({ ...evidence, session: await this.startSession() });
    await taken(this.send(commit));
    return commit.certificate_id;
  }

  /** What `verify/match` says to the owner about these words. */
  async verify(certificateId: string, consent = tcpa, changes: object = {}): Promise<APIResponse> {
    return await this.#request.post("/api/verify/match", {
      data: {
        certificate_id: certificateId,
        company_id: this.#at.company,
        property_id: this.#at.property,
        consent,
        ...changes,
      },
    });
  }
}

/** An answer to what a test only prepares: that it was a refusal is told here, and not by what comes
 * of it. */
async function taken(sent: Promise<APIResponse>): Promise<APIResponse> {
  const answer = await sent;
  if (!answer.ok()) {
    throw new Error(`${answer.url()}: ${answer.status()} ${await answer.text()}`);
  }
  return answer;
}

export function hex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}

export function sha256(...parts: (string | Buffer)[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) {
    hash.update(part);
  }
  return hash.digest();
}

/** The part of an id that names its row: the hash. */
export function hashOf(certificateId: string): Buffer {
  return Buffer.from(certificateId.slice(-43), "base64url");
}
