// Sharing and claiming, written from the contract: the examples of the documentation with real ids,
// and the table of claims cell by cell.

import { checkedChain } from "../support/custody.ts";
import { tcpa } from "../support/evidence.ts";
import { unpackValues } from "../support/packed.ts";
import {
  type Claimed,
  type Company,
  expect,
  type Market,
  ok,
  type Publisher,
  type Shared,
  test,
} from "../support/sharing.ts";

const tcpaRule = {
  rule_name: "TCPA Express Consent",
  required_phrases: [
    "Acme Insurance",
    "autodialer",
    "Consent is not required as a condition of purchase",
  ],
  mode: "warn",
} as const;

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const token = /^clm_[0-9a-f]{48}$/;

test.describe("the examples of the documentation", () => {
  test("a share for one company", async ({ market, accounts }) => {
    const [publisher, buyer] = [market.publisher(), market.buyer()];
    const certificate = await market.certificate(publisher);
    const shared = await market.share(publisher, certificate, buyer);
    expect(shared).toEqual({
      claim_token: expect.stringMatching(token),
      claim_url: `${accounts.origin}/certificate-sharing/certificates/claim/${shared.claim_token}`,
      expires_at: expect.stringMatching(timestamp),
    });
    const days = (Date.parse(shared.expires_at) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);
  });

  test("shares of a list, in its order, in either base64 alphabet", async ({ market }) => {
    const [publisher, buyer] = [market.publisher(), market.buyer()];
    const ids = [await market.certificate(publisher), await market.certificate(publisher)];
    const asked = [ids[1], `${ids[0]?.replaceAll("_", "/")}=`, ids[1]];
    const answer = await publisher.api.post("/certificate-sharing/certificates/batch-share", {
      certificate_ids: asked,
      target_company_id: buyer.id,
    });
    const shares = await ok<Shared[]>(answer);
    const share = { claim_token: expect.stringMatching(token), claim_url: expect.any(String) };
    expect(shares).toEqual(
      [ids[1], ids[0], ids[1]].map((id) => ({ certificate_id: id, ...share })),
    );
    expect(shares[0]?.claim_token).toBe(shares[2]?.claim_token);
  });

  test("a preview without anything of the consumer's", async ({ market, accounts }) => {
    const publisher = market.publisher();
    const certificate = await market.certificate(publisher, { phone: "+13055550123" });
    const shared = await market.share(publisher, certificate);
    const answer = await accounts.anybody.get(new URL(shared.claim_url).pathname);
    expect(await ok(answer)).toEqual({
      certificate_id: certificate,
      publisher_name: "LeadGen Co",
      property_domain: "forms.leadgen.com",
      consent_captured_at: expect.stringMatching(timestamp),
      has_recording: false,
      status: "pending",
      expires_at: shared.expires_at,
    });
    expect(await answer.text()).not.toMatch(/3055550123|zip=33101|127\.0\.0\.1/);
  });

  test("a claim with what the buyer's rules say of it", async ({ market, worker, database }) => {
    const [publisher, buyer] = [market.publisher(), market.buyer()];
    market.rule(buyer, { ...tcpaRule, required_phrases: ["Acme Insurance", "autodialer", "fax"] });
    const certificate = await market.certificate(publisher);
    const shared = await market.share(publisher, certificate, buyer);
    const claimed = await ok<Claimed>(await market.claim(buyer, shared.claim_token));
    expect(claimed).toEqual({
      claim_id: expect.any(Number),
      certificate_id: certificate,
      status: "claimed",
      claimed_at: expect.stringMatching(timestamp),
      compliance: {
        score: 67,
        matched: ["Acme Insurance", "autodialer"],
        missing: ["fax"],
        status: "warn",
        level: "non_compliant",
        forbidden_found: [],
        reasons: [],
        notice: "Automated text matching. It is not legal advice.",
      },
    });
    expect(checkedChain(database, worker, certificate).map(({ type }) => type)).toEqual([
      "created",
      "signed",
      "shared",
      "compliance_checked",
      "claimed",
    ]);
    const flagged = await market.holdings(buyer, (page) => page.items[0]?.status === "flagged");
    expect(flagged).toMatchObject({ page: 1, limit: 25, total: 1 });
    expect(flagged.items[0]).toMatchObject({
      claim_id: claimed.claim_id,
      certificate_id: certificate,
      publisher_name: "LeadGen Co",
      property_domain: "forms.leadgen.com",
      score: 67,
      level: "non_compliant",
      claim_url: null,
    });
  });
});

