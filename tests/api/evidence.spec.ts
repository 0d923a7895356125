// The evidence of a claimed certificate: the words, the signatures, the chain and what the rules
// found; and a chain that somebody with the database file has changed.
import { createHmac } from "node:crypto";
import { beginningOf, checkedChain, linked } from "../support/custody.ts";
import type { Database } from "../support/database.ts";
import { hashOf, sha256, tcpa } from "../support/evidence.ts";
import {
  type Claimed,
  type Company,
  expect,
  type Market,
  ok,
  type Publisher,
  test,
} from "../support/sharing.ts";
import { type Worker, workerKey } from "../support/worker.ts";

interface Place {
  record: number;
  start: number;
  end: number;
}

interface Evidence {
  claim_id: number;
  certificate_id: string;
  verdict: string;
  consents: { id: string; text: string; given: boolean }[];
  signatures: Record<string, Record<string, { valid: boolean; signature: string }>>;
  times: Record<string, string | null>;
  states: Record<string, { code: string; name: string } | null>;
  compliance: {
    latest: { result: { score: number; missing: string[] }; rules: { rule: object }[] } | null;
    found: { required: { phrase: string; found: string | null; places: Place[] }[] }[] | null;
    history: { result: { score: number } }[];
    notice: string;
  };
  recording: { status: string };
  custody: {
    valid: boolean;
    fault: { seq: number; fault: string; reason: string } | null;
    events: { seq: number; type: string; actor: string; details: object | null }[];
    state: { claims: string[] };
  };
  access_log: object[];
  disclosures: Record<string, { value: string; opens_commitment: boolean }> | null;
}

async function evidence(company: Company, claimId: number): Promise<Evidence> {
  const path = `/certificate-sharing/partner-certificates/${claimId}/evidence`;
  return await ok(await company.api.get(path));
}

async function claimed(market: Market, publisher: Publisher, buyer: Company, phone?: string) {
  const certificate = await market.certificate(publisher, phone === undefined ? {} : { phone });
  const { claim_token } = await market.share(publisher, certificate, buyer);
  return await ok<Claimed>(await market.claim(buyer, claim_token));
}

test("everything is there, checked afresh, and looking at it is written down", async ({
  market,
  database,
  worker,
}) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  market.rule(buyer, {
    rule_name: "TCPA",
    required_phrases: ["Acme Insurance", ["robocall", "AUTODIALER"], "fax"],
    mode: "warn",
  });
  const { claim_id, certificate_id } = await claimed(market, publisher, buyer, "+13055550123");
  const found = await evidence(buyer, claim_id);
  expect(found).toMatchObject({ claim_id, certificate_id, verdict: "holds" });
  expect(found.consents).toMatchObject([{ id: "tcpa", text: tcpa, given: true }]);
  for (const what of ["record", "head"]) {
    expect(found.signatures[what]).toMatchObject({
      hmac: { algorithm: "HMAC-SHA256", valid: true },
      ed25519: { algorithm: "Ed25519", valid: true },
    });
  }
  expect(found.states).toMatchObject({ by_phone: { code: "FL", name: "Florida" } });
  expect(found.disclosures?.phone).toMatchObject({ value: "+13055550123", opens_commitment: true });
  expect(found.disclosures?.ip).toMatchObject({ opens_commitment: true });
  expect(found.recording).toMatchObject({ status: "none" });
  const { timezone, consent_captured_at, consent_captured_local } = found.times;
  expect(timezone).toMatch(/^[A-Z]\w+\/\w+/);
  expect(new Date(consent_captured_local ?? "")).toEqual(new Date(consent_captured_at ?? ""));
  expect(found.compliance.latest?.result).toMatchObject({ score: 67, missing: ["fax"] });
  const shown = (found.compliance.found?.[0]?.required ?? []).map(({ phrase, places }) => [
    phrase,
    ...places.map(({ record, start, end }) =>
      [...(found.consents[record]?.text ?? "")].slice(start, end).join(""),
    ),
  ]);
  expect(shown).toEqual([
    ["Acme Insurance", "Acme Insurance"],
    ["robocall | AUTODIALER", "autodialer"],
    ["fax"],
  ]);
  expect(found.custody).toMatchObject({ valid: true, fault: null, state: { claims: [buyer.id] } });
  const types = ["created", "signed", "shared", "compliance_checked", "claimed"];
  expect(found.custody.events.map(({ type }) => type)).toEqual([...types, "accessed_evidence"]);
  expect(checkedChain(database, worker, certificate_id).at(-1)).toMatchObject({
    type: "accessed_evidence",
    actor: buyer.id,
    details: { accessor_id: expect.stringMatching(/^[0-9a-f]{24}$/) },
  });
});

