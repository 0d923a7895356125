// Consent rules: what a buyer wants to find, refused where it could never work, tried before it
// counts.
import type { Person } from "../support/accounts.ts";
import { buyer, expectJson, publisher } from "../support/companies.ts";
import { hex, Page, sha256, tcpa } from "../support/evidence.ts";
import { test as base, expect } from "../support/test.ts";

const path = "/certificate-sharing/consent-rules";

interface Rule {
  id: string;
  rule_name: string;
  required_phrases: (string | string[])[];
  forbidden_phrases: (string | string[])[];
  full_text?: string;
  sentences?: string[];
  mode: string;
  states: string[];
  version: number;
  created_at: string;
  updated_at: string;
}

interface Place {
  record: number;
  start: number;
  end: number;
}

interface Phrase {
  phrase: string;
  found: string | null;
  places: Place[];
}

interface Result {
  score: number | null;
  level: string;
  status: string;
  matched: string[];
  missing: string[];
  forbidden_found: string[];
  reasons: string[];
  rules: {
    rule_id?: string;
    version?: number;
    rule_name: string;
    status: string;
    required: Phrase[];
    forbidden: Phrase[];
  }[];
  notice: string;
  consents: { id: string; text: string; given: boolean }[];
  states: string[];
}

const test = base.extend<{ acme: Person }>({
  acme: async ({ accounts }, use) => {
    await use(await buyer(accounts));
  },
});

/** The seed's example. */
const seed = {
  rule_name: "TCPA Express Consent",
  required_phrases: [
    "Acme Insurance",
    "autodialer",
    "consent is not required as a condition of purchase",
  ],
  mode: "warn",
};

const make = (who: Person, rule: object = seed) => expectJson<Rule>(who.post(path, rule), 201);
const list = (who: Person) => expectJson<Rule[]>(who.get(path), 200);
const preview = (who: Person, asked: object) =>
  expectJson<Result>(who.post(`${path}/preview`, asked), 200);

/** What stands at a place, by the characters that the answer counts. */
const shownAt = ({ consents }: Result, { record, start, end }: Place) =>
  [...(consents[record]?.text ?? "")].slice(start, end).join("");

test("the seed's rule is made, read, written over and deleted", async ({ acme }) => {
  const rule = await make(acme);
  const expected = {
    id: expect.stringMatching(/^[0-9a-f]{24}$/),
    ...seed,
    forbidden_phrases: [],
    states: [],
    version: 1,
    created_at: rule.created_at,
    updated_at: rule.created_at,
  };
  expect(rule).toEqual(expected);
  expect(await list(acme)).toEqual([rule]);
  const one = `${path}/${rule.id}`;
  expect(await expectJson(acme.get(one), 200)).toEqual(rule);

  const changed = {
    ...seed,
    mode: "reject",
    states: ["FL", "OK"],
    forbidden_phrases: ["partners"],
  };
  const after = await expectJson<Rule>(acme.send("PUT", one, changed), 200);
  expect(after).toEqual({ ...expected, ...changed, version: 2, updated_at: after.updated_at });
  expect(Date.parse(after.updated_at)).toBeGreaterThanOrEqual(Date.parse(rule.updated_at));
  // The same again is the same version.
  expect(await expectJson(acme.send("PUT", one, changed), 200)).toEqual(after);

  expect((await acme.send("DELETE", one)).status()).toBe(204);
  expect(await list(acme)).toEqual([]);
  for (const method of ["GET", "PUT", "DELETE"]) {
    const answer = await acme.send(method, one, method === "PUT" ? seed : undefined);
    expect(await answer.json()).toMatchObject({ status: 404, code: "not_found" });
  }
});

test("a full consent text is broken into the sentences that are looked for", async ({ acme }) => {
  const full = { rule_name: "Acme disclosure", full_text: tcpa, mode: "reject" };
  const rule = await make(acme, full);
  expect(rule).toMatchObject({ ...full, required_phrases: [] });
  expect(rule.sentences).toEqual([
    "By clicking “Get My Quote” I agree to receive marketing calls and texts from Acme Insurance " +
      "at the number I gave, also by autodialer or prerecorded voice.",
    "Consent is not required as a condition of purchase.",
  ]);
  const result = await preview(acme, { text: `Please read. ${tcpa}` });
  expect(result).toMatchObject({ score: 100, level: "compliant", status: "pass", missing: [] });
  const [checked] = result.rules;
  expect(checked).toMatchObject({ rule_id: rule.id, version: 1, rule_name: "Acme disclosure" });
  const places = checked?.required.flatMap(({ places }) => places) ?? [];
  expect(places.map((place) => shownAt(result, place))).toEqual(rule.sentences);
});

