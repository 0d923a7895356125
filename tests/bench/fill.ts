// Fills a database with certificates as the worker writes them: each with its own id, salts,
// signatures and chain, made from the contract out of one that the worker has signed.
import { createHmac, createPrivateKey, type KeyObject, randomBytes, sign } from "node:crypto";
import type { SQLInputValue } from "node:sqlite";
import { beginningOf, linked } from "../support/custody.ts";
import type { Database, Row } from "../support/database.ts";
import { hashOf, hex, sha256 } from "../support/evidence.ts";
import { packCommitments, packValues, saltOf, unpackValues } from "../support/packed.ts";
import { type Worker, workerKey } from "../support/worker.ts";

type Json = Record<string, unknown>;

interface Model {
  certificate: Row;
  /** The same as it is stored. */
  row: Row;
  record: Row;
  document: Json;
  consents: string;
  /** Personal values by their names in the record. */
  values: Record<string, string>;
  lookups: number;
}

/** What every certificate of a filling has in common: those of one form. */
export class Filling {
  readonly #database: Database;
  readonly #model: Model;
  readonly #hmac: Record<"record" | "head", Buffer>;
  readonly #ed25519: Record<"record" | "head", KeyObject>;
  #made = 0;
  readonly #start: number;

  constructor(database: Database, worker: Worker, certificateId: string, record: string) {
    this.#database = database;
    this.#model = modelOf(database, certificateId, record);
    const kids = this.#model.certificate;
    this.#hmac = {
      record: workerKey(worker, "RECORD_HMAC_KEYS", String(kids.hmac_kid)),
      head: workerKey(worker, "HEAD_HMAC_KEYS", String(kids.head_kid)),
    };
    this.#ed25519 = {
      record: privateKey(workerKey(worker, "RECORD_ED25519_KEYS", String(kids.ed25519_kid))),
      head: privateKey(workerKey(worker, "HEAD_ED25519_KEYS", String(kids.head_ed25519_kid))),
    };
    this.#start = Number(kids.received_at);
  }

  /** Adds certificates until there are so many; says their ids, the oldest first. */
  upTo(count: number): string[] {
    const made: string[] = [];
    while (this.#made < count) {
      this.#database.run("BEGIN IMMEDIATE");
      for (let n = 0; n < 1_000 && this.#made < count; n++) {
        this.#made += 1;
        made.push(this.#add(this.#start + this.#made));
      }
      this.#database.run("COMMIT");
    }
    return made;
  }

  #add(at: number): string {
    const { certificate, record, document, consents, values } = this.#model;
    const moment = new Date(at).toISOString();
    const [nonce, clientRandom] = [randomBytes(16), randomBytes(16)];
    const session = `${String(certificate.session_id).slice(0, 2)}${hex(16)}`;
    const records = document.consents as { id: string; type: string; value: string }[];
    const fingerprint = records.map((r) => `${r.id}:${r.type}:${r.value}`).join(",");
    const { company_id, property_id, domain } = certificate;
    const payload = [session, company_id, property_id, moment, fingerprint, domain].join(":");
    const entropy = sha256(nonce, clientRandom, sha256(consents));
    const hash = sha256(payload, entropy);
    const id = `EC-${session}-${hash.toString("base64url")}`;

    const seed = randomBytes(16);
    const commitments = new Map<string, Buffer>();
    for (const [name, value] of Object.entries(values)) {
      commitments.set(name, sha256(saltOf(seed, name), JSON.stringify(value)));
    }
    const committed = Object.fromEntries(
      [...commitments].map(([name, bytes]) => [name, bytes.toString("base64url")]),
    );
    // Members stand in canonical order, and keep their places.
    const text = JSON.stringify({
      ...document,
      certificate_id: id,
      client_random: clientRandom.toString("base64url"),
      committed,
      entropy: entropy.toString("base64url"),
      nonce: nonce.toString("base64url"),
      received_at: moment,
      session_id: session,
      timestamp: moment,
    });
    const signed = this.#signed("record", text);
    const recordSha256 = sha256(text);
    const [createdSalt, signedSalt] = [randomBytes(16), randomBytes(16)];
    const beginning = beginningOf({
      ...certificate,
      received_at: at,
      record_sha256: recordSha256,
      hmac: signed.hmac,
      created_salt: createdSalt,
      signed_salt: signedSalt,
    });
    const end = linked(id, beginning);
    const head = JSON.stringify({
      certificate_id: id,
      hash: end.toString("hex"),
      kid: certificate.head_kid,
      seq: beginning.length,
      state_sha256: sha256(String(certificate.state)).toString("hex"),
    });
    const headSigned = this.#signed("head", head);
    const expiresAt = Number(certificate.expires_at) + (at - this.#start);
    const retention = JSON.stringify({
      certificate_id: id,
      expires_at: new Date(expiresAt).toISOString(),
      head: end.toString("hex"),
    });
    const expiry = createHmac("sha256", this.#hmac.head)
      .update(`econsent-retention-v1\n${retention}`)
      .digest();
    this.#insert("certificate_rows", {
      ...this.#model.row,
      certificate: null,
      hash,
      session: Buffer.from(session, "hex"),
      state: null,
      timestamp: at,
      received_at: at,
      hmac: signed.hmac,
      ed25519: signed.ed25519,
      expires_at: expiresAt,
      expiry_hmac: expiry,
      record_sha256: recordSha256,
      created_salt: createdSalt,
      signed_salt: signedSalt,
      head_seq: beginning.length,
      head_hash: end,
      head_hmac: headSigned.hmac,
      head_ed25519: headSigned.ed25519,
    });
    const { certificate: row } = this.#database.row(
      "SELECT certificate FROM certificate_rows WHERE hash = ?",
      hash,
    );
    this.#insert("records", {
      ...record,
      certificate: row,
      nonce,
      client_random: clientRandom,
      committed: packCommitments(commitments),
    });
    this.#insert("disclosures", { certificate: row, holder: "", body: packValues(seed, values) });
    for (let n = 0; n < this.#model.lookups; n++) {
      this.#insert("contact_lookups", { lookup: randomBytes(16), certificate: row, kid: "l-1" });
    }
    return id;
  }

  #signed(what: "record" | "head", text: string) {
    const bytes = Buffer.from(`econsent-${what}-v1\n${text}`);
    const hmac = createHmac("sha256", this.#hmac[what]).update(bytes).digest();
    return { hmac, ed25519: sign(null, bytes, this.#ed25519[what]) };
  }

  #insert(table: string, row: Record<string, SQLInputValue | undefined>): void {
    const columns = Object.keys(row);
    const places = columns.map(() => "?").join(", ");
    this.#database.run(
      `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places})`,
      ...Object.values(row).map((value) => value ?? null),
    );
  }
}

