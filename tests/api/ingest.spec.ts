// Evidence comes from strangers: what is kept, and what is refused without a trace.

import { createHmac } from "node:crypto";
import { type Evidence, hashOf, hex, newProperty, Page, sms, tcpa } from "../support/evidence.ts";
import { unpackCommitments, unpackValues } from "../support/packed.ts";
import { test as base, expect } from "../support/test.ts";
import { workerKey } from "../support/worker.ts";

const test = base.extend<{ form: Page; rows: () => unknown }>({
  form: async ({ request, database }, use) => {
    await use(new Page(request, newProperty(database)));
  },
  rows: async ({ database }, use) => {
    const tables = ["certificates", "records", "texts", "documents", "places"];
    const counts = tables.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`);
    await use(() => database.row(`SELECT ${counts.join(", ")}`));
  },
});

test("evidence with a session token becomes an attested certificate", async ({ form }) => {
  const session = await form.startSession();
  expect(session.session_id).toMatch(/^[0-9a-f]{34}$/);
  expect(session.stream).toMatch(/^[0-9a-f]{32}$/);
  const commit = form.commit({ session });
  const answer = await form.send(commit);
  expect(answer.status()).toBe(201);
  expect(await answer.json()).toMatchObject({
    certificate_id: commit.certificate_id,
    attestation: "attested",
    clock: "verified",
  });
});

test("a session goes on with its token, and only with its token", async ({ form }) => {
  const first = await form.startSession();
  const second = await form.startSession(first.token);
  expect(second.session_id).toBe(first.session_id);
  expect(second.stream).not.toBe(first.stream);
  const forged = `${first.token.slice(0, -2)}AA`;
  for (const other of [null, "nonsense", forged]) {
    expect((await form.startSession(other)).session_id).not.toBe(first.session_id);
  }
});

test("evidence without a token is kept and marked", async ({ form }) => {
  const answer = await form.send(form.commit());
  expect(answer.status()).toBe(201);
  expect(await answer.json()).toMatchObject({ attestation: "unattested", clock: "unverified" });
});

test("a time that cannot be is kept and marked", async ({ form }) => {
  const session = await form.startSession();
  const answer = await form.send(form.commit({ session, timestamp: "2026-01-01T00:00:00.000Z" }));
  expect(await answer.json()).toMatchObject({ attestation: "attested", clock: "unverified" });
});

test("the same evidence sent twice is one certificate", async ({ form, rows }) => {
  const commit = form.commit({ session: await form.startSession() });
  const first = await form.send(commit);
  const stored = rows();
  const again = await form.send(commit);
  expect(again.status()).toBe(200);
  expect(await again.json()).toEqual(await first.json());
  expect(rows()).toEqual(stored);
});

test("the same evidence sent ten times at once is one certificate", async ({ form, database }) => {
  const commit = form.commit({ session: await form.startSession() });
  const answers = await Promise.all(Array.from({ length: 10 }, () => form.send(commit)));
  const statuses = answers.map((answer) => answer.status()).sort();
  expect(statuses).toEqual([...Array(9).fill(200), 201]);
  const sql = "SELECT count(*) AS n FROM certificates WHERE session_id = ?";
  const [, session] = /^EC-(.*)-.{43}$/.exec(commit.certificate_id) ?? [];
  expect(database.row(sql, session ?? "")).toEqual({ n: 1 });
});

test("raw evidence is collected and minted by the server", async ({ form, database }) => {
  const raw = {
    v: 1,
    company_id: form.commit().company_id,
    property_id: form.commit().property_id,
    tracker: "0.1.0",
    page: `${form.origin}/quote`,
    language: "en-US",
    elements: [
      { id: "tcpa", type: " Main-Implied ", value: "", text: `  ${tcpa}\n`, visible: true },
      { id: "", type: "main-explicit", value: "false", text: sms, visible: true },
      { id: "h", type: "secondary-implied", value: "", text: "Hidden words.", visible: false },
      { id: "n", type: "newsletter", value: "true", text: "Not a consent.", visible: true },
    ],
  };
  const answer = await form.post("/api/certificates/raw", raw);
  expect(answer.status()).toBe(201);
  const received = (await answer.json()) as { certificate_id: string; session_id: string };
  expect(received).toMatchObject({ attestation: "unattested", clock: "verified" });
  expect(received.certificate_id).toContain(received.session_id);
  expect(await (await form.verify(received.certificate_id)).json()).toMatchObject({ valid: true });
  expect(await (await form.verify(received.certificate_id, sms)).json()).toMatchObject({
    reason: "not_given",
  });
  const record = database.row(
    "SELECT minted_by FROM records JOIN certificates USING (certificate) WHERE hash = ?",
    hashOf(received.certificate_id),
  );
  expect(record).toEqual({ minted_by: "server" });
  const broken = [
    { ...raw, elements: [{ ...raw.elements[0], text: 7 }] },
    { ...raw, page: "https://evil.example/" },
    { ...raw, elements: Array(1_025).fill({ ...raw.elements[3], text: "" }) },
  ];
  for (const body of broken) {
    expect((await form.post("/api/certificates/raw", body)).status()).toBeGreaterThanOrEqual(400);
  }
});

test("raw evidence of a lead that comes twice, or many times at once, is one certificate", async ({
  form,
  database,
}) => {
  const raw = (phone: string) => ({
    v: 1,
    company_id: form.commit().company_id,
    property_id: form.commit().property_id,
    tracker: "0.1.0",
    page: `${form.origin}/quote`,
    language: "en-US",
    elements: [{ id: "tcpa", type: "main-implied", value: "", text: tcpa, visible: true }],
    contact: [phone],
  });
  const send = async (phone: string) => {
    const answer = await form.post("/api/certificates/raw", raw(phone));
    const { certificate_id } = (await answer.json()) as { certificate_id: string };
    return { status: answer.status(), certificate_id };
  };
  const phone = `(305) 555-${String(Math.floor(Math.random() * 10_000)).padStart(4, "0")}`;
  const answers = await Promise.all(Array.from({ length: 6 }, () => send(phone)));
  answers.push(await send(phone));
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(6).fill(200), 201]);
  expect(new Set(answers.map(({ certificate_id }) => certificate_id)).size).toBe(1);
  const count = () =>
    database.row(
      "SELECT count(*) AS n FROM certificates WHERE property_id = ?",
      form.commit().property_id,
    ).n;
  expect(count()).toBe(1);
  // Another lead is another certificate, and so are two visitors of whom nothing tells them apart.
  expect((await send(`${phone.slice(0, -1)}${phone.endsWith("0") ? 1 : 0}`)).status).toBe(201);
  expect((await send("")).status).toBe(201);
  expect((await send("")).status).toBe(201);
  expect(count()).toBe(4);
});

test("a lead's contacts are committed to and found under the owner's key only", async ({
  form,
  database,
  worker,
}) => {
  const commit = form.commit({ session: await form.startSession() });
  const contact = { phone: "+13055550123", email: "jorg@example.com" };
  expect((await form.send({ ...commit, contact })).status()).toBe(201);
  const hash = hashOf(commit.certificate_id);
  const joined = "JOIN certificates USING (certificate) WHERE hash = ?";
  const { committed } = database.row(`SELECT committed FROM records ${joined}`, hash);
  expect(Object.keys(unpackCommitments(committed as Uint8Array))).toEqual(
    expect.arrayContaining(["email", "phone"]),
  );
  const { body } = database.row(`SELECT body FROM disclosures ${joined}`, hash);
  expect(unpackValues(body as Uint8Array)).toMatchObject({ phone: { value: contact.phone } });

  const found = database.rows(`SELECT lookup, kid FROM contact_lookups ${joined}`, hash);
  const master = workerKey(worker, "LOOKUP_KEYS", String(found[0]?.kid));
  const hmac = (key: Buffer, message: string) => createHmac("sha256", key).update(message).digest();
  const company = hmac(master, `econsent-lookup-v1\n${commit.company_id}`);
  const expected = [contact.phone, contact.email].map((value) =>
    hmac(company, value).subarray(0, 16),
  );
  expect(found.map(({ lookup }) => Buffer.from(lookup as Uint8Array)).sort(Buffer.compare)).toEqual(
    expected.sort(Buffer.compare),
  );

  const other = { phone: "+13055550199", email: contact.email };
  expect((await form.send({ ...commit, contact })).status()).toBe(200);
  expect((await form.send({ ...commit, contact: other })).status()).toBe(409);
  expect((await form.send(commit)).status()).toBe(409);
});

test("a contact that is none is not bound, and the certificate is kept", async ({
  form,
  database,
}) => {
  const commit = form.commit({ session: await form.startSession() });
  const contact = { phone: "(305) 555-0123", email: "not an address" };
  expect((await form.send({ ...commit, contact })).status()).toBe(201);
  const sql = "SELECT committed FROM records JOIN certificates USING (certificate) WHERE hash = ?";
  const { committed } = database.row(sql, hashOf(commit.certificate_id));
  const names = Object.keys(unpackCommitments(committed as Uint8Array));
  expect(names).toContain("page");
  expect(names.filter((name) => name === "phone" || name === "email")).toEqual([]);
});

test("a page with a great many words is kept whole", async ({ form }) => {
  const consents = Array.from({ length: 40 }, (_, n) => ({
    id: `disclosure-${n}`,
    type: "main-implied",
    value: "visible",
    text: `${n}. ${"I agree to be called. ".repeat(220)}`.trim(),
  }));
  const commit = form.commit({ session: await form.startSession(), consents });
  expect(JSON.stringify(commit).length).toBeGreaterThan(150_000);
  expect((await form.send(commit)).status()).toBe(201);
  const last = consents[39]?.text ?? "";
  expect(await (await form.verify(commit.certificate_id, last)).json()).toMatchObject({
    valid: true,
  });
});

test.describe("refused, with nothing stored:", () => {
  type Commit = ReturnType<Page["commit"]>;
  type Case = [title: string, status: number, code: string, (c: Commit, p: Page) => unknown];

  const evidence: Evidence = {
    consents: [
      { id: "tcpa", type: "main-implied", value: "visible", text: tcpa },
      { id: "sms", type: "main-explicit", value: "true", text: sms },
    ],
  };
  const cases: Case[] = [
    ["a truncated body", 400, "invalid_commit", (c) => JSON.stringify(c).slice(0, -9)],
    ["no body", 400, "invalid_commit", () => ""],
    ["another shape", 400, "invalid_commit", (c) => ({ ...c, extra: 1 })],
    ["another version", 400, "unknown_version", (c) => ({ ...c, v: 2 })],
    [
      "a certificate that replaces itself",
      422,
      "supersedes_itself",
      (c) => ({ ...c, supersedes: c.certificate_id }),
    ],
    [
      "an id of another form",
      400,
      "invalid_certificate_id",
      (c) => ({ ...c, certificate_id: "EC-1" }),
    ],
    ["a body over 512 kB", 413, "body_too_large", (c) => JSON.stringify(c).padEnd(512 * 1024 + 1)],
    [
      "a value that is not normal",
      400,
      "invalid_commit",
      (c) => ({ ...c, consents: [{ ...c.consents[0], id: "tcpa\u0007" }] }),
    ],
    [
      "an id that does not match its evidence",
      422,
      "evidence_mismatch",
      (c) => ({ ...c, consents: c.consents.slice(0, 1), texts: firstText(c) }),
    ],
    [
      "another time",
      422,
      "evidence_mismatch",
      (c) => ({ ...c, timestamp: "2026-04-17T11:00:00.000Z" }),
    ],
    ["a phone that is a number", 400, "invalid_commit", (c) => ({ ...c, contact: { phone: 305 } })],
    ["a missing text", 422, "text_missing", (c) => ({ ...c, texts: firstText(c) })],
    [
      "a text under another digest",
      422,
      "text_digest_mismatch",
      (c) => ({ ...c, texts: swapped(c.texts) }),
    ],
    [
      "a text of no record",
      422,
      "text_digest_mismatch",
      (c) => ({ ...c, texts: { ...c.texts, [hex(32)]: "stray" } }),
    ],
    [
      "two records with one id",
      422,
      "repeated_id",
      (c) => ({ ...c, consents: [c.consents[0], c.consents[0]] }),
    ],
    [
      "more than 64 records",
      422,
      "limit_exceeded",
      (c) => ({ ...c, consents: Array(65).fill(c.consents[0]) }),
    ],
    [
      "a page of another site",
      422,
      "page_mismatch",
      (c) => ({ ...c, page: "https://evil.example/" }),
    ],
    ["a token that is not ours", 403, "token_invalid", (c) => ({ ...c, token: `${c.token}AA` })],
    [
      "a token of another session",
      403,
      "token_foreign",
      async (c, p) => ({ ...c, token: (await p.startSession()).token }),
    ],
    [
      "another company's property",
      404,
      "property_not_found",
      (c) => ({ ...c, company_id: hex(12) }),
    ],
    ["a property that is none", 404, "property_not_found", (c) => ({ ...c, property_id: hex(12) })],
    [
      "an origin that is not registered",
      403,
      "origin_not_registered",
      (c, p) => {
        p.origin = "https://evil.example";
        return c;
      },
    ],
    [
      "an opaque origin",
      403,
      "origin_not_registered",
      (c, p) => {
        p.origin = "null";
        return c;
      },
    ],
  ];

  for (const [title, status, code, change] of cases) {
    test(title, async ({ form, rows }) => {
      const commit = form.commit({ ...evidence, session: await form.startSession() });
      const body = await change(commit, form);
      const before = rows();
      const answer = await form.send(body as object);
      expect(await answer.json()).toMatchObject({ status, code, type: "about:blank" });
      expect(answer.status()).toBe(status);
      expect(answer.headers()["content-type"]).toBe("application/problem+json");
      expect(rows()).toEqual(before);
    });
  }

  test("the same id with other evidence", async ({ form, rows }) => {
    const commit = form.commit({ session: await form.startSession() });
    await form.send(commit);
    const before = rows();
    const withheld = [
      { id: "x", step: 1, type: "main-implied", reason: "not_visible", text_sha256: hex(0) },
    ];
    const [digest = ""] = Object.keys(commit.texts);
    const others = [
      { ...commit, page: `${form.origin}/other` },
      { ...commit, dropped: { consents: 1, withheld: 0 } },
      { ...commit, supersedes: commit.certificate_id.slice(0, -43) + "A".repeat(43) },
      { ...commit, withheld: withheld.map((item) => ({ ...item, text_sha256: digest })) },
    ];
    for (const other of others) {
      const answer = await form.send(other);
      expect(await answer.json()).toMatchObject({ status: 409, code: "certificate_conflict" });
    }
    expect(rows()).toEqual(before);
  });

  test("a session for an origin that is not registered", async ({ form }) => {
    form.origin = "https://evil.example";
    const answer = await form.askForSession();
    expect(await answer.json()).toMatchObject({ status: 403, code: "origin_not_registered" });
  });

  function firstText(commit: Commit): Record<string, string> {
    return Object.fromEntries(Object.entries(commit.texts).filter(([, text]) => text === tcpa));
  }

  function swapped(texts: Record<string, string>): Record<string, string> {
    const [digests, words] = [Object.keys(texts), Object.values(texts).reverse()];
    return Object.fromEntries(digests.map((digest, at) => [digest, words[at] ?? ""]));
  }
});