test("what could never be found, or would be everywhere, is refused and not stored", async ({
  acme,
}) => {
  const cases: [object, number, string, RegExp][] = [
    [{ required_phrases: ["Acme", "\u200b\u00ad \u00a0"] }, 422, "empty_phrase", /\[1\] is empty/],
    [{ forbidden_phrases: [["sell", ""]] }, 422, "empty_phrase", /forbidden_phrases\[0\]/],
    [{ required_phrases: [[]] }, 422, "empty_phrase", /has no wording/],
    [{ required_phrases: [] }, 422, "empty_rule", /at least one phrase/],
    [{ full_text: " *** \n" }, 422, "empty_rule", /no sentence/],
    [{ rule_name: " " }, 422, "invalid_name", /1 to 128/],
    [{ rule_name: "a\u0007b" }, 422, "invalid_name", /1 to 128/],
    [{ states: ["Florida"] }, 422, "invalid_state", /states\[0\]/],
    [{ states: ["FL", "FL"] }, 422, "invalid_state", /twice/],
    [{ required_phrases: ["x".repeat(4_901)] }, 422, "limit_exceeded", /4900/],
    [{ required_phrases: Array(1_001).fill("ATDS") }, 422, "limit_exceeded", /1000/],
    [{ required_phrases: Array(14).fill("x".repeat(4_900)) }, 422, "limit_exceeded", /65536/],
    [{ full_text: "Yes. ".repeat(20_000) }, 422, "limit_exceeded", /65536/],
    [{ mode: "block" }, 400, "invalid_json", /warn, reject/],
    [{ required_phrases: [7] }, 400, "invalid_json", /a string or an array of strings/],
    [{ required_phrases: "Acme" }, 400, "invalid_json", /./],
    [{ company_id: hex(12) }, 400, "invalid_json", /unknown field/],
  ];
  for (const [change, status, code, detail] of cases) {
    for (const answer of [
      await acme.post(path, { ...seed, ...change }),
      await acme.post(`${path}/preview`, { rule: { ...seed, ...change }, text: tcpa }),
    ]) {
      const problem = (await answer.json()) as { detail: string };
      expect(problem, JSON.stringify(change)).toMatchObject({ status, code });
      expect(problem.detail).toMatch(detail);
    }
  }
  const large = await acme.post(path, { ...seed, full_text: "x".repeat(600_000) });
  expect(await large.json()).toMatchObject({ status: 413, code: "body_too_large" });
  expect(await list(acme)).toEqual([]);
});

test("a company has a hundred rules, and no more text than a claim can check", async ({ acme }) => {
  const small = { ...seed, required_phrases: ["ATDS"] };
  const rules = await Promise.all(Array.from({ length: 100 }, () => make(acme, small)));
  const refused = await acme.post(path, small);
  expect(await refused.json()).toMatchObject({ status: 422, code: "limit_exceeded" });
  expect(await list(acme)).toHaveLength(100);

  // There is room for four large ones beside the others, and not for a fifth.
  const large = { ...seed, required_phrases: Array(12).fill("x".repeat(4_900)) };
  const put = (at: number) => acme.send("PUT", `${path}/${rules[at]?.id}`, large);
  for (const at of [0, 1, 2]) {
    expect((await put(at)).status()).toBe(200);
  }
  const racing = await Promise.all([3, 4, 5, 6].map(put));
  expect(racing.map((answer) => answer.status()).sort()).toEqual([200, 422, 422, 422]);
  const result = await preview(acme, { text: tcpa });
  expect(result.rules).toHaveLength(100);
});

test("another company's rules are not there", async ({ acme, accounts }) => {
  const { id } = await make(acme);
  const other = await buyer(accounts, "Beta Solar");
  expect(await list(other)).toEqual([]);
  for (const method of ["GET", "PUT", "DELETE"]) {
    const body = method === "PUT" ? { ...seed, rule_name: "Mine now" } : undefined;
    const foreign = await other.send(method, `${path}/${id}`, body);
    const none = await acme.send(method, `${path}/${hex(12)}`, body);
    expect(foreign.status()).toBe(404);
    expect(await foreign.text()).toBe(await none.text());
  }
  expect((await preview(other, { text: tcpa })).status).toBe("not_checked");
  expect(await list(acme)).toMatchObject([{ id, rule_name: seed.rule_name, version: 1 }]);
});