/** A share in some state, and what a claim of it by the caller has to come to. */
interface Cell {
  title: string;
  make: (deal: Deal) => Promise<string>;
  status: number;
  code?: string;
}

interface Deal {
  market: Market;
  publisher: Publisher;
  caller: Company;
  other: Company;
  certificate: string;
  later: (token: string) => void;
}

const cells: Cell[] = [
  {
    title: "open",
    make: async ({ market, publisher, certificate }) =>
      (await market.share(publisher, certificate)).claim_token,
    status: 200,
  },
  {
    title: "targeted at the caller to be claimed",
    make: async ({ market, publisher, certificate, caller }) => {
      market.partner(publisher, caller, "claim");
      return (await market.share(publisher, certificate, caller)).claim_token;
    },
    status: 200,
  },
  {
    title: "targeted at a caller without a partnership",
    make: async ({ market, publisher, certificate, caller }) =>
      (await market.share(publisher, certificate, caller)).claim_token,
    status: 200,
  },
  {
    title: "targeted at the caller to be read",
    make: async ({ market, publisher, certificate, caller }) => {
      market.partner(publisher, caller, "read");
      return (await market.share(publisher, certificate, caller)).claim_token;
    },
    status: 403,
    code: "read_only",
  },
  {
    title: "targeted at another",
    make: async ({ market, publisher, certificate, other }) =>
      (await market.share(publisher, certificate, other)).claim_token,
    status: 403,
    code: "not_for_you",
  },
  {
    title: "claimed by the caller",
    make: async ({ market, publisher, certificate, caller }) => {
      const { claim_token } = await market.share(publisher, certificate);
      await ok(await market.claim(caller, claim_token));
      return claim_token;
    },
    status: 200,
  },
  {
    title: "claimed by another",
    make: async ({ market, publisher, certificate, other }) => {
      const { claim_token } = await market.share(publisher, certificate);
      await ok(await market.claim(other, claim_token));
      return claim_token;
    },
    status: 409,
    code: "already_claimed",
  },
  {
    title: "revoked",
    make: async ({ market, publisher, certificate }) => {
      const { claim_token } = await market.share(publisher, certificate);
      await revoke(publisher, certificate);
      return claim_token;
    },
    status: 410,
    code: "share_revoked",
  },
  {
    title: "expired",
    make: async ({ market, publisher, certificate, later }) => {
      const { claim_token } = await market.share(publisher, certificate);
      later(claim_token);
      return claim_token;
    },
    status: 410,
    code: "share_expired",
  },
];

async function revoke(publisher: Publisher, certificate: string): Promise<void> {
  const path = `/certificate-sharing/shares?certificate_id=${certificate}`;
  const { items } = await ok<{ items: { id: string }[] }>(await publisher.api.get(path));
  for (const { id } of items) {
    const answer = await publisher.api.send("DELETE", `/certificate-sharing/shares/${id}`);
    expect(answer.status()).toBe(204);
  }
}

test.describe("a claim of a share that is", () => {
  for (const cell of cells) {
    test(`${cell.title}: ${cell.code ?? "the claim"}`, async ({ market, database, worker }) => {
      const [publisher, caller, other] = [
        market.publisher(),
        market.buyer(),
        market.buyer("Other"),
      ];
      const certificate = await market.certificate(publisher);
      const later = (token: string) => {
        const row = database.row("SELECT share_id FROM shares ORDER BY created_at DESC LIMIT 1");
        const early = "UPDATE shares SET expires_at = created_at WHERE share_id = ?";
        expect(token).toMatch(/^clm_/);
        database.tamper("shares", early, row.share_id ?? "");
      };
      const deal = { market, publisher, caller, other, certificate, later };
      const share = await cell.make(deal);
      const before = checkedChain(database, worker, certificate).length;
      const answer = await market.claim(caller, share);
      expect(answer.status(), await answer.text()).toBe(cell.status);
      if (cell.code === undefined) {
        const claimed = (await answer.json()) as Claimed;
        expect(claimed).toMatchObject({ status: "claimed", certificate_id: certificate });
        expect(await ok(await market.claim(caller, share))).toEqual(claimed);
        const events = checkedChain(database, worker, certificate);
        expect(events.filter(({ type }) => type === "claimed")).toHaveLength(1);
      } else {
        expect(await answer.json()).toMatchObject({ code: cell.code });
        expect(answer.headers()["content-type"]).toBe("application/problem+json");
        expect(checkedChain(database, worker, certificate)).toHaveLength(before);
      }
    });
  }

  test("the caller's own certificate: own_certificate", async ({ market }) => {
    const publisher = market.publisher();
    const { claim_token } = await market.share(publisher, await market.certificate(publisher));
    const answer = await market.claim(publisher, claim_token);
    expect(answer.status()).toBe(409);
    expect(await answer.json()).toMatchObject({ code: "own_certificate" });
  });
});