test("a certificate that is shared to be read shows its evidence without personal values", async ({
  market,
}) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  market.partner(publisher, buyer, "read");
  const certificate = await market.certificate(publisher, { phone: "+13055550123" });
  await market.share(publisher, certificate, buyer);
  const listed = await market.holdings(buyer, ({ total }) => total === 1);
  expect(listed.items[0]).toMatchObject({
    status: "pending",
    access_level: "read",
    claim_url: null,
  });
  const found = await evidence(buyer, listed.items[0]?.claim_id ?? 0);
  expect(found).toMatchObject({ verdict: "holds", disclosures: null, states: { by_phone: null } });
  expect(JSON.stringify(found)).not.toContain("3055550123");
});

test("a rule that changes leaves results as they were; checking again is a new one", async ({
  market,
  database,
  worker,
}) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  market.rule(buyer, { rule_name: "Ours", required_phrases: ["Acme Insurance"], mode: "warn" });
  const { claim_id, certificate_id } = await claimed(market, publisher, buyer);
  const rule = { rule_name: "Theirs", required_phrases: ["Acme Bank"], mode: "reject" };
  database.run(
    "UPDATE consent_rules SET rule = ?, version = 2 WHERE company_id = ?",
    JSON.stringify({ forbidden_phrases: [], states: [], ...rule }),
    buyer.id,
  );
  const before = await evidence(buyer, claim_id);
  expect(before.compliance.latest).toMatchObject({
    result: { score: 100 },
    rules: [{ version: 1, rule: { rule_name: "Ours" } }],
  });
  const path = `/certificate-sharing/partner-certificates/${claim_id}/check`;
  expect(await ok(await buyer.api.post(path))).toMatchObject({
    claim_id,
    compliance: { score: 0, status: "reject", missing: ["Acme Bank"] },
  });
  const after = await evidence(buyer, claim_id);
  expect(after.compliance.history.map(({ result }) => result.score)).toEqual([0, 100]);
  const listed = await market.holdings(buyer, ({ items }) => items[0]?.score === 0);
  expect(listed.items[0]).toMatchObject({ claim_id, status: "flagged", level: "non_compliant" });
  const types = checkedChain(database, worker, certificate_id).map(({ type }) => type);
  expect(types.filter((type) => type === "compliance_checked")).toHaveLength(2);
  expect(types.filter((type) => type === "claimed")).toHaveLength(1);
});

/** What somebody does to the rows of a certificate's chain: created, signed, shared, claimed. */
interface Forgery {
  title: string;
  forge: (chain: Forger) => void;
  seq: number;
  fault: string;
}

/** Somebody with the database file: no guards, and hashes computed again where they can be. */
class Forger {
  readonly #database: Database;
  readonly #id: string;
  readonly #row: number;

  constructor(database: Database, id: string) {
    this.#database = database;
    this.#id = id;
    const sql = "SELECT certificate FROM certificates WHERE hash = ?";
    this.#row = Number(database.row(sql, hashOf(id)).certificate);
  }

  run(table: string, sql: string, ...parameters: (string | number | Buffer)[]): void {
    this.#database.tamper(table, sql.replaceAll("@", String(this.#row)), ...parameters);
  }

  /** Takes an event away, with its details. */
  remove(seq: number): void {
    this.run(
      "custody_details",
      `DELETE FROM custody_details WHERE certificate = @ AND seq = ${seq}`,
    );
    this.run("custody_events", `DELETE FROM custody_events WHERE certificate = @ AND seq = ${seq}`);
  }

