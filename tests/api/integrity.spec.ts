// Somebody with the database file in hand: whatever byte is changed, verify names a reason, and
// the database itself refuses what would rewrite history.
import { type Consent, hashOf, hex, newProperty, Page, sha256, tcpa } from "../support/evidence.ts";
import { test as base, expect } from "../support/sharing.ts";

const test = base.extend<{ form: Page }>({
  form: async ({ request, database }, use) => {
    await use(new Page(request, newProperty(database)));
  },
});

/** Every column that verify relies on, and what a change of it comes to. */
const columns: [table: string, column: string, reason: string][] = [
  ["certificate_rows", "hash", "not_received"],
  ["certificate_rows", "session", "not_received"],
  ["certificate_rows", "company_id", "forbidden"],
  ["certificate_rows", "place", "property_mismatch"],
  ["certificate_rows", "timestamp", "signature_invalid"],
  ["certificate_rows", "received_at", "signature_invalid"],
  ["certificate_rows", "signer", "signature_invalid"],
  ["certificate_rows", "hmac", "signature_invalid"],
  ["certificate_rows", "expires_at", "custody_invalid"],
  ["certificate_rows", "expiry_hmac", "custody_invalid"],
  ["certificate_rows", "head_seq", "custody_invalid"],
  ["certificate_rows", "head_hash", "custody_invalid"],
  ["certificate_rows", "state", "custody_invalid"],
  ["certificate_rows", "head_signer", "custody_invalid"],
  ["certificate_rows", "head_hmac", "custody_invalid"],
  ["records", "nonce", "signature_invalid"],
  ["records", "client_random", "signature_invalid"],
  ["records", "minted_by", "signature_invalid"],
  ["records", "attestation", "signature_invalid"],
  ["records", "clock", "signature_invalid"],
  ["records", "tracker", "signature_invalid"],
  ["records", "supersedes", "signature_invalid"],
  ["records", "dropped_consents", "signature_invalid"],
  ["records", "dropped_withheld", "signature_invalid"],
  ["records", "country", "signature_invalid"],
  ["records", "region", "signature_invalid"],
  ["records", "committed", "signature_invalid"],
  ["records", "consents", "signature_invalid"],
  ["records", "withheld", "signature_invalid"],
];

/** SQL that changes one byte of a value, whatever it is; NULL becomes something. */
const oneByteOf = (column: string) => `CASE typeof(${column})
  WHEN 'blob' THEN unhex(iif(substr(hex(${column}), 1, 1) = '0', '1', '0') || substr(hex(${column}), 2))
  WHEN 'integer' THEN ${column} + 1
  WHEN 'text' THEN substr(${column}, 1, 2) || iif(substr(${column}, 3, 1) = 'x', 'y', 'x') || substr(${column}, 4)
  ELSE 'x' END`;

/** A certificate whose texts and documents no other test has. */
async function certificate(form: Page) {
  const words = `${tcpa} Reference ${hex(8)}.`;
  const hidden = `My details may be shared with partners. Reference ${hex(8)}.`;
  const consents: Consent[] = [
    { id: "tcpa", type: "main-implied", value: "visible", text: words },
    { id: "call", type: "main-explicit", value: "true", text: `Call me. Reference ${hex(8)}.` },
  ];
  const withheld = [{ id: "p", type: "main-implied", reason: "not_visible", text: hidden }];
  const id = await form.certificate({ consents, withheld });
  expect(await (await form.verify(id, words)).json()).toMatchObject({ valid: true });
  return { id, hash: hashOf(id), words, hidden };
}

async function verdict(form: Page, id: string, words: string): Promise<string> {
  const answer = (await (await form.verify(id, words)).json()) as Record<string, unknown>;
  return String(answer.valid === true ? "valid" : (answer.reason ?? answer.code));
}

for (const [table, column, reason] of columns) {
  test(`one byte of ${table}.${column}: ${reason}`, async ({ form, database }) => {
    const { id, hash, words } = await certificate(form);
    const row = "(SELECT certificate FROM certificates WHERE hash = ?)";
    const sql = `UPDATE ${table} SET ${column} = ${oneByteOf(column)} WHERE certificate = ${row}`;
    database.tamper(table, sql, hash);
    expect(await verdict(form, id, words)).toBe(reason);
  });
}

