// `GET /certificate/{id}`: what anyone who has the id gets to see, and gets to check.

import { newEmail } from "../support/accounts.ts";
import { type Bundle, faults, type Jwks } from "../support/bundle.ts";
import { setExpiry } from "../support/custody.ts";
import {
  type Consent,
  hashOf,
  newProperty,
  Page,
  partners,
  sha256,
  sms,
  tcpa,
} from "../support/evidence.ts";
import { unpackValues } from "../support/packed.ts";
import { test as base, expect } from "../support/test.ts";

const test = base.extend<{
  form: Page;
  html: (id: string) => Promise<string>;
  bundle: (id: string) => Promise<Bundle>;
  jwks: Jwks;
}>({
  form: async ({ request, database }, use) => {
    await use(new Page(request, newProperty(database)));
  },
  html: async ({ request }, use) => {
    await use(async (id) => await (await request.get(`/certificate/${id}`)).text());
  },
  bundle: async ({ request }, use) => {
    await use(async (id) => {
      const headers = { accept: "application/json" };
      return (await (await request.get(`/certificate/${id}`, { headers })).json()) as Bundle;
    });
  },
  jwks: async ({ request }, use) => {
    await use((await (await request.get("/.well-known/jwks.json")).json()) as Jwks);
  },
});

const consents: Consent[] = [
  { id: "tcpa", type: "main-implied", value: "visible", text: tcpa },
  { id: "sms", type: "secondary-explicit", value: "false", text: sms },
];
const withheld = [{ id: "p", type: "main-implied", reason: "not_visible", text: partners }];

test("the page shows the publisher, the evidence, the chain and both signatures", async ({
  form,
  html,
  bundle,
}) => {
  const id = await form.certificate({ consents, withheld });
  const page = await html(id);
  const { signatures, custody } = await bundle(id);
  for (const shown of [
    "LeadGen Co",
    "Quotes",
    "This certificate holds",
    tcpa,
    "Shown, not given",
    "it could not be seen when the form was submitted",
    "https://forms.leadgen.com",
    "tcpa:main-implied:visible,sms:secondary-explicit:false",
    signatures.record.hmac.hex,
    signatures.record.ed25519.hex,
    signatures.head.ed25519.hex,
    ...custody.map(({ hash }) => hash),
    `/certificate/${id}/replay`,
  ]) {
    expect(page).toContain(shown);
  }
});

/** What a clock in a zone shows, by a formatter of another kind than the service's. */
function localTime(moment: string, timeZone: string): string {
  const style = { dateStyle: "short", timeStyle: "medium", timeZone } as const;
  const shown = new Intl.DateTimeFormat("sv-SE", style).format(new Date(moment)).replace(" ", "T");
  const apart = (Date.parse(`${shown}Z`) - Date.parse(moment.replace(/\.\d+Z$/, "Z"))) / 60_000;
  const two = (n: number) => String(Math.floor(Math.abs(n))).padStart(2, "0");
  const offset = `${apart < 0 ? "-" : "+"}${two(apart / 60)}:${two(apart % 60)}`;
  return `${shown}${moment.slice(19, 23)}${offset}`;
}

test("times are shown as the consumer's clock showed them too, in a zone that was signed", async ({
  form,
  html,
  bundle,
  jwks,
  database,
}) => {
  const commit = form.commit({ session: await form.startSession() });
  expect((await form.send(commit)).status()).toBe(201);
  const id = commit.certificate_id;
  const document = await bundle(id);
  const presented = JSON.parse(String(document.documents.presentation)) as { timezone: string };
  expect(Intl.supportedValuesOf("timeZone")).toContain(presented.timezone);
  const record = JSON.parse(document.record ?? "{}") as Record<string, string>;
  const page = await html(id);
  expect(page).toContain(presented.timezone);
  for (const moment of [record.timestamp ?? "", record.received_at ?? ""]) {
    expect(page).toContain(moment);
    expect(page).toContain(localTime(moment, presented.timezone));
  }
  const elsewhere = { ...presented, timezone: "Europe/Madrid" };
  const changed = { ...document.documents, presentation: JSON.stringify(elsewhere) };
  expect(faults({ ...document, documents: changed }, jwks)).not.toEqual([]);
  expect(faults(document, jwks)).toEqual([]);

  // Sent again from a network in another zone, it is the same evidence.
  const moved = '{"items":[],"timezone":"Europe/Madrid","v":1}';
  database.run("INSERT INTO documents (sha256, body) VALUES (?, ?)", sha256(moved), moved);
  database.tamper(
    "records",
    `UPDATE records SET presentation = (SELECT document FROM documents WHERE sha256 = ?)
      WHERE certificate = (SELECT certificate FROM certificates WHERE hash = ?)`,
    sha256(moved),
    hashOf(id),
  );
  expect((await form.send(commit)).status()).toBe(200);
});

