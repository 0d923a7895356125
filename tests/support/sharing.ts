// Publishers and buyers who share and claim: companies of a test's own, each with a key, and the
// calls that pass between them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { APIRequestContext } from "@playwright/test";
import type { Accounts, Answer, Caller } from "./accounts.ts";
import type { Database } from "./database.ts";
import { type Evidence, hex, newProperty, Page, type Property, sha256 } from "./evidence.ts";
import { refuseScans } from "./statements.ts";
import { test as base } from "./test.ts";
import { root, startWorker } from "./worker.ts";

export interface Company {
  id: string;
  name: string;
  /** With a key that may do everything a key may. */
  api: Caller;
}

export interface Publisher extends Company {
  property: Property;
  form: Page;
}

export interface Shared {
  claim_token: string;
  claim_url: string;
  expires_at: string;
}

export interface Compliance {
  score: number | null;
  matched: string[];
  missing: string[];
  status: string;
  level: string;
  forbidden_found: string[];
  reasons: string[];
  notice: string;
}

export interface Claimed {
  claim_id: number;
  certificate_id: string;
  status: string;
  claimed_at: string | null;
  compliance: Compliance;
}

export interface Holding {
  claim_id: number;
  certificate_id: string;
  publisher_name: string;
  property_domain: string;
  consent_captured_at: string;
  state: string | null;
  state_by_phone: string | null;
  score: number | null;
  level: string;
  status: string;
  has_recording: boolean;
  access_level: string;
  claim_url: string | null;
  claim_before: string | null;
}

export interface Listed<T> {
  items: T[];
  page: number;
  limit: number;
  total: number;
}

export interface Rule {
  rule_name: string;
  required_phrases: (string | string[])[];
  forbidden_phrases?: string[];
  mode: "warn" | "reject";
  states?: string[];
}

/** The market of one worker. */
export class Market {
  readonly #accounts: Accounts;
  readonly #database: Database;
  readonly #request: APIRequestContext;

  constructor(accounts: Accounts, database: Database, request: APIRequestContext) {
    this.#accounts = accounts;
    this.#database = database;
    this.#request = request;
  }

  /** A company with a key, as its owner would have made it. */
  buyer(name = "Acme Insurance"): Company {
    const id = hex(12);
    this.#database.run("INSERT INTO companies VALUES (?, ?, 0)", id, name);
    return { id, name, api: this.key(id) };
  }

  publisher(origin?: string): Publisher {
    const property = newProperty(this.#database, origin);
    const id = property.company;
    return {
      id,
      name: "LeadGen Co",
      api: this.key(id),
      property,
      form: new Page(this.#request, property),
    };
  }

  key(company: string, scopes = "read,verify,share,claim,rules,manage"): Caller {
    const key = `eck_${hex(24)}`;
    this.#database.run(
      `INSERT INTO api_keys (key_id, token_sha256, company_id, name, scopes, hint, created_at)
        VALUES (?, ?, ?, 'CRM import', ?, '0000', 0)`,
      hex(12),
      sha256(key),
      company,
      scopes,
    );
    return this.#accounts.machine(key);
  }

  /** A certificate of the publisher, with a phone if it is given one. */
  async certificate(
    publisher: Publisher,
    evidence: Omit<Evidence, "session"> & { phone?: string } = {},
  ): Promise<string> {
    const { phone, ...rest } = evidence;
    const session = await publisher.form.startSession();
    const commit = publisher.form.commit({ ...rest, session });
    const contact = phone === undefined ? {} : { contact: { phone } };
    const answer = await publisher.form.send({ ...commit, ...contact });
    if (answer.status() !== 201) {
      throw new Error(`no certificate: ${answer.status()} ${await answer.text()}`);
    }
    return commit.certificate_id;
  }

  /** A partnership as the publisher makes it. */
  partner(publisher: Publisher, buyer: Company, access = "claim", autoShare = false): void {
    this.#database.run(
      `INSERT INTO partners (property_id, company_id, partner_company_id, access_level, auto_share,
        status, created_at) VALUES (?, ?, ?, ?, ?, 'active', ?)`,
      publisher.property.property,
      publisher.id,
      buyer.id,
      access,
      autoShare ? 1 : 0,
      Date.now(),
    );
  }

  /** A rule as the buyer has saved it. */
  rule(company: Company, rule: Rule): void {
    const written = JSON.stringify({ forbidden_phrases: [], states: [], ...rule });
    this.#database.run(
      `INSERT INTO consent_rules (rule_id, company_id, rule, bytes, wordings, created_at, updated_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)`,
      hex(12),
      company.id,
      written,
      written.length,
      rule.required_phrases.length,
      Date.now(),
      Date.now(),
    );
  }

  async share(
    publisher: Publisher,
    certificate: string,
    target?: Company,
    headers: Record<string, string> = {},
  ): Promise<Shared> {
    const body = target === undefined ? {} : { target_company_id: target.id };
    const path = `/certificate-sharing/certificates/${certificate}/share`;
    return await ok(await publisher.api.with(headers).post(path, body));
  }

  claim(company: Company, token: string): Promise<Answer> {
    return company.api.post(`/certificate-sharing/certificates/claim/${token}`);
  }

  /** What a company was given, once its list has come as far as the test needs it. */
  async holdings(
    company: Company,
    until: (page: Listed<Holding>) => boolean = () => true,
    query = "",
  ): Promise<Listed<Holding>> {
    for (;;) {
      const path = `/certificate-sharing/partner-certificates${query}`;
      const page = await ok<Listed<Holding>>(await company.api.get(path));
      if (until(page)) {
        return page;
      }
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }
}

/** The body of an answer that has to be 200. */
export async function ok<T>(answer: Answer): Promise<T> {
  if (answer.status() !== 200) {
    throw new Error(`${answer.status()}: ${await answer.text()}`);
  }
  return (await answer.json()) as T;
}

/** A worker of its own, where faults can be asked for and nobody counts how much is asked. */
export const test = base.extend<{ market: Market; runCron: () => Promise<void> }>({
  worker: [
    async ({ browserName: _ }, use, info) => {
      const state = mkdtempSync(join(tmpdir(), "econsent-e2e-"));
      const log = join(root, `tests/results/worker-${info.workerIndex}.log`);
      const worker = await startWorker(state, log, ["FLOOD_CONTROL:off", "FAULTS:true"]);
      await use(worker);
      try {
        await refuseScans(worker);
      } finally {
        await worker.stop();
        rmSync(state, { recursive: true, force: true });
      }
    },
    { scope: "worker" },
  ],
  market: async ({ accounts, database, request }, use) => {
    await use(new Market(accounts, database, request));
  },
  runCron: async ({ request }, use) => {
    await use(async () => {
      await request.get("/__scheduled?cron=*/5+*+*+*+*");
    });
  },
});

export { expect } from "@playwright/test";