const rewritten: [table: string, column: string, sql: string, reason: string][] = [
  [
    "certificate_rows",
    "state",
    `'{"claims":[],"revoked":[],"status":"active"} '`,
    "custody_invalid",
  ],
  ["certificate_rows", "state", `'["active",[],[]]'`, "custody_invalid"],
  ["certificate_rows", "head_seq", "-1", "custody_invalid"],
  ["certificate_rows", "head_seq", "head_seq + 4294967296", "custody_invalid"],
  ["certificate_rows", "expires_at", "9223372036854775807", "custody_invalid"],
  ["certificate_rows", "timestamp", "-1", "signature_invalid"],
  ["certificate_rows", "received_at", "9007199254740993", "signature_invalid"],
  ["records", "dropped_consents", "-1", "signature_invalid"],
  ["records", "committed", "unhex(hex(committed) || '06')", "signature_invalid"],
  [
    "records",
    "committed",
    "unhex(substr(hex(committed), 67) || substr(hex(committed), 1, 66))",
    "signature_invalid",
  ],
  ["records", "committed", "NULL", "signature_invalid"],
];
for (const [table, column, value, reason] of rewritten) {
  test(`${table}.${column} rewritten as ${value}: ${reason}`, async ({ form, database }) => {
    const { id, hash, words } = await certificate(form);
    const row = "(SELECT certificate FROM certificates WHERE hash = ?)";
    const sql = `UPDATE ${table} SET ${column} = ${value} WHERE certificate = ${row}`;
    database.tamper(table, sql, hash);
    expect(await verdict(form, id, words)).toBe(reason);
  });
}

for (const [column, reason] of [
  ["property_id", "property_mismatch"],
  ["origin", "signature_invalid"],
  ["domain", "signature_invalid"],
]) {
  test(`one byte of places.${column}: ${reason}`, async ({ form, database }) => {
    const { id, hash, words } = await certificate(form);
    const place = "(SELECT place FROM certificate_rows WHERE hash = ?)";
    const sql = `UPDATE places SET ${column} = ${oneByteOf(column ?? "")} WHERE place = ${place}`;
    database.tamper("places", sql, hash);
    expect(await verdict(form, id, words)).toBe(reason);
  });
}

const documents: [document: string, body: string][] = [
  ["consents", `'["x"]'`],
  ["consents", `'{"a":"b"}'`],
  ["consents", "body || ' '"],
  ["withheld", `'{"items":["x"]}'`],
  ["withheld", `replace(body, '"v":1', '"v":7')`],
  ["withheld", "body || ' '"],
];
for (const [document, body] of documents) {
  test(`the ${document} document rewritten as ${body}: signature_invalid`, async ({
    form,
    database,
  }) => {
    const { id, hash, words } = await certificate(form);
    const named = `SELECT ${document} FROM records JOIN certificates USING (certificate)`;
    const sql = `UPDATE documents SET body = ${body} WHERE document = (${named} WHERE hash = ?)`;
    database.tamper("documents", sql, hash);
    expect(await verdict(form, id, words)).toBe("signature_invalid");
  });
}

/** Other bytes for the same consent records; the document is filed under the digest of these. */
const respelled: [how: string, respell: (body: string) => string][] = [
  ["with a space before it", (body) => ` ${body}`],
  ["with a letter as an escape", (body) => body.replace('"tcpa"', '"\\u0074cpa"')],
  ["with members in another order", (body) => JSON.stringify(JSON.parse(body).map(backwards))],
];
const backwards = (record: object) => Object.fromEntries(Object.entries(record).reverse());
for (const [how, respell] of respelled) {
  test(`the consents document spelled otherwise, ${how}: signature_invalid`, async ({
    form,
    database,
  }) => {
    const { id, hash, words } = await certificate(form);
    const named = `SELECT consents FROM records JOIN certificates USING (certificate) WHERE hash = ?`;
    const { body } = database.row(`SELECT body FROM documents WHERE document = (${named})`, hash);
    const other = respell(String(body));
    expect(JSON.parse(other)).toEqual(JSON.parse(String(body)));
    expect(other).not.toBe(body);
    const sql = `UPDATE documents SET body = ?, sha256 = ? WHERE document = (${named})`;
    database.tamper("documents", sql, other, sha256(other), hash);
    expect(await verdict(form, id, words)).toBe("signature_invalid");
  });
}

