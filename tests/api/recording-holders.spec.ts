// Whose a recording is: the publisher's, theirs whom the certificate was shared with or who claimed
// it, and nobody's once it was erased (contract §5, §6).
import { checkedChain } from "../support/custody.ts";
import { type Session, tcpa } from "../support/evidence.ts";
import { Bucket, manifestOf, RecordingPage, visit } from "../support/recording.ts";
import {
  type Company,
  expect,
  type Market,
  ok,
  type Publisher,
  test as sharing,
} from "../support/sharing.ts";

interface Recorded {
  publisher: Publisher;
  id: string;
  session: Session;
  recorder: RecordingPage;
  /** Where its chunks lie. */
  path: string;
}

interface Sealed {
  state: string | null;
  manifest: string | null;
}

const test = sharing.extend<{ bucket: Bucket; recorded: Recorded }>({
  bucket: async ({ worker }, use) => await use(new Bucket(worker.state)),
  recorded: async ({ market, worker }, use) => {
    const publisher = market.publisher();
    const { form, property } = publisher;
    const recorder = new RecordingPage(`http://127.0.0.1:${worker.port}`, property.origin);
    const session = await form.startSession();
    const chunks = visit();
    const recording = manifestOf([{ stream: session.stream, chunks }]);
    const commit = { ...form.commit({ session }), recording };
    expect((await form.send(commit)).status()).toBe(201);
    for (const [number, chunk] of chunks.entries()) {
      expect((await recorder.send(session, number, chunk)).status).toBe(201);
    }
    const path = `recordings/${publisher.id}/${property.property}/${session.session_id}/`;
    await use({ publisher, id: commit.certificate_id, session, recorder, path });
  },
});

const manifestPath = (id: string) => `/certificate/${id}/replay/manifest`;
const watched = async ({ api }: Company, id: string) => ok<Sealed>(await api.get(manifestPath(id)));
const erase = async ({ api }: Company, id: string) =>
  ok<{ changed: boolean }>(await api.post(`/api/certificates/${id}/erase`, {}));

async function linkTo({ publisher, id }: Recorded): Promise<string> {
  const answer = await publisher.api.post(`/api/certificates/${id}/replay-link`, { hours: 1 });
  const { url } = (await answer.json()) as { url: string };
  return new URL(url).search;
}

/** What the buyer has claimed, as its evidence says. */
async function evidenceOf(buyer: Company, claim: number) {
  return await ok<{
    verdict: string;
    checks: { check: string; outcome: string }[];
    recording: { state: string; recording_path: string; recording_hash: string };
  }>(await buyer.api.get(`/certificate-sharing/partner-certificates/${claim}/evidence`));
}

async function claimed({ publisher, id }: Recorded, market: Market, buyer: Company) {
  const { claim_token } = await market.share(publisher, id);
  return (await ok<{ claim_id: number }>(await market.claim(buyer, claim_token))).claim_id;
}

test("whom a certificate is shared with may watch until the share ends, and the chain says so", async ({
  market,
  recorded,
  database,
  worker,
}) => {
  const { publisher, id, session } = recorded;
  const [buyer, stranger] = [market.buyer(), market.buyer("Other")];
  const chunk = `/certificate/${id}/replay/${session.stream}.0`;
  const paths = [`/certificate/${id}/replay`, manifestPath(id), chunk];
  for (const path of paths) {
    expect((await buyer.api.get(path)).status(), path).toBe(404);
  }
  await market.share(publisher, id, buyer);
  expect((await watched(buyer, id)).state).toBe("complete");
  for (const path of paths) {
    expect((await buyer.api.get(path)).status(), path).toBe(200);
    expect((await stranger.api.get(path)).status(), path).toBe(404);
    const keyed = await market.key(buyer.id, "verify,share,claim").get(path);
    expect(keyed.status(), path).toBe(403);
  }
  // To watch is the holder's right; to let others watch is the publisher's.
  const link = await buyer.api.post(`/api/certificates/${id}/replay-link`, {});
  expect(link.status()).toBe(404);
  const looks = checkedChain(database, worker, id).filter(
    ({ type }) => type === "accessed_evidence",
  );
  expect(looks.map(({ actor }) => actor)).toEqual([buyer.id, buyer.id]);
  // The publisher's own looks are no news.
  await watched(publisher, id);
  expect(checkedChain(database, worker, id)).toHaveLength(3 + looks.length);

  const shares = `/certificate-sharing/shares?certificate_id=${id}`;
  const { items } = await ok<{ items: { id: string }[] }>(await publisher.api.get(shares));
  for (const share of items) {
    await publisher.api.send("DELETE", `/certificate-sharing/shares/${share.id}`);
  }
  for (const path of paths) {
    expect((await buyer.api.get(path)).status(), path).toBe(404);
  }
});

test("lists and previews say that there is a recording as long as there is one for the reader", async ({
  market,
  recorded,
}) => {
  const { publisher, id } = recorded;
  const [holder, shown] = [market.buyer(), market.buyer("Brightfield Solar")];
  await claimed(recorded, market, holder);
  await market.share(publisher, id, shown);
  const { claim_token } = await market.share(publisher, id);
  const path = `/certificate-sharing/certificates/claim/${claim_token}`;
  const previewed = async () =>
    (await ok<{ has_recording: boolean }>(await holder.api.get(path))).has_recording;
  const listed = async (company: Company) =>
    (await market.holdings(company, ({ items }) => items.length > 0)).items[0]?.has_recording;
  expect([await listed(holder), await listed(shown), await previewed()]).toEqual([
    true,
    true,
    true,
  ]);

  expect((await erase(publisher, id)).changed).toBe(true);
  await expect.poll(() => listed(shown)).toBe(false);
  expect([await listed(holder), await previewed()]).toEqual([true, false]);
  // Who claims now finds none to keep.
  const late = market.buyer("Late Lending");
  await ok(await market.claim(late, claim_token));
  await expect.poll(() => listed(late)).toBe(false);
  // Whose own copy it is may erase that too.
  expect((await erase(holder, id)).changed).toBe(true);
  await expect.poll(() => listed(holder)).toBe(false);
});

