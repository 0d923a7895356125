// Many at once, and round trips that fail: one winner, everything of an action or nothing of it, and
// the same answer when it is tried again.
import type { Answer } from "../support/accounts.ts";
import { checkedChain } from "../support/custody.ts";
import { hashOf } from "../support/evidence.ts";
import { type Claimed, expect, type Holding, ok, test } from "../support/sharing.ts";

test.describe.configure({ timeout: 900_000 });

// `cargo xtask soak` takes many more.
const roundsOf50 = Number(process.env.ECONSENT_ROUNDS ?? 5);
const faultRounds = Number(process.env.ECONSENT_FAULT_ROUNDS ?? 12);

test("50 companies claim one open token at once: one winner, 49 conflicts", async ({
  market,
  database,
  worker,
}) => {
  const publisher = market.publisher();
  const buyers = Array.from({ length: 50 }, (_, n) => market.buyer(`Buyer ${n}`));
  for (let round = 0; round < roundsOf50; round++) {
    const certificate = await market.certificate(publisher);
    const { claim_token } = await market.share(publisher, certificate);
    const answers = await Promise.all(buyers.map((buyer) => market.claim(buyer, claim_token)));
    const statuses = answers.map((answer) => answer.status());
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(49);
    const lost = answers.filter((answer) => answer.status() === 409);
    const codes = await Promise.all(lost.map(async (answer) => (await problem(answer)).code));
    expect(new Set(codes)).toEqual(new Set(["already_claimed"]));
    const events = checkedChain(database, worker, certificate);
    const winner = buyers[statuses.indexOf(200)];
    expect(events.filter(({ type }) => type === "claimed")).toMatchObject([{ actor: winner?.id }]);
  }
});

test("one company claims 50 times at once: one claim, 50 equal answers", async ({
  market,
  database,
  worker,
}) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  const certificate = await market.certificate(publisher);
  const { claim_token } = await market.share(publisher, certificate);
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => market.claim(buyer, claim_token)),
  );
  const bodies = await Promise.all(answers.map((answer) => ok<Claimed>(answer)));
  expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
  const events = checkedChain(database, worker, certificate);
  expect(events.filter(({ type }) => type === "claimed")).toHaveLength(1);
});

async function problem(answer: Answer): Promise<{ code: string }> {
  return (await answer.json()) as { code: string };
}

test("a batch of 1,000 while some are viewed and claimed is complete, in few round trips, none twice", async ({
  market,
  database,
  worker,
}) => {
  const [publisher, buyer, rival] = [market.publisher(), market.buyer(), market.buyer("Rival")];
  const ids: string[] = [];
  while (ids.length < 1_000) {
    const some = Array.from({ length: 10 }, () => market.certificate(publisher));
    ids.push(...(await Promise.all(some)));
  }
  // Some are shared already, and are claimed while the batch goes on.
  const early = ids.filter((_, n) => n % 50 === 0);
  const tokens = new Map<string, string>();
  for (const id of early) {
    tokens.set(id, (await market.share(publisher, id, buyer)).claim_token);
  }
  const body = { certificate_ids: ids, target_company_id: buyer.id };
  const path = "/certificate-sharing/certificates/batch-share";
  const opened = early.map((id) => market.share(publisher, id));
  const claims = [...tokens.values()].map((token) => market.claim(buyer, token));
  // Others are with a rival, who looks at them and claims every second one meanwhile: each of that
  // takes the chain's head from under the batch.
  const watched = ids.filter((_, n) => n % 20 === 7);
  const theirs = await ok<{ certificate_id: string; claim_token: string }[]>(
    await publisher.api.post(path, { certificate_ids: watched, target_company_id: rival.id }),
  );
  const held = await market.holdings(rival, ({ total }) => total === watched.length, "?limit=100");
  const batch = publisher.api.post(path, body);
  let running = true;
  const ended = batch.finally(() => {
    running = false;
  });
  const views: number[] = [];
  const look = async () => {
    for (let round = 0; round < 4 && running; round++) {
      for (const { claim_id } of held.items) {
        const at = `/certificate-sharing/partner-certificates/${claim_id}/evidence`;
        views.push((await rival.api.get(at)).status());
      }
    }
  };
  const claimed = theirs.filter((_, n) => n % 2 === 0);
  const take = async () => {
    for (const { claim_token } of claimed) {
      await ok(await market.claim(rival, claim_token));
    }
  };
  const [first] = await Promise.all([batch, ended, look(), take(), ...claims, ...opened]);
  expect(new Set(views)).toEqual(new Set([200]));
  const again = first.status() === 200 ? first : await publisher.api.post(path, body);
  const shares = await ok<{ certificate_id: string; claim_token: string }[]>(again);
  expect(shares.map(({ certificate_id }) => certificate_id)).toEqual(ids);
  expect(new Set(shares.map(({ claim_token }) => claim_token)).size).toBe(1_000);
  for (const [id, token] of tokens) {
    expect(shares.find(({ certificate_id }) => certificate_id === id)?.claim_token).toBe(token);
  }
  for (const { certificate_id } of theirs) {
    const events = checkedChain(database, worker, certificate_id);
    const shared = events.filter(({ type }) => type === "shared");
    expect(shared.map(({ details }) => details.target_company_id).sort()).toEqual(
      [buyer.id, rival.id].sort(),
    );
    const isClaimed = claimed.some((share) => share.certificate_id === certificate_id);
    expect(events.some(({ type }) => type === "claimed")).toBe(isClaimed);
  }
  const looks = "SELECT count(*) AS n FROM custody_events WHERE type = ? AND actor = ?";
  expect(database.row(looks, "accessed_evidence", rival.id).n).toBe(views.length);
  const repeated = await publisher.api.post(path, body);
  expect(await ok(repeated)).toEqual(shares);
  const { n } = database.row(
    "SELECT count(*) AS n FROM shares WHERE target_company_id = ?",
    buyer.id,
  );
  expect(n).toBe(1_000);
  // Who calls, and one read.
  expect(trips(repeated)).toBe(2);
  // When nobody races: who calls, one read, and ten writes of a hundred certificates each.
  const other = market.buyer("Other");
  const undisturbed = await publisher.api.post(path, { ...body, target_company_id: other.id });
  expect(await ok(undisturbed)).toHaveLength(1_000);
  expect(trips(undisturbed)).toBe(12);
  // Whole or not at all: with one id of another publisher nothing is shared.
  const stranger = market.buyer("Stranger");
  const refused = await publisher.api.post(path, {
    certificate_ids: [...ids.slice(1), await market.certificate(market.publisher())],
    target_company_id: stranger.id,
  });
  expect(refused.status()).toBe(404);
  const shared = "SELECT count(*) AS n FROM shares WHERE target_company_id = ?";
  expect(database.row(shared, stranger.id).n).toBe(0);
});

