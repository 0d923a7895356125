// A database from before `0011_fewer_bytes.sql`: its certificates become the rows that are written
// today, and what somebody had changed in them stays changed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { beginningOf, linked } from "../support/custody.ts";
import type { Database, Row } from "../support/database.ts";
import { hashOf } from "../support/evidence.ts";
import { unpackCommitments, unpackValues } from "../support/packed.ts";
import { type Claimed, expect, ok, test } from "../support/sharing.ts";
import { root } from "../support/worker.ts";

const folder = join(root, "worker/migrations");
const fewerBytes = "0011_fewer_bytes.sql";
const migrate = (sqlite: DatabaseSync, name: string) =>
  sqlite.exec(`BEGIN;${readFileSync(join(folder, name), "utf8")};COMMIT`);

/** What a table has of a certificate. */
const rowsOf = (database: Database, table: string, certificate: Row) =>
  database.rows(`SELECT * FROM ${table} WHERE certificate = ?`, certificate.certificate ?? 0);

function insert(sqlite: DatabaseSync, table: string, row: object): void {
  const columns = Object.keys(row);
  const places = columns.map(() => "?").join(", ");
  sqlite
    .prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places})`)
    .run(...(Object.values(row) as SQLInputValue[]));
}

/** The certificate as it was written before: everything in words, `created` and `signed` as rows. */
function before(database: Database, certificateId: string): DatabaseSync {
  const sqlite = new DatabaseSync(":memory:");
  for (const name of readdirSync(folder).sort()) {
    if (name < fewerBytes) {
      migrate(sqlite, name);
    }
  }
  const hash = hashOf(certificateId);
  const certificate = database.row("SELECT * FROM certificates WHERE hash = ?", hash);
  const companies = "SELECT company_id, name, created_at FROM companies";
  for (const company of database.rows(companies)) {
    insert(sqlite, "companies", company);
  }
  const property =
    "SELECT property_id, company_id, name, created_at FROM properties WHERE property_id = ?";
  insert(sqlite, "properties", database.row(property, certificate.property_id ?? ""));
  const records = rowsOf(database, "records", certificate);
  for (const { consents, presentation, withheld, recording } of records) {
    const sql = "SELECT * FROM documents WHERE document IN (?, ?, ?, ?)";
    const named = [consents, presentation, withheld, recording].map((row) => row ?? null);
    for (const document of database.rows(sql, ...named)) {
      insert(sqlite, "documents", document);
    }
  }
  const { origin, record_sha256, created_salt, signed_salt, ...kept } = certificate;
  const start = { ...kept, head_seq: 0, head_hash: Buffer.alloc(32) };
  insert(sqlite, "certificates", start);
  for (const { committed, ...record } of records) {
    const body = JSON.stringify(unpackCommitments(committed as Uint8Array));
    insert(sqlite, "records", { ...record, origin, committed: body });
  }
  for (const { holder, body, ...held } of rowsOf(database, "disclosures", certificate)) {
    const values = JSON.stringify(unpackValues(body as Uint8Array));
    insert(sqlite, "disclosures", {
      ...held,
      holder: holder || certificate.company_id,
      body: values,
    });
  }
  for (const { lookup, ...rest } of rowsOf(database, "contact_lookups", certificate)) {
    const whole = Buffer.concat([Buffer.from(lookup as Uint8Array), Buffer.alloc(16, 7)]);
    insert(sqlite, "contact_lookups", { ...rest, lookup: whole });
  }
  const beginning = beginningOf(certificate);
  for (const [at, { details, ...event }] of beginning.entries()) {
    const row = {
      ...event,
      certificate: certificate.certificate,
      details_sha256: Buffer.alloc(32),
      prev: linked(certificateId, beginning.slice(0, at)),
      hash: linked(certificateId, beginning.slice(0, at + 1)),
    };
    insert(sqlite, "custody_events", row);
    const { seq } = event;
    insert(sqlite, "custody_details", { certificate: certificate.certificate, seq, details });
  }
  for (const table of ["custody_events", "custody_details"]) {
    for (const row of rowsOf(database, table, certificate)) {
      insert(sqlite, table, row);
    }
  }
  return sqlite;
}

/** What is the same before and after; a place and signers have other numbers in another database. */
function kept(rows: Row[]): Row[] {
  return rows.map(({ place: _, signer: __, head_signer: ___, ...row }) => row);
}

const all = (sqlite: DatabaseSync, sql: string) => sqlite.prepare(sql).all() as Row[];

test("a certificate from before becomes the rows that are written today", async ({
  market,
  database,
}) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  const form = publisher.form;
  const id = await market.certificate(publisher, { phone: "+13055550123" });
  const { claim_token } = await market.share(publisher, id, buyer);
  const { claim_id } = await ok<Claimed>(await market.claim(buyer, claim_token));
  const sqlite = before(database, id);
  const listed = "SELECT f.kind, f.value FROM entries e JOIN facets f USING (facet) ORDER BY 1, 2";
  const list = all(sqlite, listed);
  migrate(sqlite, fewerBytes);

  const certificate = database.row("SELECT * FROM certificates WHERE hash = ?", hashOf(id));
  for (const table of ["certificate_rows", "records", "custody_events", "custody_details"]) {
    const today = kept(rowsOf(database, table, certificate));
    expect(today).not.toHaveLength(0);
    expect(kept(all(sqlite, `SELECT * FROM ${table}`))).toEqual(today);
  }
  expect(all(sqlite, "SELECT * FROM certificates")).toEqual([certificate]);
  expect(all(sqlite, listed)).toEqual(list);
  expect(all(sqlite, "PRAGMA foreign_key_check")).toEqual([]);
  const lookups = "SELECT lookup, holder FROM contact_lookups ORDER BY lookup";
  const found = rowsOf(database, "contact_lookups", certificate);
  expect(all(sqlite, lookups)).toHaveLength(found.length);
  expect(all(sqlite, lookups).map(({ lookup }) => lookup)).toEqual(
    found.map(({ lookup }) => lookup),
  );

  // Values with salts of their own open the same commitments, for the worker too.
  const values = "SELECT holder, body FROM disclosures ORDER BY holder";
  const [own, copy] = all(sqlite, values);
  expect([own?.holder, copy?.holder]).toEqual(["", buyer.id]);
  for (const row of [own, copy]) {
    const today = rowsOf(database, "disclosures", certificate)[0];
    expect(unpackValues(row?.body as Uint8Array)).toEqual(unpackValues(today?.body as Uint8Array));
    const sql = "UPDATE disclosures SET body = ? WHERE certificate = ? AND holder = ?";
    const which = [certificate.certificate ?? 0, row?.holder ?? ""];
    database.tamper("disclosures", sql, row?.body as Uint8Array, ...which);
  }
  const path = `/certificate-sharing/partner-certificates/${claim_id}/evidence`;
  expect(await ok(await buyer.api.get(path))).toMatchObject({
    verdict: "holds",
    disclosures: { phone: { value: "+13055550123", opens_commitment: true } },
  });
  expect((await form.verify(id)).status()).toBe(200);
});

test("what somebody had changed before stays changed", async ({ market, database }) => {
  const publisher = market.publisher();
  const id = await market.certificate(publisher, { phone: "+13055550123" });
  const certificate = database.row("SELECT * FROM certificates WHERE hash = ?", hashOf(id));
  const changes: [table: string, change: string, now: string][] = [
    ["records", `committed = replace(committed, '{"', '{"x')`, "committed"],
    ["records", "committed = 'no JSON'", "committed"],
    ["custody_details", "details = replace(details, '_sha256\":\"', '&0')", "record_sha256"],
    ["custody_details", "details = '{}'", "created_salt"],
    ["custody_details", "details = 'no JSON'", "signed_salt"],
  ];
  const sql = (column: string) =>
    `SELECT ${column} AS value FROM certificate_rows JOIN records USING (certificate)
      WHERE certificate = ?`;
  const row = Number(certificate.certificate);
  for (const [table, change, column] of changes) {
    const sqlite = before(database, id);
    const guard = all(sqlite, `SELECT sql FROM sqlite_master WHERE name = '${table}_update'`)[0];
    sqlite.exec(`DROP TRIGGER ${table}_update; UPDATE ${table} SET ${change}; ${guard?.sql}`);
    migrate(sqlite, fewerBytes);
    const then = sqlite.prepare(sql(column)).get(row);
    expect(then, change).toHaveProperty("value");
    expect(then, change).not.toEqual(database.row(sql(column), row));
  }
});

test("the place of a certificate whose evidence is gone comes out of its chain", async ({
  market,
  database,
}) => {
  const publisher = market.publisher();
  const id = await market.certificate(publisher);
  const sqlite = before(database, id);
  sqlite.exec("DROP TRIGGER records_delete; DELETE FROM records; DELETE FROM disclosures");
  migrate(sqlite, fewerBytes);
  expect(all(sqlite, "SELECT property_id, origin, domain FROM certificates")).toEqual([
    expect.objectContaining({
      property_id: publisher.property.property,
      origin: publisher.property.origin,
    }),
  ]);
});