  move(from: number, to: number): void {
    const sql = `SET seq = ${to} WHERE certificate = @ AND seq = ${from}`;
    this.run("custody_events", `UPDATE custody_events ${sql}`);
  }

  /** Makes every link from a place on continue the one before it again. */
  relink(from: number): void {
    const rows = this.#database.rows(
      "SELECT * FROM custody_events WHERE certificate = ? ORDER BY seq",
      this.#row,
    );
    const hex = (value: unknown) => Buffer.from(value as Uint8Array).toString("hex");
    const certificate = this.#database.row(
      "SELECT * FROM certificates WHERE certificate = ?",
      this.#row,
    );
    let prev = linked(this.#id, beginningOf(certificate)).toString("hex");
    for (const row of rows) {
      const link = {
        actor: row.actor,
        at: new Date(Number(row.at)).toISOString(),
        certificate_id: this.#id,
        details_sha256: hex(row.details_sha256),
        prev,
        seq: row.seq,
        type: row.type,
      };
      const hash = sha256(JSON.stringify(link));
      if (Number(row.seq) >= from) {
        const sql = `UPDATE custody_events SET prev = ?, hash = ? WHERE certificate = @ AND seq = ?`;
        this.run("custody_events", sql, Buffer.from(prev, "hex"), hash, Number(row.seq));
      }
      prev = Number(row.seq) >= from ? hash.toString("hex") : hex(row.hash);
    }
  }
}

const forgeries: Forgery[] = [
  {
    title: "an event that was changed",
    forge: (chain) =>
      chain.run(
        "custody_events",
        "UPDATE custody_events SET actor = 'system' WHERE certificate = @ AND seq = 3",
      ),
    seq: 3,
    fault: "hash",
  },
  {
    title: "an event that was changed, and its hash with it",
    forge: (chain) => {
      chain.run(
        "custody_events",
        "UPDATE custody_events SET at = at - 1 WHERE certificate = @ AND seq = 3",
      );
      const only = "certificate = @ AND seq = 3";
      chain.run("custody_events", `UPDATE custody_events SET hash = ? WHERE ${only}`, sha256("x"));
    },
    seq: 3,
    fault: "hash",
  },
  {
    title: "an event that was changed, with every hash after it",
    forge: (chain) => {
      chain.run(
        "custody_events",
        "UPDATE custody_events SET at = at - 1 WHERE certificate = @ AND seq = 3",
      );
      chain.relink(3);
    },
    seq: 4,
    fault: "end",
  },
  {
    title: "an event that was taken out",
    forge: (chain) => chain.remove(3),
    seq: 3,
    fault: "number",
  },
  {
    title: "an event that was taken out, with the rest joined again",
    forge: (chain) => {
      chain.remove(3);
      chain.run("custody_details", "DELETE FROM custody_details WHERE certificate = @ AND seq = 4");
      chain.move(4, 3);
      chain.relink(3);
    },
    seq: 4,
    fault: "end",
  },
  {
    title: "two events that changed places",
    forge: (chain) => {
      for (const seq of [3, 4]) {
        const sql = `DELETE FROM custody_details WHERE certificate = @ AND seq = ${seq}`;
        chain.run("custody_details", sql);
      }
      chain.move(3, 9);
      chain.move(4, 3);
      chain.move(9, 4);
    },
    seq: 3,
    fault: "link",
  },
  {
    title: "an event that was put in",
    forge: (chain) => {
      chain.run(
        "custody_events",
        `INSERT INTO custody_events SELECT certificate, 5, 'accessed_evidence', at, actor,
          details_sha256, hash, hash FROM custody_events WHERE certificate = @ AND seq = 4`,
      );
      chain.relink(5);
    },
    seq: 5,
    fault: "end",
  },
  {
    title: "the last event cut off",
    forge: (chain) => chain.remove(4),
    seq: 4,
    fault: "end",
  },
];