function trips(answer: Answer): number {
  return Number(answer.headers()["econsent-round-trips"]);
}

test("a claim with 20 rules of 50 phrases takes three round trips", async ({ market }) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  for (let rule = 0; rule < 20; rule++) {
    market.rule(buyer, {
      rule_name: `Rule ${rule}`,
      required_phrases: Array.from({ length: 50 }, (_, n) => `Acme Insurance phrase ${rule} ${n}`),
      mode: "warn",
    });
  }
  const certificate = await market.certificate(publisher, { phone: "+13055550123" });
  const { claim_token } = await market.share(publisher, certificate);
  const answer = await market.claim(buyer, claim_token);
  expect((await ok<Claimed>(answer)).compliance.missing).toHaveLength(1_000);
  expect(trips(answer)).toBe(3);
});

/** What there is of a certificate's sharing, all of it. */
const everything = `SELECT c.head_seq,
  (SELECT count(*) FROM custody_events e WHERE e.certificate = c.certificate) AS events,
  (SELECT count(*) FROM custody_details d WHERE d.certificate = c.certificate) AS details,
  (SELECT count(*) FROM shares s WHERE s.certificate = c.certificate) AS shares,
  (SELECT count(*) FROM shares s WHERE s.certificate = c.certificate AND s.status = 'claimed') AS spent,
  (SELECT count(*) FROM claims k WHERE k.certificate = c.certificate) AS claims,
  (SELECT count(*) FROM holders h WHERE h.certificate = c.certificate) AS holders,
  (SELECT count(*) FROM disclosures d WHERE d.certificate = c.certificate) AS copies,
  (SELECT count(*) FROM contact_lookups l WHERE l.certificate = c.certificate) AS lookups,
  (SELECT count(*) FROM compliance_results r WHERE r.certificate = c.certificate) AS results,
  (SELECT count(*) FROM deliveries d WHERE d.about = ? AND d.event <> 'session.certificate.created')
    AS deliveries
  FROM certificates c WHERE c.hash = ?`;