function modelOf(database: Database, certificateId: string, record: string): Model {
  const certificate = database.row(
    "SELECT * FROM certificates WHERE hash = ?",
    hashOf(certificateId),
  );
  const row = certificate.certificate ?? 0;
  const recordRow = database.row("SELECT * FROM records WHERE certificate = ?", row);
  const { body } = database.row(
    "SELECT body FROM documents WHERE document = ?",
    recordRow.consents ?? 0,
  );
  const held = database.row("SELECT body FROM disclosures WHERE certificate = ?", row);
  const lookups = database.row(
    "SELECT count(*) AS n FROM contact_lookups WHERE certificate = ?",
    row,
  );
  return {
    certificate,
    row: database.row("SELECT * FROM certificate_rows WHERE certificate = ?", row),
    record: recordRow,
    document: JSON.parse(record) as Json,
    consents: String(body),
    // In the order of the record, which is that of their names.
    values: Object.fromEntries(
      Object.entries(unpackValues(held.body as Uint8Array))
        .map(([name, { value }]) => [name, value] as const)
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    ),
    lookups: Number(lookups.n),
  };
}

/** An Ed25519 seed as PKCS #8 (RFC 8410 §7). */
function privateKey(seed: Buffer): KeyObject {
  const prefix = Buffer.from("302e020100300506032b657004220420", "hex");
  return createPrivateKey({
    key: Buffer.concat([prefix, seed]),
    format: "der",
    type: "pkcs8",
  });
}