test("a second token gives the first claim back and is not spent", async ({ market }) => {
  const [publisher, buyer, other] = [market.publisher(), market.buyer(), market.buyer("Other")];
  const certificate = await market.certificate(publisher);
  const first = await market.share(publisher, certificate);
  const second = await market.share(publisher, certificate);
  expect(second.claim_token).not.toBe(first.claim_token);
  const claimed = await ok(await market.claim(buyer, first.claim_token));
  expect(await ok(await market.claim(buyer, second.claim_token))).toEqual(claimed);
  expect(await ok(await market.claim(other, second.claim_token))).toMatchObject({
    status: "claimed",
  });
});

test("what the buyer's rules reject is not claimed, and can be tried again", async ({
  market,
  database,
  worker,
}) => {
  const [publisher, buyer, other] = [market.publisher(), market.buyer(), market.buyer("Other")];
  market.rule(buyer, { rule_name: "Ours", required_phrases: ["Acme Bank"], mode: "reject" });
  const certificate = await market.certificate(publisher);
  const { claim_token } = await market.share(publisher, certificate);
  const rejected = await ok<Claimed>(await market.claim(buyer, claim_token));
  expect(rejected).toMatchObject({
    status: "rejected",
    claimed_at: null,
    compliance: { score: 0, missing: ["Acme Bank"], status: "reject", level: "non_compliant" },
  });
  const listed = await market.holdings(buyer, (page) => page.total === 1);
  expect(listed.items[0]).toMatchObject({ claim_id: rejected.claim_id, status: "rejected" });
  expect(listed.items[0]?.claim_url).toContain(claim_token);
  expect((await market.holdings(other)).total).toBe(0);
  for (let again = 0; again < 4; again++) {
    expect(await ok(await market.claim(buyer, claim_token))).toMatchObject({ status: "rejected" });
  }
  const enough = await market.claim(buyer, claim_token);
  expect([enough.status(), (await enough.json()) as object]).toMatchObject([
    409,
    { code: "rejected_too_often" },
  ]);
  const types = checkedChain(database, worker, certificate).map(({ type }) => type);
  expect(types.filter((type) => type === "rejected")).toHaveLength(5);
  expect(await ok(await market.claim(other, claim_token))).toMatchObject({ status: "claimed" });
});

test("the state that the phone gives is for those who have claimed", async ({ market }) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  market.rule(buyer, { rule_name: "Ours", required_phrases: ["Acme Bank"], mode: "reject" });
  const certificate = await market.certificate(publisher, { phone: "+13055550123" });
  const { claim_token } = await market.share(publisher, certificate, buyer);
  const { claim_id } = await ok<Claimed>(await market.claim(buyer, claim_token));
  const listed = await market.holdings(buyer, ({ items }) => items[0]?.status === "rejected");
  expect(listed.items[0]).toMatchObject({ claim_id, score: 0, state_by_phone: null });
  // It may look at what is shared with it, and finds the state nowhere there either.
  const path = `/certificate-sharing/partner-certificates/${claim_id}/evidence`;
  const shown = await ok<Looked>(await buyer.api.get(path));
  expect(shown.compliance.latest).toMatchObject({ state_by_phone: null, result: { score: 0 } });
  expect(shown.states.by_phone).toBeNull();
  expect(checkOf(shown)).toEqual({ type: "compliance_checked", details: null });
  expect(JSON.stringify(shown)).not.toContain('"FL"');

  const other = market.buyer("Acme Bank");
  market.rule(other, { rule_name: "Ours", required_phrases: ["Acme Insurance"], mode: "warn" });
  const theirs = await market.share(publisher, certificate, other);
  const claimed = await ok<Claimed>(await market.claim(other, theirs.claim_token));
  const held = await market.holdings(other, ({ items }) => items[0]?.status === "claimed");
  expect(held.items[0]).toMatchObject({ state_by_phone: "FL" });
  const own = `/certificate-sharing/partner-certificates/${claimed.claim_id}/evidence`;
  const whole = await ok<Looked>(await other.api.get(own));
  expect(whole.compliance.latest).toMatchObject({ state_by_phone: "FL" });
  expect(whole.custody.events.filter(({ type }) => type === "compliance_checked")).toMatchObject([
    { actor: buyer.id, details: null },
    { actor: other.id, details: { state_by_phone: "FL" } },
  ]);
});