test("a page cannot say where its visitor's clock stands", async ({ form, bundle }) => {
  const commit = form.commit({ session: await form.startSession() });
  const facts = { items: [], timezone: "Antarctica/Troll" };
  await form.send({ ...commit, presentation: facts });
  const { documents } = await bundle(commit.certificate_id);
  expect(documents.presentation).not.toContain("Troll");
});

test("nobody keeps the page, indexes it, frames it, or runs a script on it", async ({
  form,
  request,
}) => {
  const id = await form.certificate();
  const answer = await request.get(`/certificate/${id}`);
  expect(answer.status()).toBe(200);
  const headers = answer.headers();
  expect(headers).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "x-content-type-options": "nosniff",
  });
  const policy = headers["content-security-policy"] ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|script-src|data:/);
  const page = await answer.text();
  expect(page).not.toMatch(/<script|<style|\son[a-z]+=|\sstyle=|javascript:/i);
});

test("personal values are masked, on the page and in the bundle", async ({
  form,
  html,
  bundle,
  database,
}) => {
  const id = await form.certificate();
  const sql = "SELECT body FROM disclosures JOIN certificates USING (certificate) WHERE hash = ?";
  const disclosures = unpackValues(database.row(sql, hashOf(id)).body as Uint8Array);
  expect(Object.keys(disclosures)).toContain("page");
  const [page, document] = [await html(id), JSON.stringify(await bundle(id))];
  for (const { salt, value } of Object.values(disclosures)) {
    expect(page).not.toContain(salt);
    expect(document).not.toContain(salt);
    if (value.length > 5) {
      expect(page).not.toContain(value);
      expect(document).not.toContain(value);
    }
  }
});

test("the bundle is checked by a program that shares no code with ours", async ({
  form,
  bundle,
  jwks,
}) => {
  const id = await form.certificate({ consents, withheld });
  const given = await bundle(id);
  expect(given).toMatchObject({ format: "econsent-bundle", v: 1, certificate_id: id });
  expect(faults(given, jwks)).toEqual([]);
  const changed = { ...given, record: (given.record ?? "").replace("attested", "unattested") };
  expect(faults(changed, jwks)).toEqual(["record signature"]);
});

test("an id that was never received, and one that is none, say so", async ({ form, request }) => {
  const never = form.commit().certificate_id;
  const page = await request.get(`/certificate/${never}`);
  expect(page.status()).toBe(404);
  expect(await page.text()).toContain("There is no such certificate");
  const headers = { accept: "application/json" };
  const json = await request.get(`/certificate/${never}`, { headers });
  expect(await json.json()).toMatchObject({ status: 404, code: "not_received" });
  const none = await request.get("/certificate/EC-session123-base64hash");
  expect(none.status()).toBe(400);
  expect(await none.text()).toContain("This is no certificate id");
  const wrong = await request.get("/certificate/EC-session123-base64hash", { headers });
  expect(await wrong.json()).toMatchObject({ status: 400, code: "invalid_certificate_id" });
});

test("after its time a tombstone stays, and still checks", async ({
  form,
  html,
  bundle,
  jwks,
  database,
  worker,
  request,
}) => {
  const id = await form.certificate();
  const before = await bundle(id);
  setExpiry(database, worker, id, new Date("2026-01-01T00:00:00.000Z"));
  expect(await html(id)).toContain("This certificate has expired");
  await request.get("/__scheduled?cron=*/5+*+*+*+*");
  const page = await html(id);
  expect(page).toContain("Its time is over and its evidence has been removed");
  expect(page).not.toContain("Acme Insurance");
  const tombstone = await bundle(id);
  expect(tombstone).toMatchObject({ record: null, texts: {}, state: { status: "expired" } });
  expect(tombstone.signatures.record).toEqual(before.signatures.record);
  expect(faults(tombstone, jwks)).toEqual([]);
  expect(page).toContain("SHA-256 of the record");
});

/** SQL that changes one byte of a blob. */
const flipped = (column: string, byte: number) => `${column} = unhex(
  substr(hex(${column}), 1, ${2 * byte - 2}) || iif(substr(hex(${column}), ${2 * byte - 1}, 1) = '0', '1', '0')
    || substr(hex(${column}), ${2 * byte}))`;

const otherSigner = "(SELECT signer FROM signers WHERE ed25519_kid = 'r-ed-9')";