for (const column of ["text", "sha256"]) {
  test(`one byte of texts.${column}: signature_invalid`, async ({ form, database }) => {
    const { id, words, hidden } = await certificate(form);
    const sql = `UPDATE texts SET ${column} = ${oneByteOf(column)} WHERE sha256 = ?`;
    database.tamper("texts", sql, sha256(hidden));
    expect(await verdict(form, id, words)).toBe("signature_invalid");
  });
}

test.describe("words as they are stored", () => {
  const spanish =
    "Al pulsar “Obtener cotización” acepto recibir llamadas y mensajes de texto de Acme Insurance.";

  async function holds(form: Page, ...words: string[]) {
    const consents: Consent[] = words.map((text, at) => ({
      id: `c${at}`,
      type: "main-implied",
      value: "visible",
      text,
    }));
    const id = await form.certificate({ consents });
    for (const text of words) {
      expect(await verdict(form, id, text)).toBe("valid");
    }
    return id;
  }

  const kinds: [what: string, words: string][] = [
    ["in ASCII", "Yes, text me about my quote."],
    ["beyond ASCII", spanish],
    ["beyond ASCII and 2,000 bytes", spanish.repeat(25)],
    ["that look like hex in a list", '["4F4B"]'],
  ];
  for (const [what, words] of kinds) {
    test(`${what}: one byte of them is signature_invalid`, async ({ form, database }) => {
      const text = `${words} Reference ${hex(8)}.`;
      const id = await holds(form, text);
      const sql = `UPDATE texts SET text = ${oneByteOf("text")} WHERE sha256 = ?`;
      database.tamper("texts", sql, sha256(text));
      expect(await verdict(form, id, text)).toBe("signature_invalid");
    });
  }

  const bytes = (other: string) => `CAST(unhex(replace(hex(text), 'EFBFBD', '${other}')) AS TEXT)`;
  const changes: [what: string, words: string, text: string][] = [
    ["with a NUL and more behind it", "Call me.", "text || char(0) || 'x'"],
    ["as a byte that is no text", "Call me \ufffd.", bytes("FF")],
    ["as three bytes that are no text", "Call me \ufffd.", bytes("F09080")],
    ["as bytes that are no text, in many", `Call me \ufffd. ${spanish.repeat(25)}`, bytes("FF")],
  ];
  for (const [what, signed, text] of changes) {
    test(`${what}: signature_invalid`, async ({ form, database }) => {
      const words = `${signed} Reference ${hex(8)}.`;
      const id = await holds(form, words);
      database.tamper("texts", `UPDATE texts SET text = ${text} WHERE sha256 = ?`, sha256(words));
      expect(await verdict(form, id, words)).toBe("signature_invalid");
    });
  }

  test("under each other's names: signature_invalid", async ({ form, database }) => {
    const [call, text] = [`Call me. Reference ${hex(8)}.`, `Text me. Reference ${hex(8)}.`];
    const id = await holds(form, call, text);
    const sql = `UPDATE texts SET text = iif(sha256 = ?1, ?4, ?3) WHERE sha256 IN (?1, ?2)`;
    database.tamperMany(2, "texts", sql, sha256(call), sha256(text), call, text);
    expect(await verdict(form, id, call)).toBe("signature_invalid");
  });
});

for (const document of ["consents", "withheld"]) {
  for (const column of ["body", "sha256"]) {
    const title = `one byte of documents.${column} (${document}): signature_invalid`;
    test(title, async ({ form, database }) => {
      const { id, hash, words } = await certificate(form);
      const named = `SELECT ${document} FROM records JOIN certificates USING (certificate)`;
      const sql = `UPDATE documents SET ${column} = ${oneByteOf(column)}
        WHERE document = (${named} WHERE hash = ?)`;
      database.tamper("documents", sql, hash);
      expect(await verdict(form, id, words)).toBe("signature_invalid");
    });
  }
}