test("a token that nobody has spent yet opens no recording", async ({ market, recorded }) => {
  const { publisher, id } = recorded;
  await market.share(publisher, id);
  expect((await market.buyer().api.get(manifestPath(id))).status()).toBe(404);
});

test("an erased recording is gone for publisher, links and shares, and takes nothing more", async ({
  market,
  recorded,
  bucket,
  runCron,
  accounts,
}) => {
  const { publisher, id, session, recorder, path } = recorded;
  const [buyer, link] = [market.buyer(), await linkTo(recorded)];
  await market.share(publisher, id, buyer);
  expect((await watched(buyer, id)).state).toBe("complete");
  expect(await erase(publisher, id)).toMatchObject({ changed: true });
  const late = await recorder.send(session, 3, visit()[2] ?? "");
  expect([late.status, late.body.code]).toEqual([409, "recording_over"]);
  await runCron();
  expect(bucket.keys(path)).toEqual([]);
  expect((await watched(publisher, id)).state).toBe("gone");
  expect((await watched(buyer, id)).state).toBe("gone");
  const linked = await accounts.anybody.get(manifestPath(id) + link);
  expect(await linked.json()).toMatchObject({ state: "gone" });
  // The certificate holds without it, and says what is missing.
  expect(await (await publisher.form.verify(id)).json()).toMatchObject({
    valid: true,
    recording: "gone",
  });
  const page = await publisher.api.with({ accept: "text/html" }).get(`/certificate/${id}`);
  expect(await page.text()).toContain("the recording is not kept any more");
  expect(await erase(publisher, id)).toMatchObject({ changed: false });
});

test("another certificate of the same visit keeps nothing that was erased", async ({
  recorded,
  bucket,
  runCron,
}) => {
  const { publisher, id, session, path } = recorded;
  const recording = manifestOf([{ stream: session.stream, chunks: visit().slice(0, 1) }]);
  const other = { ...publisher.form.commit({ session }), recording };
  expect((await publisher.form.send(other)).status()).toBe(201);
  await erase(publisher, id);
  // Nor does one that comes only now.
  const later = { ...publisher.form.commit({ session }), recording };
  expect((await publisher.form.send(later)).status()).toBe(201);
  await runCron();
  expect(bucket.keys(path)).toEqual([]);
  for (const { certificate_id } of [other, later]) {
    expect((await watched(publisher, certificate_id)).state).toBe("gone");
  }
});

test("what a buyer has claimed stays the buyer's when its publisher erases the consumer", async ({
  market,
  recorded,
  bucket,
  runCron,
  accounts,
}) => {
  const { publisher, id, path } = recorded;
  const buyer = market.buyer();
  const claim = await claimed(recorded, market, buyer);
  const link = await linkTo(recorded);
  await erase(publisher, id);
  await runCron();
  expect(bucket.keys(path)).toHaveLength(3);
  expect((await watched(buyer, id)).state).toBe("complete");
  expect((await evidenceOf(buyer, claim)).recording).toMatchObject({
    state: "complete",
    recording_path: path,
  });
  expect((await watched(publisher, id)).state).toBe("gone");
  const linked = await accounts.anybody.get(manifestPath(id) + link);
  expect(await linked.json()).toMatchObject({ state: "gone" });

  expect(await erase(buyer, id)).toMatchObject({ changed: true });
  await runCron();
  expect(bucket.keys(path)).toEqual([]);
  expect((await watched(buyer, id)).state).toBe("gone");
});

test("what is claimed after the publisher has erased it has no recording", async ({
  market,
  recorded,
}) => {
  const { publisher, id } = recorded;
  const buyer = market.buyer();
  const { claim_token } = await market.share(publisher, id);
  await erase(publisher, id);
  await ok(await market.claim(buyer, claim_token));
  expect((await watched(buyer, id)).state).toBe("gone");
});

test("a buyer's evidence and a third party's verification say that a bit was flipped", async ({
  market,
  recorded,
  bucket,
}) => {
  const { publisher, id, session, path } = recorded;
  const buyer = market.buyer();
  const claim = await claimed(recorded, market, buyer);
  const before = await evidenceOf(buyer, claim);
  expect(before).toMatchObject({ verdict: "holds", recording: { state: "complete" } });
  bucket.flip(`${path}${session.stream}/2`);
  const after = await evidenceOf(buyer, claim);
  expect(after).toMatchObject({ verdict: "fails", recording: { state: "changed" } });
  expect(after.checks).toContainEqual(
    expect.objectContaining({ check: "replay", outcome: "failed" }),
  );
  const answer = await buyer.api.post("/api/verify/match", {
    certificate_id: id,
    company_id: publisher.id,
    property_id: publisher.property.property,
    consent: tcpa,
  });
  expect(await answer.json()).toMatchObject({
    valid: false,
    reason: "signature_invalid",
    verification_type: "third_party",
    recording: "changed",
  });
});