test("a share or claim whose round trips fail is whole or nothing, and can be tried again", async ({
  market,
  database,
  worker,
}) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  market.rule(buyer, { rule_name: "Ours", required_phrases: ["Acme Insurance"], mode: "warn" });
  for (const company of [publisher.id, buyer.id]) {
    database.run(
      `INSERT INTO webhooks (webhook_id, company_id, url, events, kid, created_at)
        SELECT lower(hex(randomblob(12))), ?, 'http://127.0.0.1:9/', ?, 'webhook-1', 0`,
      company,
      JSON.stringify(["certificate.shared", "certificate.claimed"]),
    );
  }
  const faults = [1, 2, 3].flatMap((trip) => [`before ${trip}`, `after ${trip}`]);
  let rounds = 0;
  for (let round = 0; round < faultRounds; round++) {
    for (const fault of faults) {
      rounds++;
      const certificate = await market.certificate(publisher, { phone: "+13055550123" });
      const state = () => database.row(everything, certificate, hashOf(certificate));
      const before = state();
      const path = `/certificate-sharing/certificates/${certificate}/share`;
      const body = { target_company_id: buyer.id };
      const key = { "idempotency-key": `round-${round}-${fault.replace(" ", "-")}` };
      const wrong = publisher.api.with({ "econsent-fault": fault, ...key });
      expect((await wrong.post(path, body)).status()).toBe(503);
      const shared = { events: 1, details: 1, head_seq: 3, shares: 1, holders: 1, deliveries: 2 };
      const whole = { ...before, ...shared };
      expect(state()).toEqual(fault === "after 3" ? whole : before);
      const share = await ok<{ claim_token: string }>(
        await publisher.api.with(key).post(path, body),
      );
      expect(state()).toEqual(whole);
      expect(await ok(await publisher.api.with(key).post(path, body))).toEqual(share);

      const claim = `/certificate-sharing/certificates/claim/${share.claim_token}`;
      const lost = buyer.api.with({ "econsent-fault": fault });
      expect((await lost.post(claim)).status()).toBe(503);
      const claimed = {
        ...whole,
        ...{ events: 3, details: 3, head_seq: 5, spent: 1, claims: 1, results: 1, copies: 2 },
        lookups: 2,
        deliveries: 4,
      };
      expect(state()).toEqual(fault === "after 3" ? claimed : whole);
      const answer = await ok(await market.claim(buyer, share.claim_token));
      expect(state()).toEqual(claimed);
      expect(await ok(await market.claim(buyer, share.claim_token))).toEqual(answer);
      checkedChain(database, worker, certificate);
    }
  }
  expect(rounds).toBe(faultRounds * 6);
});

test("faults are for development: a header without the setting does nothing", async ({
  market,
}) => {
  const publisher = market.publisher();
  const answer = await publisher.api
    .with({ "econsent-fault": "sometimes" })
    .get("/certificate-sharing/shares");
  expect(await answer.json()).toMatchObject({ status: 400, code: "invalid_fault" });
});

test("new certificates are shared by themselves once they settled, the last of a chain only", async ({
  market,
  database,
  worker,
  runCron,
}) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  const old = await market.certificate(publisher);
  market.partner(publisher, buyer, "read", true);
  const session = await publisher.form.startSession();
  const first = publisher.form.commit({ session });
  await publisher.form.send(first);
  const last = publisher.form.commit({ session, timestamp: new Date().toISOString() });
  await publisher.form.send({ ...last, supersedes: first.certificate_id });
  await runCron();
  expect((await market.holdings(buyer)).total).toBe(0);
  database.run("UPDATE auto_shares SET due_at = 1");
  await Promise.all([runCron(), runCron()]);
  const { items } = await market.holdings(buyer, ({ total }) => total > 0);
  expect(items.map((item: Holding) => item.certificate_id)).toEqual([last.certificate_id]);
  expect(items[0]).toMatchObject({ access_level: "read", status: "pending" });
  const events = checkedChain(database, worker, last.certificate_id);
  expect(events.filter(({ type }) => type === "shared")).toMatchObject([{ actor: "system" }]);
  expect(checkedChain(database, worker, old).map(({ type }) => type)).not.toContain("shared");
  expect(database.row("SELECT count(*) AS n FROM auto_shares").n).toBe(0);
});

test("pending shares end with their partnership, claims stay", async ({
  market,
  database,
  worker,
  runCron,
}) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  market.partner(publisher, buyer, "claim");
  const ids = [await market.certificate(publisher), await market.certificate(publisher)];
  const shares = [];
  for (const id of ids) {
    shares.push(await market.share(publisher, id, buyer));
  }
  const kept = await ok(await market.claim(buyer, shares[0]?.claim_token ?? ""));
  const { partner_id } = database.row(
    "SELECT partner_id FROM partners WHERE company_id = ?",
    publisher.id,
  );
  const path = `/certificate-sharing/partners/${partner_id}`;
  expect((await publisher.api.send("DELETE", path)).status()).toBeLessThan(300);
  const refused = await market.claim(buyer, shares[1]?.claim_token ?? "");
  expect(await refused.json()).toMatchObject({ status: 410, code: "share_revoked" });
  await runCron();
  const events = checkedChain(database, worker, ids[1] ?? "").map(({ type }) => type);
  expect(events).toEqual(["created", "signed", "shared", "share_revoked"]);
  expect(await ok(await market.claim(buyer, shares[0]?.claim_token ?? ""))).toEqual(kept);
  const one = ({ total }: { total: number }) => total === 1;
  expect((await market.holdings(buyer, one)).items[0]).toMatchObject({ status: "claimed" });
});