test.describe("the database refuses", () => {
  const event = `(SELECT certificate FROM certificates WHERE hash = unhex(?1))`;
  const copy = `SELECT certificate, seq, type, at, 'system', details_sha256, prev, hash
    FROM custody_events WHERE certificate = ${event}`;
  const refused: [title: string, sql: string][] = [
    [
      "to change an event",
      `UPDATE custody_events SET actor = 'system' WHERE certificate = ${event}`,
    ],
    ["to delete an event", `DELETE FROM custody_events WHERE certificate = ${event}`],
    ["to replace an event", `INSERT OR REPLACE INTO custody_events ${copy} AND seq = 4`],
    ["to ignore that an event exists", `INSERT OR IGNORE INTO custody_events ${copy} AND seq = 3`],
    [
      "to upsert an event",
      `INSERT INTO custody_events ${copy} AND seq = 4
        ON CONFLICT DO UPDATE SET actor = excluded.actor`,
    ],
    [
      "an event that does not continue the head",
      `INSERT INTO custody_events SELECT certificate, seq + 1, type, at, actor, details_sha256,
        prev, hash FROM custody_events WHERE certificate = ${event} AND seq = 4`,
    ],
    [
      "an event that leaves a gap",
      `INSERT INTO custody_events SELECT certificate, seq + 2, type, at, actor, details_sha256,
        hash, hash FROM custody_events WHERE certificate = ${event} AND seq = 4`,
    ],
    ["to move a head", `UPDATE certificate_rows SET head_seq = 1 WHERE hash = unhex(?1)`],
    [
      "to change a certificate",
      `UPDATE certificate_rows SET company_id = 'x' WHERE hash = unhex(?1)`,
    ],
    [
      "to move a certificate",
      `UPDATE certificate_rows SET rowid = rowid + 1000 WHERE hash = unhex(?1)`,
    ],
    [
      "to move a certificate over another",
      `UPDATE OR REPLACE certificate_rows SET _rowid_ = ${event} WHERE certificate <> ${event}`,
    ],
    ["to delete a text", `DELETE FROM texts WHERE unhex(?1) IS NOT NULL`],
    ["to delete a document", `DELETE FROM documents WHERE unhex(?1) IS NOT NULL`],
    ["to change a place", `UPDATE places SET domain = 'x' WHERE unhex(?1) IS NOT NULL`],
    ["to delete a place", `DELETE FROM places WHERE unhex(?1) IS NOT NULL`],
    [
      "to replace a place",
      `INSERT OR REPLACE INTO places SELECT place, 'x', origin, domain FROM places
        WHERE place = (SELECT place FROM certificate_rows WHERE hash = unhex(?1))`,
    ],
    ["to change a signer", `UPDATE signers SET hmac_kid = 'x' WHERE unhex(?1) IS NOT NULL`],
    ["to delete a signer", `DELETE FROM signers WHERE unhex(?1) IS NOT NULL`],
    ["to delete a certificate", `DELETE FROM certificate_rows WHERE hash = unhex(?1)`],
    [
      "to replace a certificate",
      `INSERT OR REPLACE INTO certificate_rows SELECT * FROM certificate_rows WHERE hash = unhex(?1)`,
    ],
    ["to change a record", `UPDATE records SET clock = 'verified' WHERE certificate = ${event}`],
    ["to delete a live record", `DELETE FROM records WHERE certificate = ${event}`],
    [
      "to replace a record",
      `INSERT OR REPLACE INTO records SELECT * FROM records WHERE certificate = ${event}`,
    ],
    [
      "to change details",
      `INSERT OR REPLACE INTO custody_details SELECT certificate, seq, '{}' FROM custody_details
        WHERE certificate = ${event} AND seq = 3`,
    ],
  ];
  for (const [title, sql] of refused) {
    test(title, async ({ market, database }) => {
      const publisher = market.publisher();
      const { id, hash, words } = await certificate(publisher.form);
      // `created` and `signed` are the certificate's own columns; these two are events.
      await market.share(publisher, id);
      await market.share(publisher, id, market.buyer());
      const form = publisher.form;
      expect(() => database.run(sql, hash.toString("hex"))).toThrow(
        /never|custody:|record:|exists|rely/,
      );
      expect(await verdict(form, id, words)).toBe("valid");
    });
  }

  test("another text under a digest that is known", async ({ form, database }) => {
    const { id, words } = await certificate(form);
    for (const how of ["INSERT", "INSERT OR REPLACE"]) {
      database.run(
        `${how} INTO texts (sha256, text) VALUES (?, 'I never said that')`,
        sha256(words),
      );
    }
    expect(await verdict(form, id, words)).toBe("valid");
  });
});