interface Looked {
  states: { by_phone: object | null };
  compliance: { latest: object | null };
  custody: { events: { type: string; actor: string; details: object | null }[] };
}

function checkOf({ custody }: Looked) {
  const check = custody.events.find(({ type }) => type === "compliance_checked");
  return { type: check?.type, details: check?.details };
}

test("state rules look at the phone's area code, and at the address", async ({ market }) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  market.rule(buyer, {
    rule_name: "Florida",
    required_phrases: ["I consent under Fla. Stat. 501.059"],
    mode: "reject",
    states: ["FL"],
  });
  const claim = async (phone: string) => {
    const certificate = await market.certificate(publisher, { phone });
    const { claim_token } = await market.share(publisher, certificate);
    return await ok<Claimed>(await market.claim(buyer, claim_token));
  };
  expect(await claim("+13055550123")).toMatchObject({ status: "rejected" });
  expect(await claim("+12125550123")).toMatchObject({
    status: "claimed",
    compliance: { score: null, status: "not_checked" },
  });
});

test("the same certificate to the same company is the same share while it is pending", async ({
  market,
  database,
  worker,
}) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  const certificate = await market.certificate(publisher);
  const first = await market.share(publisher, certificate, buyer);
  expect(await market.share(publisher, certificate, buyer)).toEqual(first);
  await revoke(publisher, certificate);
  const second = await market.share(publisher, certificate, buyer);
  expect(second.claim_token).not.toBe(first.claim_token);
  await ok(await market.claim(buyer, second.claim_token));
  expect(await market.share(publisher, certificate, buyer)).toEqual(second);
  expect(checkedChain(database, worker, certificate).map(({ type }) => type)).toEqual([
    "created",
    "signed",
    "shared",
    "share_revoked",
    "shared",
    "claimed",
  ]);
});

test("an open share that is asked for by the same key is the same share", async ({ market }) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  const certificate = await market.certificate(publisher);
  const key = { "idempotency-key": "lead-4711" };
  const first = await market.share(publisher, certificate, undefined, key);
  expect(await market.share(publisher, certificate, undefined, key)).toEqual(first);
  await ok(await market.claim(buyer, first.claim_token));
  expect(await market.share(publisher, certificate, undefined, key)).toEqual(first);
  const other = publisher.api.with(key);
  const path = `/certificate-sharing/certificates/${certificate}/share`;
  const answer = await other.post(path, { target_company_id: buyer.id });
  expect(await answer.json()).toMatchObject({ status: 409, code: "idempotency_key_reused" });
});

test("a claim keeps the evidence, and the buyer's own copy of the personal values", async ({
  market,
  database,
}) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  const certificate = await market.certificate(publisher, { phone: "+13055550123" });
  const { claim_token } = await market.share(publisher, certificate);
  await ok(await market.claim(buyer, claim_token));
  const row = database.row(
    `SELECT c.expires_at, d.body FROM certificates c JOIN disclosures d USING (certificate)
      WHERE d.holder = ?`,
    buyer.id,
  );
  expect(row.expires_at).toBeNull();
  expect(unpackValues(row.body as Uint8Array)).toMatchObject({ phone: { value: "+13055550123" } });
  expect(await (await publisher.form.verify(certificate, tcpa)).json()).toMatchObject({
    valid: true,
  });
});
