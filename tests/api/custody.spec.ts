// The chain of custody as it is written: from creation to the end of retention, also when two
// writers race for its head.
import { checkedChain, setExpiry } from "../support/custody.ts";
import { hashOf, newProperty, Page } from "../support/evidence.ts";
import { test as base, expect } from "../support/test.ts";

const test = base.extend<{ form: Page; runCron: () => Promise<number> }>({
  form: async ({ request, database }, use) => {
    await use(new Page(request, newProperty(database)));
  },
  runCron: async ({ request }, use) => {
    await use(async () => (await request.get("/__scheduled?cron=*/5+*+*+*+*")).status());
  },
});

const past = new Date("2026-01-01T00:00:00.000Z");

test("a new certificate's chain is created, then signed", async ({ form, database, worker }) => {
  const id = await form.certificate();
  const [created, signed, ...more] = checkedChain(database, worker, id);
  expect(created).toMatchObject({ type: "created", seq: 1 });
  expect(created?.actor).toMatch(/^[0-9a-f]{24}$/);
  expect(created?.details).toMatchObject({ origin: "https://forms.leadgen.com" });
  expect(signed).toMatchObject({ type: "signed", seq: 2, actor: "system" });
  expect(signed?.details).toMatchObject({ algorithm: "HMAC-SHA256" });
  expect(more).toEqual([]);
});

test("evidence goes when its time is over; name, signatures and chain stay", async ({
  form,
  database,
  worker,
  runCron,
}) => {
  const [kept, id] = [await form.certificate(), await form.certificate()];
  setExpiry(database, worker, id, past);
  expect(await (await form.verify(id)).json()).toMatchObject({ valid: false, reason: "expired" });
  expect(await runCron()).toBe(200);
  expect(checkedChain(database, worker, id).map(({ type }) => type)).toEqual([
    "created",
    "signed",
    "expired",
  ]);
  const left = database.row(
    `SELECT (SELECT count(*) FROM records r WHERE r.certificate = c.certificate) AS records,
      (SELECT count(*) FROM disclosures d WHERE d.certificate = c.certificate) AS disclosures,
      state, length(hmac) AS hmac FROM certificates c WHERE hash = ?`,
    hashOf(id),
  );
  expect(left).toMatchObject({ records: 0, disclosures: 0, hmac: 32 });
  expect(await (await form.verify(id)).json()).toMatchObject({ valid: false, reason: "expired" });
  expect(await (await form.verify(kept)).json()).toMatchObject({ valid: true });
});

test("many who expire the same certificates at once write one event each", async ({
  form,
  database,
  worker,
  runCron,
}) => {
  const ids = [];
  for (let n = 0; n < 5; n++) {
    const id = await form.certificate();
    setExpiry(database, worker, id, past);
    ids.push(id);
  }
  const runs = await Promise.all(Array.from({ length: 8 }, runCron));
  expect(runs).toEqual(Array(8).fill(200));
  for (const id of ids) {
    const types = checkedChain(database, worker, id).map(({ type }) => type);
    expect(types).toEqual(["created", "signed", "expired"]);
  }
});

test("certificates that cannot expire stand in nobody's way", async ({
  form,
  database,
  worker,
  runCron,
}) => {
  const broken: string[] = [];
  for (let n = 0; n < 60; n++) {
    broken.push(await form.certificate());
  }
  for (const id of broken) {
    const early = "UPDATE certificate_rows SET expires_at = 1 WHERE hash = ?";
    database.tamper("certificate_rows", early, hashOf(id));
  }
  const id = await form.certificate();
  setExpiry(database, worker, id, past);
  expect(await runCron()).toBe(200);
  expect(checkedChain(database, worker, id).map(({ type }) => type)).toContain("expired");
});

test("a certificate whose chain was tampered with is not expired", async ({
  form,
  database,
  worker,
  runCron,
}) => {
  const id = await form.certificate();
  setExpiry(database, worker, id, past);
  const change = "UPDATE certificate_rows SET head_hmac = zeroblob(32) WHERE hash = ?";
  database.tamper("certificate_rows", change, hashOf(id));
  expect(await runCron()).toBe(200);
  const records = "SELECT count(*) AS n FROM records JOIN certificates USING (certificate)";
  expect(database.row(`${records} WHERE hash = ?`, hashOf(id))).toEqual({ n: 1 });
  expect(await (await form.verify(id)).json()).toMatchObject({ reason: "custody_invalid" });
});