test.describe("changed bytes are told of plainly:", () => {
  const cases: [title: string, table: string, change: string, named: string][] = [
    ["a time", "certificate_rows", "received_at = received_at + 1", "record_signature"],
    ["an Ed25519 signature", "certificate_rows", "ed25519 = zeroblob(64)", "record_signature"],
    ["an HMAC", "certificate_rows", "hmac = zeroblob(32)", "record_hmac"],
    ["the expiry", "certificate_rows", "expires_at = NULL", "expiry_hmac"],
    ["a name of a key", "certificate_rows", `signer = ${otherSigner}`, "record_key"],
    ["a country", "records", "country = 'CA'", "record_signature"],
    ["the evidence, removed early", "records", "tracker = '?'", "record"],
    [
      "a personal value",
      "disclosures",
      "body = unhex(replace(hex(body), hex('en-US'), hex('es-US')))",
      "disclosures",
    ],
    ["the salts of personal values", "disclosures", flipped("body", 3), "disclosures"],
    ["the record's digest", "certificate_rows", flipped("record_sha256", 1), "custody event 2"],
    ["a salt of `created`", "certificate_rows", flipped("created_salt", 1), "custody event 2"],
    ["a salt of `signed`", "certificate_rows", flipped("signed_salt", 1), "custody event 2"],
    ["the head", "certificate_rows", "head_seq = 1", "custody"],
    [
      "the state, unreadable",
      "certificate_rows",
      `state = '{"status":"gone"}'`,
      "cannot even be read",
    ],
  ];
  for (const [title, table, change, named] of cases) {
    test(title, async ({ form, html, database, request }) => {
      const id = await form.certificate({ consents });
      database.run("INSERT INTO signers (hmac_kid, ed25519_kid) VALUES ('r-hmac-1', 'r-ed-9')");
      const row = "(SELECT certificate FROM certificates WHERE hash = ?)";
      database.tamper(
        table,
        `UPDATE ${table} SET ${change} WHERE certificate = ${row}`,
        hashOf(id),
      );
      const page = await html(id);
      expect(page).toContain("This certificate does not hold");
      expect(page).toContain(named);
      const headers = { accept: "application/json" };
      const json = await request.get(`/certificate/${id}`, { headers });
      expect([json.headers()["econsent-verdict"], json.status()]).toEqual(
        title === "the state, unreadable" ? [undefined, 500] : ["fails", 200],
      );
    });
  }

  test("where it comes from", async ({ form, html, database }) => {
    const id = await form.certificate();
    const sql = `UPDATE places SET origin = 'https://evil.example'
      WHERE place = (SELECT place FROM certificate_rows WHERE hash = ?)`;
    database.tamper("places", sql, hashOf(id));
    const page = await html(id);
    expect(page).toContain("record_signature");
    expect(page).toContain("custody: custody event 2: the event was changed after it was written");
  });
});

test("a property that shows everybody less shows ids, times and status; its company sees it all", async ({
  accounts,
  request,
}) => {
  const owner = await accounts.owner();
  const origins = ["https://forms.leadgen.com"];
  const values = { name: "Quotes", origins, public_level: "reduced" };
  const { id: property } = (await (await owner.post("/api/properties", values)).json()) as {
    id: string;
  };
  const company = owner.me.company.id;
  const form = new Page(request, { company, property, origin: origins[0] ?? "" });
  const id = await form.certificate({ consents });
  const json = { accept: "application/json" };

  const stranger = await accounts.owner(newEmail("stranger"), "Other Leads Inc");
  for (const caller of [accounts.anybody, stranger]) {
    const page = await (await caller.get(`/certificate/${id}`)).text();
    expect(page).toContain("This certificate holds");
    for (const hidden of [tcpa, "LeadGen Co", "forms.leadgen.com", "tcpa:main-implied"]) {
      expect(page).not.toContain(hidden);
    }
    const told = await (await caller.with(json).get(`/certificate/${id}`)).json();
    expect(told).toEqual({
      level: "reduced",
      certificate_id: id,
      company_id: company,
      property_id: property,
      verdict: "holds",
      status: "holds",
      timestamp: expect.any(String),
      received_at: expect.any(String),
      expires_at: expect.any(String),
    });
    const paper = await caller.get(`/certificate/${id}/pdf`);
    expect(await paper.json()).toMatchObject({ status: 404, code: "not_public" });
  }
  expect(await (await owner.get(`/certificate/${id}`)).text()).toContain(tcpa);
  expect((await owner.get(`/certificate/${id}/pdf`)).status()).toBe(200);
});
