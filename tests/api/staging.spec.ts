// Words ahead of the submit, how consent looked, and why there is no certificate: what a stranger
// may say of them, and what is kept.

import { hashOf, hex, newProperty, Page, sha256, sms, tcpa } from "../support/evidence.ts";
import { unpackValues } from "../support/packed.ts";
import { test as base, expect } from "../support/test.ts";

const test = base.extend<{ form: Page }>({
  form: async ({ request, database }, use) => {
    await use(new Page(request, newProperty(database)));
  },
});

const stage = async (form: Page, token: string | null, texts: unknown[]) =>
  await form.post("/api/texts", { v: 1, token, texts });

test("a commit may name staged words by digest, at the property that staged them", async ({
  form,
  request,
  database,
}) => {
  const words = `${tcpa} Reference ${hex(8)}.`;
  const consents = [{ id: "tcpa", type: "main-implied", value: "visible", text: words }];
  const session = await form.startSession();
  // The server takes the digest of the words as it keeps them.
  expect((await stage(form, session.token, [` ${words}\n`])).status()).toBe(204);
  expect((await stage(form, session.token, [words])).status()).toBe(204);
  const commit = { ...form.commit({ session, consents }), texts: {} };

  const other = new Page(request, newProperty(database));
  const theirs = other.commit({ session: await other.startSession(), consents });
  const refused = await other.send({ ...theirs, texts: {} });
  expect(refused.status()).toBe(422);
  expect(await refused.json()).toMatchObject({ code: "text_missing" });

  expect((await form.send(commit)).status()).toBe(201);
  expect((await form.send(commit)).status()).toBe(200);
  expect(await (await form.verify(commit.certificate_id, words)).json()).toMatchObject({
    valid: true,
  });
  // Nobody is shown words for knowing their digest, also when they are stored by now.
  expect((await other.send({ ...theirs, texts: {} })).status()).toBe(422);
  expect(await (await other.verify(theirs.certificate_id, words)).json()).toMatchObject({
    reason: "not_received",
  });
});

test("words are staged with a session's token only, and within limits", async ({
  form,
  database,
}) => {
  const session = await form.startSession();
  const words = `Staged by nobody. Reference ${hex(8)}.`;
  const count = () =>
    database.row("SELECT count(*) AS n FROM staged_texts WHERE sha256 = ?", sha256(words));
  const forged = `${session.token.slice(0, -2)}AA`;
  const statuses = [
    (await stage(form, null, [words])).status(),
    (await stage(form, "nonsense", [words])).status(),
    (await stage(form, forged, [words])).status(),
    (await stage(form, session.token, Array(65).fill(words))).status(),
    (await stage(form, session.token, [words, 7])).status(),
  ];
  expect(statuses).toEqual([400, 403, 403, 422, 400]);
  form.origin = "https://evil.example";
  expect((await stage(form, session.token, [words])).status()).toBe(403);
  expect(count()).toEqual({ n: 0 });
});

test("a fact that cannot be is left out, and the evidence is kept", async ({ form, request }) => {
  const commit = form.commit({ session: await form.startSession() });
  const presentation = [
    {
      id: "tcpa",
      font_px_100: 1400,
      contrast_100: "very",
      width_px: -1,
      submit_text: " Go\u0007 ",
    },
    { id: "stray", font_px_100: 1 },
    "nonsense",
  ];
  expect((await form.send({ ...commit, presentation })).status()).toBe(201);
  expect((await form.send({ ...commit, presentation })).status()).toBe(200);
  const more = [{ id: "tcpa", font_px_100: 900 }];
  expect((await form.send({ ...commit, presentation: more })).status()).toBe(409);
  const answer = await request.get(`/certificate/${commit.certificate_id}`, {
    headers: { accept: "application/json" },
  });
  const { documents } = (await answer.json()) as { documents: { presentation: string } };
  // The time zone is the server's to tell, by the network address.
  const { timezone } = JSON.parse(documents.presentation) as { timezone: string };
  expect(documents.presentation).toBe(
    `{"items":[{"font_px_100":1400,"id":"tcpa","submit_text":"Go"}],"timezone":"${timezone}","v":1}`,
  );
});

test("one byte of the presentation document: signature_invalid", async ({ form, database }) => {
  const commit = form.commit({ session: await form.startSession() });
  const presentation = [{ id: "tcpa", font_px_100: 1_400, submit_text: hex(8) }];
  await form.send({ ...commit, presentation });
  const named = "SELECT presentation FROM records JOIN certificates USING (certificate)";
  const sql = `UPDATE documents SET body = replace(body, '1400', '1600')
    WHERE document = (${named} WHERE hash = ?)`;
  database.tamper("documents", sql, hashOf(commit.certificate_id));
  expect(await (await form.verify(commit.certificate_id)).json()).toMatchObject({
    reason: "signature_invalid",
  });
});

test("a certificate of another session is not replaced, and the evidence is kept", async ({
  form,
  database,
}) => {
  const victim = form.commit({ session: await form.startSession() });
  const commit = form.commit({ session: await form.startSession() });
  const answer = await form.send({ ...commit, supersedes: victim.certificate_id });
  expect(answer.status()).toBe(201);
  const sql = "SELECT supersedes FROM records JOIN certificates USING (certificate) WHERE hash = ?";
  expect(database.row(sql, hashOf(commit.certificate_id))).toEqual({ supersedes: null });
});

test("raw evidence is bound to the contacts that its form holds", async ({ form, database }) => {
  const { company_id, property_id } = form.commit();
  const element = { id: "tcpa", type: "main-implied", value: "", text: sms, visible: true };
  const raw = {
    ...{ v: 1, company_id, property_id, tracker: "0.1.0", page: `${form.origin}/quote` },
    language: "en-US",
    elements: [element],
    contact: ["not yet", "(305) 555-0123", " Jorg@Example.com "],
  };
  const answer = await form.post("/api/certificates/raw", raw);
  const { certificate_id } = (await answer.json()) as { certificate_id: string };
  const sql = "SELECT body FROM disclosures JOIN certificates USING (certificate) WHERE hash = ?";
  const { body } = database.row(sql, hashOf(certificate_id));
  expect(unpackValues(body as Uint8Array)).toMatchObject({
    phone: { value: "+13055550123" },
    email: { value: "jorg@example.com" },
  });
});

test("why a submit came without a certificate is told by a page of the property", async ({
  form,
  database,
}) => {
  const { company_id, property_id } = form.commit();
  const report = { v: 1, company_id, property_id, tracker: "0.1.0", reason: "wasm_blocked" };
  expect((await form.post("/api/installs", report)).status()).toBe(204);
  expect((await form.post("/api/installs", { ...report, reason: "<b>" })).status()).toBe(400);
  const foreign = { ...report, company_id: hex(12) };
  expect((await form.post("/api/installs", foreign)).status()).toBe(404);
  await form.certificate();
  const sql = "SELECT outcome, reason FROM install_checks WHERE property_id = ?";
  const seen = () => database.rows(sql, property_id);
  await expect.poll(seen).toEqual([{ outcome: "certificate", reason: "wasm_blocked" }]);
  form.origin = "https://evil.example";
  expect((await form.post("/api/installs", report)).status()).toBe(403);
});