test("a rule is tried on pasted words and shows what it found where", async ({ acme }) => {
  const rule = {
    rule_name: "Draft",
    required_phrases: ["acme insurance", ["ATDS", "AUTODIALER"], "prerecorded calls"],
    forbidden_phrases: ["our partners"],
    mode: "reject",
  };
  const text =
    "  Agree 😀: Acme\u00a0 Insurance may call by auto\u00addialer and “our  Partners” too.  ";
  const result = await preview(acme, { rule, text });
  expect(result).toMatchObject({
    score: 67,
    level: "non_compliant",
    status: "reject",
    matched: ["acme insurance", "AUTODIALER"],
    missing: ["prerecorded calls"],
    forbidden_found: ["our partners"],
    reasons: [],
    notice: expect.stringContaining("not legal advice"),
    consents: [{ id: "text", given: true, text: text.trim() }],
  });
  const [{ required, forbidden, ...checked } = { required: [], forbidden: [] }] = result.rules;
  expect(checked).toEqual({ rule_name: "Draft", mode: "reject", states: [], status: "reject" });
  const where = (phrases: Phrase[]) =>
    phrases.map(({ phrase, found, places }) => [
      phrase,
      found,
      ...places.map((place) => shownAt(result, place)),
    ]);
  expect(where(required)).toEqual([
    ["acme insurance", "acme insurance", "Acme\u00a0 Insurance"],
    ["ATDS | AUTODIALER", "AUTODIALER", "auto\u00addialer"],
    ["prerecorded calls", null],
  ]);
  expect(where(forbidden)).toEqual([["our partners", "our partners", "our  Partners"]]);
  expect(await list(acme)).toEqual([]);
});

test("a rule of some states is tried for a consumer of any", async ({ acme }) => {
  const rule = { ...seed, required_phrases: ["recorded message"], mode: "reject", states: ["FL"] };
  const tried = async (states: string[]) => await preview(acme, { rule, text: tcpa, states });
  expect(await tried(["FL"])).toMatchObject({ status: "reject", score: 0, reasons: [] });
  expect(await tried(["TX"])).toMatchObject({ status: "not_checked", score: null });
  expect(await tried([])).toMatchObject({ status: "warn", reasons: ["state_unknown"] });
});

test("a trial has words of a length that a page can show", async ({ acme }) => {
  const cases: [object, number, string][] = [
    [{ text: " \n" }, 422, "empty_text"],
    [{ text: "x".repeat(4_901) }, 422, "limit_exceeded"],
    [{}, 422, "nothing_to_check"],
    [{ text: tcpa, claim_id: 353 }, 422, "nothing_to_check"],
    [{ claim_id: 353, states: ["FL"] }, 422, "states_known"],
    [{ claim_id: 353 }, 404, "not_found"],
    [{ claim_id: 0 }, 400, "invalid_json"],
    [{ text: tcpa, states: ["XX"] }, 400, "invalid_json"],
    [{ text: tcpa, states: Array(100).fill("FL") }, 422, "limit_exceeded"],
  ];
  for (const [change, status, code] of cases) {
    const answer = await acme.post(`${path}/preview`, { rule: seed, ...change });
    expect(await answer.json(), JSON.stringify(change)).toMatchObject({ status, code });
  }
});

