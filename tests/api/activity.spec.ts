// How many certificates a company has captured, by day and property: all of them, once each, and
// for that company alone.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { newEmail, type Person } from "../support/accounts.ts";
import { expectJson, publisher } from "../support/companies.ts";
import { setExpiry } from "../support/custody.ts";
import { hashOf, hex, impliedConsent, Page, sms } from "../support/evidence.ts";
import { expect, test } from "../support/test.ts";
import { root } from "../support/worker.ts";

interface Line {
  day: string;
  property_id: string;
  property: string;
  certificates: number;
}

const day = 86_400_000;
const beginning = (moment: number) => new Date(moment - (moment % day)).toISOString();

const activity = async (person: Person, query = "") =>
  await expectJson<Line[]>(person.get(`/api/activity${query}`), 200);

test("each certificate is counted once, on its day and for its property", async ({
  accounts,
  request,
}) => {
  const { owner, property, origin } = await publisher(accounts);
  const other = await expectJson<{ id: string }>(
    owner.post("/api/properties", { name: "Solar quotes", origins: [origin] }),
    201,
  );
  const company = owner.me.company.id;
  expect(await activity(owner)).toEqual([]);
  const begun = Date.now();
  const form = new Page(request, { company, property, origin });
  const commit = form.commit({ session: await form.startSession() });
  expect((await form.send(commit)).status()).toBe(201);
  // The same again, and other evidence under its id, are no further certificates.
  expect((await form.send(commit)).status()).toBe(200);
  const changed = { ...commit, language: "es-MX" };
  expect((await form.send(changed)).status()).toBe(409);
  // One that takes another's place was captured too.
  const session = await form.startSession();
  const consents = [impliedConsent, { ...impliedConsent, id: "sms", text: sms }];
  const next = { ...form.commit({ session, consents }), supersedes: commit.certificate_id };
  expect((await form.send(next)).status()).toBe(201);
  await new Page(request, { company, property: other.id, origin }).certificate();

  const lines = await activity(owner);
  // Midnight may have passed meanwhile.
  const days = [beginning(begun), beginning(Date.now())];
  expect(lines.every((line) => days.includes(line.day))).toBe(true);
  const sum = (id: string) =>
    lines.filter((line) => line.property_id === id).reduce((n, line) => n + line.certificates, 0);
  expect([sum(property), sum(other.id)]).toEqual([2, 1]);
  expect(new Set(lines.map((line) => line.property))).toEqual(
    new Set(["Insurance quotes", "Solar quotes"]),
  );
});

test("what was erased or has expired was captured all the same", async ({
  accounts,
  request,
  database,
  worker,
}) => {
  const { owner, property, origin } = await publisher(accounts);
  const form = new Page(request, { company: owner.me.company.id, property, origin });
  const [erased, expired] = [await form.certificate(), await form.certificate()];
  const before = await activity(owner);
  await expectJson(owner.post(`/api/certificates/${erased}/erase`, {}), 200);
  setExpiry(database, worker, expired, new Date("2026-01-01T00:00:00.000Z"));
  await request.get("/__scheduled?cron=*/5+*+*+*+*");
  const kept = "SELECT count(*) AS n FROM records r JOIN certificates c USING (certificate)";
  expect(database.row(`${kept} WHERE c.hash = ?`, hashOf(expired)).n).toBe(0);
  expect(await activity(owner)).toEqual(before);
});

test("so many days are shown as are asked for, and no other company's", async ({
  accounts,
  database,
}) => {
  const { owner, property } = await publisher(accounts);
  const now = Date.now();
  const captured = (ago: number, count: number) => {
    const at = now - ago * day;
    database.run(
      "INSERT INTO certificate_days (company_id, day, property_id, count) VALUES (?, ?, ?, ?)",
      owner.me.company.id,
      at - (at % day),
      property,
      count,
    );
  };
  // Away from the bounds by a day, as midnight may pass meanwhile.
  captured(1, 1_234);
  captured(28, 7);
  captured(31, 5);
  captured(90, 3);
  captured(93, 2);
  const counts = async (query = "") =>
    (await activity(owner, query)).map(({ certificates }) => certificates);
  expect(await counts()).toEqual([7, 1_234]);
  expect(await counts("?days=92")).toEqual([3, 5, 7, 1_234]);
  expect(await counts("?days=1")).toEqual([]);
  for (const days of ["0", "93", "-1", "many", "1.5", "99999999999"]) {
    const answer = await owner.get(`/api/activity?days=${days}`);
    expect([days, answer.status()]).toEqual([days, 400]);
    expect(await answer.json()).toMatchObject({ code: "invalid_parameter" });
  }
  const stranger = await accounts.owner(newEmail(), "Acme Insurance");
  expect(await activity(stranger, "?days=92")).toEqual([]);
});

test("certificates that were there before are counted by the migration", () => {
  const folder = join(root, "worker/migrations");
  const [before, counting] = [
    readdirSync(folder).filter((name) => name < "0010"),
    readdirSync(folder).find((name) => name.startsWith("0010")) ?? "",
  ];
  const database = new DatabaseSync(":memory:");
  const migrate = (name: string) => database.exec(readFileSync(join(folder, name), "utf8"));
  for (const name of before.toSorted()) {
    migrate(name);
  }
  const [company, quotes, solar] = [hex(12), hex(12), hex(12)];
  database.exec(`
    INSERT INTO companies VALUES ('${company}', 'LeadGen Co', 0);
    INSERT INTO properties (property_id, company_id, name, created_at) VALUES
      ('${quotes}', '${company}', 'Quotes', 0), ('${solar}', '${company}', 'Solar', 0);`);
  const insert = database.prepare(`
    INSERT INTO certificates (hash, session_id, company_id, property_id, timestamp, received_at,
      domain, hmac_kid, ed25519_kid, hmac, ed25519, expiry_hmac, state, head_kid,
      head_ed25519_kid, head_hmac, head_ed25519)
    VALUES (randomblob(32), ?, ?, ?, 0, ?, 'forms.leadgen.com', 'k', 'k', zeroblob(32),
      zeroblob(64), zeroblob(32), '{}', 'k', 'k', zeroblob(32), zeroblob(64))`);
  const midnight = Date.parse("2026-04-18T00:00:00.000Z");
  for (const [property, at] of [
    [quotes, midnight - 1],
    [quotes, midnight],
    [quotes, midnight + day - 1],
    [solar, midnight],
  ] as const) {
    insert.run(hex(16), company, property, at);
  }
  migrate(counting);
  const counted = database
    .prepare("SELECT day, property_id, count FROM certificate_days ORDER BY day, count DESC")
    .all();
  expect(counted.map((row) => ({ ...row }))).toEqual([
    { day: midnight - day, property_id: quotes, count: 1 },
    { day: midnight, property_id: quotes, count: 2 },
    { day: midnight, property_id: solar, count: 1 },
  ]);
  database.close();
});
