// What goes with expired evidence: words and documents that nothing else relies on, and no others.
import { setExpiry } from "../support/custody.ts";
import {
  type Consent,
  hashOf,
  hex,
  impliedConsent,
  newProperty,
  Page,
  sha256,
} from "../support/evidence.ts";
import { test as base, expect } from "../support/test.ts";

const test = base.extend<{
  form: Page;
  /** Lets certificates expire. */
  expire: (...ids: string[]) => Promise<void>;
  isKept: (text: string) => boolean;
}>({
  form: async ({ request, database }, use) => {
    await use(new Page(request, newProperty(database)));
  },
  expire: async ({ request, database, worker }, use) => {
    await use(async (...ids) => {
      for (const id of ids) {
        setExpiry(database, worker, id, new Date("2026-01-01T00:00:00.000Z"));
      }
      await request.get("/__scheduled?cron=*/5+*+*+*+*");
    });
  },
  isKept: async ({ database }, use) => {
    await use(
      (text) =>
        database.row("SELECT count(*) AS n FROM texts WHERE sha256 = ?", sha256(text)).n === 1,
    );
  },
});

const words = (text: string): Consent => ({ ...impliedConsent, text });
const own = () => `I agree to calls from lender ${hex(6)} about my quote.`;

test("words go with the last certificate that has them, and not before", async ({
  form,
  expire,
  isKept,
  database,
}) => {
  const [shared, unshared, hidden] = [own(), own(), own()];
  const first = await form.certificate({
    consents: [words(shared), { ...words(unshared), id: "b" }],
    withheld: [{ id: "w", type: "main-implied", reason: "not_visible", text: hidden }],
  });
  const second = await form.certificate({ consents: [words(shared)] });
  await expire(first);
  expect([shared, unshared, hidden].map(isKept)).toEqual([true, false, false]);
  expect(await (await form.verify(second, shared)).json()).toMatchObject({ valid: true });
  await expire(second);
  expect(isKept(shared)).toBe(false);
  const orphans = `SELECT count(*) AS n FROM document_texts t
    WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.document = t.document)`;
  expect(database.row(orphans)).toEqual({ n: 0 });
  const searched = "SELECT count(*) AS n FROM facets WHERE kind = 'text' AND value = ?";
  expect(database.row(searched, sha256(shared).toString("hex"))).toEqual({ n: 0 });
});

test("words that a withheld disclosure of another certificate has stay", async ({
  form,
  expire,
  isKept,
}) => {
  const text = own();
  const shown = await form.certificate({ consents: [words(text)] });
  const other = await form.certificate({
    withheld: [{ id: "w", type: "main-implied", reason: "not_visible", text }],
  });
  await expire(shown);
  expect(isKept(text)).toBe(true);
  expect(await (await form.verify(other, text)).json()).toMatchObject({ reason: "not_visible" });
});

test("a page that is shared by certificates is kept until the last of them has gone", async ({
  form,
  expire,
  database,
}) => {
  const ids = [];
  const text = own();
  for (let n = 0; n < 3; n++) {
    ids.push(await form.certificate({ consents: [words(text)] }));
  }
  const documents = () =>
    database.row("SELECT count(*) AS n FROM document_texts WHERE sha256 = ?", sha256(text)).n;
  expect(documents()).toBe(1);
  await expire(...ids.slice(0, 2));
  expect(documents()).toBe(1);
  expect(await (await form.verify(ids[2] ?? "", text)).json()).toMatchObject({ valid: true });
  await expire(...ids.slice(2));
  expect(documents()).toBe(0);
});

test("a certificate that arrives while the last one with its words expires loses none of them", async ({
  form,
  expire,
  database,
}) => {
  for (let round = 0; round < 5; round++) {
    const text = own();
    const last = await form.certificate({ consents: [words(text)] });
    const [arrived] = await Promise.all([
      Promise.all(Array.from({ length: 4 }, () => form.certificate({ consents: [words(text)] }))),
      expire(last),
    ]);
    for (const id of arrived) {
      expect(await (await form.verify(id, text)).json()).toMatchObject({ valid: true });
    }
    const gone = "SELECT count(*) AS n FROM records JOIN certificates USING (certificate)";
    expect(database.row(`${gone} WHERE hash = ?`, hashOf(last))).toEqual({ n: 0 });
  }
});

test("nothing that evidence relies on can be deleted behind its back", async ({
  form,
  database,
}) => {
  const text = own();
  await form.certificate({ consents: [words(text)] });
  const digest = sha256(text);
  const document = "SELECT document FROM document_texts WHERE sha256 = ?";
  for (const sql of [
    "DELETE FROM texts WHERE sha256 = ?",
    `DELETE FROM documents WHERE document = (${document})`,
    "DELETE FROM document_texts WHERE sha256 = ?",
    "UPDATE document_texts SET document = 0 WHERE sha256 = ?",
  ]) {
    expect(() => database.run(sql, digest), sql).toThrow(/rely on it|known by it/);
  }
});