test("a rule is tried on a certificate that the company was given, and that is seen in its chain", async ({
  acme,
  accounts,
  request,
  database,
}) => {
  const { owner, property, origin } = await publisher(accounts);
  const page = new Page(request, { company: owner.me.company.id, property, origin });
  const unticked = { id: "sms", type: "main-explicit", value: "false", text: "Acme Insurance SMS" };
  const shown = { id: "tcpa", type: "main-implied", value: "visible", text: tcpa };
  const certificate = await page.certificate({ consents: [unticked, shown] });
  const share = (target: Person) =>
    expectJson<{ claim_token: string }>(
      owner.post(`/certificate-sharing/certificates/${certificate}/share`, {
        target_company_id: target.me.company.id,
      }),
      200,
    );
  const { claim_token } = await share(acme);
  const claimed = await expectJson<{ claim_id: number }>(
    acme.post(`/certificate-sharing/certificates/claim/${claim_token}`),
    200,
  );
  const accesses = () =>
    database.rows(
      `SELECT e.actor FROM custody_events e JOIN certificates c USING (certificate)
        WHERE c.company_id = ? AND e.type = 'accessed_evidence'`,
      owner.me.company.id,
    );
  expect(accesses()).toEqual([]);
  const { country, region } = database.row(
    "SELECT r.country, r.region FROM records r JOIN certificates c USING (certificate) WHERE c.company_id = ?",
    owner.me.company.id,
  );

  const rule = {
    rule_name: "Draft",
    required_phrases: ["acme insurance", "at no cost"],
    mode: "reject",
  };
  const asked = { rule, claim_id: claimed.claim_id };
  const result = await preview(acme, asked);
  expect(result).toMatchObject({
    score: 50,
    status: "reject",
    matched: ["acme insurance"],
    missing: ["at no cost"],
    states: country === "US" ? [region] : [],
    consents: [
      { id: "sms", given: false, text: unticked.text },
      { id: "tcpa", given: true, text: tcpa },
    ],
  });
  const [place] = result.rules[0]?.required[0]?.places ?? [];
  expect(place?.record).toBe(1);
  expect(place && shownAt(result, place)).toBe("Acme Insurance");
  expect(accesses()).toEqual([{ actor: acme.me.company.id }]);

  // Nobody else tries anything on it: not its publisher, not a stranger, not a key without read.
  const stranger = await buyer(accounts, "Beta Solar");
  for (const other of [owner, stranger]) {
    const answer = await other.post(`${path}/preview`, asked);
    expect(await answer.json()).toMatchObject({ status: 404, code: "not_found" });
  }
  const key = accounts.machine(await accounts.key(acme, "rules"));
  const refused = await key.post(`${path}/preview`, asked);
  expect(await refused.json()).toMatchObject({ status: 403, code: "scope_required" });
  expect(accesses()).toHaveLength(1);
  const both = accounts.machine(await accounts.key(acme, "rules", "read"));
  expect((await both.post(`${path}/preview`, asked)).status()).toBe(200);
  expect(accesses()).toHaveLength(2);

  // Everybody who looks at the certificate reads its chain, so one company does not fill it.
  const subject = sha256(`trial\n${acme.me.company.id} ${certificate}`);
  expect(database.run("UPDATE attempts SET count = 60 WHERE subject = ?", subject)).toBe(1);
  const often = await acme.post(`${path}/preview`, asked);
  expect(await often.json()).toMatchObject({ status: 429, code: "too_many_attempts" });
  expect(accesses()).toHaveLength(2);
});

test("a change of a rule alters no result before it", async ({ acme, accounts, request }) => {
  const rule = await make(acme, { ...seed, required_phrases: ["Acme Insurance", "no such words"] });
  const { owner, property, origin } = await publisher(accounts);
  const page = new Page(request, { company: owner.me.company.id, property, origin });
  const certificate = await page.certificate({});
  const { claim_token } = await expectJson<{ claim_token: string }>(
    owner.post(`/certificate-sharing/certificates/${certificate}/share`, {}),
    200,
  );
  const claim = `/certificate-sharing/certificates/claim/${claim_token}`;
  const claimed = await expectJson<{ claim_id: number; compliance: object }>(acme.post(claim), 200);
  expect(claimed.compliance).toMatchObject({ score: 50, missing: ["no such words"] });
  await expectJson(acme.send("PUT", `${path}/${rule.id}`, { ...seed, mode: "reject" }), 200);
  await acme.send("DELETE", `${path}/${rule.id}`);

  expect(await expectJson(acme.post(claim), 200)).toEqual(claimed);
  const evidence = `/certificate-sharing/partner-certificates/${claimed.claim_id}/evidence`;
  const { compliance } = await expectJson<{
    compliance: { history: { result: object; rules: object[] }[] };
  }>(acme.get(evidence), 200);
  expect(compliance.history).toMatchObject([
    { result: { score: 50 }, rules: [{ id: rule.id, version: 1, rule: { mode: "warn" } }] },
  ]);
});

test("starter packs carry the buyer's name, their date and their sources, and can be posted", async ({
  acme,
}) => {
  interface Pack {
    pack: string;
    as_of: string;
    sources: { citation: string; url: string }[];
    rules: object[];
    notice: string;
  }
  const packs = await expectJson<Pack[]>(acme.get(`${path}/packs`), 200);
  expect(packs.map(({ pack }) => pack)).toEqual([
    "tcpa-prior-express-written-consent",
    "florida-telephone-solicitation",
    "oklahoma-telephone-solicitation",
    "tcpa-espanol",
  ]);
  for (const { as_of, sources, rules, notice } of packs) {
    expect(as_of).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(sources.length).toBeGreaterThan(0);
    expect(notice).toContain("not legal advice");
    expect(JSON.stringify(rules)).toContain("Acme Insurance");
    expect(JSON.stringify(rules)).not.toContain("{seller}");
    for (const rule of rules) {
      await make(acme, rule);
    }
  }
  const called = await acme.get(`${path}/packs?seller=${encodeURIComponent("Seguros Acme & Cía")}`);
  expect(await called.text()).toContain("Seguros Acme & Cía");
  const empty = await acme.get(`${path}/packs?seller=%E2%80%8B`);
  expect(await empty.json()).toMatchObject({ status: 422, code: "empty_phrase" });
});