test.describe("a chain that was tampered with is found, by position:", () => {
  for (const { title, forge, seq, fault } of forgeries) {
    test(title, async ({ market, database }) => {
      const [publisher, buyer] = [market.publisher(), market.buyer()];
      const { claim_id, certificate_id } = await claimed(market, publisher, buyer);
      const keyless = new Forger(database, certificate_id);
      const off = database.rows("PRAGMA foreign_keys");
      expect(off).toHaveLength(1);
      forge(keyless);
      const found = await evidence(buyer, claim_id);
      expect(found.verdict).toBe("fails");
      expect(found.custody).toMatchObject({ valid: false, fault: { seq, fault } });
      // Nothing is built on it.
      expect(found.custody.events.map(({ type }) => type)).not.toContain(
        title === "an event that was put in" ? "nothing" : "accessed_evidence",
      );
    });
  }

  test("a claim taken out of the state, with the head signed anew by nobody", async ({
    market,
    database,
  }) => {
    const [publisher, buyer] = [market.publisher(), market.buyer()];
    const { claim_id, certificate_id } = await claimed(market, publisher, buyer);
    const state = '{"claims":[],"revoked":[],"status":"active"}';
    const sql = "UPDATE certificate_rows SET state = ? WHERE hash = ?";
    database.tamper("certificate_rows", sql, state, hashOf(certificate_id));
    const found = await evidence(buyer, claim_id);
    expect(found.verdict).toBe("fails");
    expect(found.custody.valid).toBe(false);
  });

  test("limitation: who has the head key can sign what is not so, and the state shows it", async ({
    market,
    database,
    worker,
  }) => {
    const [publisher, buyer] = [market.publisher(), market.buyer()];
    const { claim_id, certificate_id } = await claimed(market, publisher, buyer);
    signState(database, worker, certificate_id, '{"claims":[],"revoked":[],"status":"active"}');
    const found = await evidence(buyer, claim_id);
    expect(found.custody).toMatchObject({ valid: false, fault: { seq: 4, fault: "state" } });
  });
});

/** A head over another state, under the worker's own HMAC key. */
function signState(database: Database, worker: Worker, id: string, state: string): void {
  const row = database.row("SELECT * FROM certificates WHERE hash = ?", hashOf(id));
  const head = JSON.stringify({
    certificate_id: id,
    hash: Buffer.from(row.head_hash as Uint8Array).toString("hex"),
    kid: row.head_kid,
    seq: row.head_seq,
    state_sha256: sha256(state).toString("hex"),
  });
  const key = workerKey(worker, "HEAD_HMAC_KEYS", String(row.head_kid));
  const tag = createHmac("sha256", key).update(`econsent-head-v1\n${head}`).digest();
  const sql = "UPDATE certificate_rows SET state = ?, head_hmac = ? WHERE hash = ?";
  database.tamper("certificate_rows", sql, state, tag, hashOf(id));
}

interface Access {
  company_id: string | null;
  verifications: number;
}

test("the publisher sees who has verified a certificate, a holder only that it did", async ({
  market,
}) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  const rival = market.buyer("Rival");
  const { claim_id, certificate_id } = await claimed(market, publisher, buyer);
  const theirs = await market.share(publisher, certificate_id, rival);
  await ok(await market.claim(rival, theirs.claim_token));
  const question = {
    certificate_id,
    company_id: publisher.id,
    property_id: publisher.property.property,
    consent: tcpa,
  };
  for (const caller of [buyer, rival, rival, publisher]) {
    await ok(await caller.api.post("/api/verify/match", question));
  }
  const path = `/api/certificates/${certificate_id}/accesses`;
  const accesses = async () => {
    const lines = await ok<Access[]>(await publisher.api.get(path));
    return Object.fromEntries(lines.map((line) => [line.company_id, line.verifications]));
  };
  const all = { [publisher.id]: 1, [buyer.id]: 1, [rival.id]: 2 };
  await expect.poll(accesses).toEqual(all);
  const log = (await evidence(buyer, claim_id)).access_log as Access[];
  expect(log).toMatchObject([{ company_id: buyer.id, verifications: 1 }]);
  // The list is the publisher's: to others there is nothing under that address.
  for (const other of [buyer, rival, market.buyer("Stranger")]) {
    expect((await other.api.get(path)).status()).toBe(404);
  }
});