test("nothing is shared by itself with a partner that was revoked meanwhile", async ({
  market,
  database,
  runCron,
}) => {
  const publisher = market.publisher();
  const buyers = Array.from({ length: 60 }, (_, n) => market.buyer(`Buyer ${n}`));
  for (const buyer of buyers) {
    market.partner(publisher, buyer, "read", true);
  }
  const certificate = await market.certificate(publisher);
  database.run("UPDATE auto_shares SET due_at = 1");
  // The service knows what is due, and shares with one after the other; after the first one, all
  // of the partnerships end.
  const first = "SELECT count(*) AS n FROM shares WHERE company_id = ?";
  const revoke = async () => {
    while (database.row(first, publisher.id).n === 0) {
      await new Promise((wake) => setTimeout(wake, 1));
    }
    // By the clock once the database lets it write: what was shared before is older.
    database.run(
      `UPDATE partners SET status = 'revoked',
        ended_at = CAST(round(unixepoch('subsec') * 1000) AS INTEGER) WHERE company_id = ?`,
      publisher.id,
    );
  };
  await Promise.all([runCron(), revoke()]);
  await runCron();
  const shared = database.rows(
    `SELECT s.target_company_id, s.access_level, s.created_at, p.ended_at
      FROM shares s JOIN certificates c ON c.certificate = s.certificate
      JOIN partners p ON p.partner_company_id = s.target_company_id WHERE c.hash = ?`,
    hashOf(certificate),
  );
  for (const { access_level, created_at, ended_at } of shared) {
    expect(access_level).toBe("read");
    expect(Number(created_at)).toBeLessThanOrEqual(Number(ended_at));
  }
  // What was shared in time ended with its partnership.
  const { items } = await ok<{ items: { status: string }[] }>(
    await publisher.api.get(`/certificate-sharing/shares?certificate_id=${certificate}&limit=100`),
  );
  expect(items.map(({ status }) => status)).toEqual(shared.map(() => "revoked"));
  expect(database.row("SELECT count(*) AS n FROM auto_shares").n).toBe(0);
});

test("shares whose chain was changed keep no other from ending with its partnership", async ({
  market,
  database,
  worker,
  runCron,
}) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  market.partner(publisher, buyer, "claim");
  const ids: string[] = [];
  while (ids.length < 210) {
    const some = Array.from({ length: 10 }, () => market.certificate(publisher));
    ids.push(...(await Promise.all(some)));
  }
  const path = "/certificate-sharing/certificates/batch-share";
  const body = { certificate_ids: ids, target_company_id: buyer.id };
  expect(await ok(await publisher.api.post(path, body))).toHaveLength(ids.length);
  const last = await market.certificate(publisher);
  await market.share(publisher, last, buyer);
  const [first = ""] = ids;
  const { head_hmac = null } = database.row(
    "SELECT head_hmac FROM certificates WHERE hash = ?",
    hashOf(first),
  );
  // More of them than one step of the sweep looks at.
  database.tamperMany(
    ids.length,
    "certificates",
    "UPDATE certificate_rows SET head_hmac = zeroblob(32) WHERE company_id = ? AND hash <> ?",
    publisher.id,
    hashOf(last),
  );
  const { partner_id } = database.row(
    "SELECT partner_id FROM partners WHERE company_id = ?",
    publisher.id,
  );
  await publisher.api.send("DELETE", `/certificate-sharing/partners/${partner_id}`);
  await runCron();
  await runCron();
  const types = (id: string) => checkedChain(database, worker, id).map(({ type }) => type);
  const ended = ["created", "signed", "shared", "share_revoked"];
  expect(types(last)).toEqual(ended);
  // It goes around: one that was mended is met again.
  const mend = "UPDATE certificate_rows SET head_hmac = ? WHERE hash = ?";
  database.tamper("certificate_rows", mend, head_hmac, hashOf(first));
  await runCron();
  await runCron();
  expect(types(first)).toEqual(ended);
});
