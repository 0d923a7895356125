// Recordings come from strangers, in pieces and in any order: what is kept is what the page sent
// first, and a certificate says whether what is there is what it sealed (contract §6).
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Person } from "../support/accounts.ts";
import { setExpiry } from "../support/custody.ts";
import { type Session, tcpa } from "../support/evidence.ts";
import { expect, pathOf, sealed, test } from "../support/recorded.ts";
import { hashOfManifest, linesOf, manifestOf, visit } from "../support/recording.ts";

async function replay(owner: Person, id: string) {
  const answer = await owner.get(`/certificate/${id}/replay/manifest`);
  expect(answer.status()).toBe(200);
  return (await answer.json()) as {
    state: string | null;
    manifest: string | null;
    recording_hash: string | null;
    recording_path: string;
  };
}

test("a certificate binds what was recorded, and the service says that it is complete", async ({
  form,
  recorder,
  owner,
  at,
  bucket,
}) => {
  const session = await form.startSession();
  const { id, recording, chunks } = await sealed(form, session);
  for (const [number, chunk] of chunks.entries()) {
    const { status, body } = await recorder.send(session, number, chunk);
    expect(status).toBe(201);
    expect(body).toMatchObject({ stream: session.stream, number, session_id: session.session_id });
  }
  const path = pathOf(at, session);
  expect(await replay(owner, id)).toMatchObject({
    state: "complete",
    manifest: JSON.stringify(recording),
    recording_hash: hashOfManifest(recording),
    recording_path: path,
  });
  const stored = bucket.read(path);
  expect([...stored.keys()]).toEqual([0, 1, 2].map((n) => `${path}${session.stream}/${n}`));
  expect(Buffer.concat([...stored.values()]).toString()).toBe(chunks.join(""));

  const bundle = await (
    await owner.with({ accept: "application/json" }).get(`/certificate/${id}`)
  ).json();
  const { record, documents } = bundle as { record: string; documents: { recording: string } };
  expect(JSON.parse(record).attached.recording).toBe(hashOfManifest(recording));
  expect(documents.recording).toBe(JSON.stringify(recording));
  const page = await (await owner.with({ accept: "text/html" }).get(`/certificate/${id}`)).text();
  expect(page).toContain(path);
  expect(page).toContain(hashOfManifest(recording));
  expect(await (await form.verify(id, tcpa)).json()).toMatchObject({
    valid: true,
    recording: "complete",
  });
});

test("chunks may come in any order, twice, and as they are", async ({ form, recorder, owner }) => {
  const session = await form.startSession();
  const { id, chunks } = await sealed(form, session);
  const [first = "", second = "", third = ""] = chunks;
  expect((await recorder.send(session, 2, third, { encoding: "identity" })).status).toBe(201);
  expect((await replay(owner, id)).state).toBe("missing 2");
  expect((await recorder.send(session, 0, first)).status).toBe(201);
  expect((await recorder.send(session, 0, first)).status).toBe(200);
  expect((await replay(owner, id)).state).toBe("missing 1");
  const both = await Promise.all([
    recorder.send(session, 1, second),
    recorder.send(session, 1, second),
  ]);
  expect(both.map(({ status }) => status).every((status) => [200, 201].includes(status))).toBe(
    true,
  );
  expect((await replay(owner, id)).state).toBe("complete");
});

test("a certificate that lacks chunks is valid, and says how many", async ({
  form,
  recorder,
  owner,
}) => {
  const session = await form.startSession();
  const { id, chunks } = await sealed(form, session);
  await recorder.send(session, 0, chunks[0] ?? "");
  expect(await (await form.verify(id)).json()).toMatchObject({
    valid: true,
    recording: "missing 2",
  });
  const page = await (await owner.with({ accept: "text/html" }).get(`/certificate/${id}`)).text();
  expect(page).toContain("2 of its chunks have not arrived or are gone");
});

test("other bytes under the same number are refused, also when both come at once", async ({
  form,
  recorder,
  at,
  bucket,
}) => {
  const session = await form.startSession();
  const [first = "", second = ""] = visit();
  await recorder.send(session, 0, first);
  const { status, body } = await recorder.send(session, 0, second);
  expect([status, body.code]).toEqual([409, "recording_conflict"]);
  const both = await Promise.all([
    recorder.send(session, 1, first),
    recorder.send(session, 1, second),
  ]);
  expect(both.map((answer) => answer.status).sort()).toEqual([201, 409]);
  const stored = [...bucket.read(pathOf(at, session)).values()].map(String);
  expect(stored[0]).toBe(first);
  expect(stored[1]).toBe(both[0].status === 201 ? first : second);
});

test("who knows a session's id and not its token writes nothing into it", async ({
  form,
  recorder,
  at,
  bucket,
}) => {
  const session = await form.startSession();
  const stranger = await form.startSession();
  const [chunk = ""] = visit();
  await recorder.send(session, 0, chunk);
  const before = bucket.keys(`recordings/${at.company}/`);
  for (const token of ["", "x.y", session.session_id, `${session.token.slice(0, -2)}AA`]) {
    const { status, body } = await recorder.send(session, 1, chunk, { token });
    expect([status, body.code], token).toEqual([403, "token_invalid"]);
  }
  const elsewhere = await recorder.send(session, 1, chunk, { origin: "https://evil.example" });
  expect([elsewhere.status, elsewhere.body.code]).toEqual([403, "token_foreign"]);
  expect(bucket.keys(`recordings/${at.company}/`)).toEqual(before);
  // A stranger's own token writes into the stranger's session, whatever is said besides.
  const own = await recorder.send(stranger, 0, chunk);
  expect(own.body.session_id).toBe(stranger.session_id);
  expect(bucket.keys(pathOf(at, session))).toHaveLength(1);
});

test("two tabs of one visit keep their recordings apart", async ({ form, recorder, owner }) => {
  const first = await form.startSession();
  const second = await form.startSession(first.token);
  const [one, other] = [visit(), visit(Date.now() + 500).slice(0, 2)];
  await Promise.all([
    ...one.map((chunk, number) => recorder.send(first, number, chunk)),
    ...other.map((chunk, number) => recorder.send(second, number, chunk)),
  ]);
  const recording = manifestOf([
    { stream: first.stream, chunks: one },
    { stream: second.stream, chunks: other },
  ]);
  const commit = { ...form.commit({ session: second }), recording };
  expect((await form.send(commit)).status()).toBe(201);
  expect((await replay(owner, commit.certificate_id)).state).toBe("complete");
});

test("what is no recording is refused and leaves nothing", async ({
  form,
  recorder,
  at,
  bucket,
}) => {
  const session = await form.startSession();
  const [chunk = ""] = visit();
  const cut = gzipSync(chunk).subarray(0, 60);
  const send = async (text: string, how = {}) => {
    const { status, body } = await recorder.send(session, 0, text, how);
    return [status, body.code];
  };
  expect(await send("")).toEqual([422, "invalid_recording"]);
  expect(await send("lead,phone\n")).toEqual([422, "invalid_recording"]);
  expect(await send(chunk.slice(0, -1))).toEqual([422, "invalid_recording"]);
  expect(await send(linesOf([{ type: 3, timestamp: 1 }]))).toEqual([422, "invalid_recording"]);
  expect(await send(chunk, { sent: cut })).toEqual([400, "invalid_body"]);
  expect(await send(chunk, { sent: Buffer.from("not gzip") })).toEqual([400, "invalid_body"]);
  expect(await send(chunk, { sha256: "0".repeat(64) })).toEqual([400, "digest_mismatch"]);
  expect(bucket.keys(pathOf(at, session))).toEqual([]);
});

test("a hundred megabytes are refused, packed or not, and the service goes on", async ({
  form,
  recorder,
  at,
  bucket,
}) => {
  const session = await form.startSession();
  const flood = randomBytes(100 * 1024 * 1024);
  const thrown = await recorder.send(session, 0, "", { sent: flood }).catch(() => null);
  expect(thrown === null || thrown.status === 413).toBe(true);
  const [, , last = ""] = visit();
  const bomb = gzipSync(last.repeat(Math.ceil((100 * 1024 * 1024) / last.length)));
  expect(bomb.length).toBeLessThan(2 * 1024 * 1024);
  const { status, body } = await recorder.send(session, 0, last, { sent: bomb });
  expect([status, body.code]).toEqual([413, "body_too_large"]);
  expect((await recorder.send(session, 0, last)).status).toBe(201);
  expect(bucket.keys(pathOf(at, session))).toHaveLength(1);
});

test("a session is recorded up to its limit", async ({ form, recorder, database }) => {
  const session = await form.startSession();
  const [first = "", second = ""] = visit();
  await recorder.send(session, 0, first);
  database.run("UPDATE recordings SET bytes = 67108864 WHERE session_id = ?", session.session_id);
  const { status, body } = await recorder.send(session, 1, second);
  expect([status, body.code]).toEqual([413, "recording_full"]);
});

test("what a certificate sealed is taken late, and a recording that is going takes nothing", async ({
  form,
  recorder,
  owner,
  database,
}) => {
  const session = await form.startSession();
  const { id, chunks } = await sealed(form, session);
  const [first = "", second = "", third = ""] = chunks;
  await recorder.send(session, 0, first);
  // The form was submitted two hours ago.
  const minted = Date.now() - 2 * 60 * 60 * 1000;
  const which = "WHERE session_id = ?";
  database.run(`UPDATE recordings SET minted_at = ? ${which}`, minted, session.session_id);
  expect((await recorder.send(session, 1, second)).status).toBe(201);
  expect((await recorder.send(session, 2, third)).status).toBe(201);
  expect((await replay(owner, id)).state).toBe("complete");
  // The next page of the same visit records for the next certificate.
  const next = await form.startSession(session.token);
  expect((await recorder.send(next, 0, first)).status).toBe(201);

  database.run(`UPDATE recordings SET closed = 1 ${which}`, session.session_id);
  const { status, body } = await recorder.send(session, 3, third);
  expect([status, body.code]).toEqual([409, "recording_over"]);
});

test("evidence without its session's token seals no recording", async ({ form, owner }) => {
  const session = await form.startSession();
  const recording = manifestOf([{ stream: session.stream, chunks: visit() }]);
  const commit = { ...form.commit(), recording };
  expect((await form.send(commit)).status()).toBe(201);
  expect(await replay(owner, commit.certificate_id)).toMatchObject({ state: null, manifest: null });
});

test("a commit that comes again is the same certificate, with another manifest it is not", async ({
  form,
}) => {
  const session = await form.startSession();
  const recording = manifestOf([{ stream: session.stream, chunks: visit() }]);
  const commit = { ...form.commit({ session }), recording };
  expect((await form.send(commit)).status()).toBe(201);
  expect((await form.send(commit)).status()).toBe(200);
  const other = manifestOf([{ stream: session.stream, chunks: visit().slice(0, 1) }]);
  expect((await form.send({ ...commit, recording: other })).status()).toBe(409);
});

test("one flipped bit in the bucket is told by replay, page, evidence and verification", async ({
  form,
  recorder,
  owner,
  at,
  bucket,
}) => {
  const session = await form.startSession();
  const { id, chunks } = await sealed(form, session);
  for (const [number, chunk] of chunks.entries()) {
    await recorder.send(session, number, chunk);
  }
  expect((await replay(owner, id)).state).toBe("complete");
  bucket.flip(`${pathOf(at, session)}${session.stream}/1`);
  expect((await replay(owner, id)).state).toBe("changed");
  const page = await (await owner.with({ accept: "text/html" }).get(`/certificate/${id}`)).text();
  expect(page).toContain("the stored recording is not the one that was sealed");
  expect(page).toContain("banner fails");
  const bundle = await owner.with({ accept: "application/json" }).get(`/certificate/${id}`);
  expect(bundle.headers()["econsent-verdict"]).toBe("fails");
  expect(await (await form.verify(id)).json()).toMatchObject({
    valid: false,
    reason: "signature_invalid",
    recording: "changed",
  });
});

test("a changed row, with the bytes to match, is told by the seal", async ({
  form,
  recorder,
  owner,
  database,
}) => {
  const session = await form.startSession();
  const { id, chunks } = await sealed(form, session);
  for (const [number, chunk] of chunks.entries()) {
    await recorder.send(session, number, chunk);
  }
  database.tamper(
    "recording_chunks",
    `UPDATE recording_chunks SET sha256 = zeroblob(32) WHERE number = 1
     AND recording = (SELECT recording FROM recordings WHERE session_id = ?)`,
    session.session_id,
  );
  expect((await replay(owner, id)).state).toBe("changed");
});

test("a property that turns recording off is not recorded", async ({
  form,
  recorder,
  owner,
  at,
}) => {
  await owner.send("PUT", `/api/properties/${at.property}`, {
    name: "Quotes",
    origins: [at.origin],
    recording: false,
  });
  const answer = await form.askForSession();
  const session = (await answer.json()) as Session & { settings: { recording: boolean } };
  expect(session.settings.recording).toBe(false);
  const { status, body } = await recorder.send(session, 0, visit()[0] ?? "");
  expect([status, body.code]).toEqual([403, "recording_off"]);
});

test("a recording is for its owner and whoever has a link that has not expired", async ({
  form,
  recorder,
  owner,
  accounts,
  at,
}) => {
  const session = await form.startSession();
  const { id, chunks } = await sealed(form, session);
  await recorder.send(session, 0, chunks[0] ?? "");
  const chunk = `/certificate/${id}/replay/${session.stream}.0`;
  const paths = [`/certificate/${id}/replay`, `/certificate/${id}/replay/manifest`, chunk];
  const stranger = await accounts.owner();
  for (const path of paths) {
    expect((await owner.get(path)).status(), path).toBe(200);
    expect((await accounts.anybody.get(path)).status(), path).toBe(401);
    expect((await stranger.get(path)).status(), path).toBe(404);
  }
  expect(await (await owner.get(chunk)).text()).toBe(chunks[0]);
  // Beyond the seal, and of another session.
  const other = await form.startSession();
  for (const part of [`${session.stream}.3`, `${other.stream}.0`, "x", "..%2F..%2Fetc"]) {
    expect((await owner.get(`/certificate/${id}/replay/${part}`)).status(), part).toBe(404);
  }

  expect((await stranger.post(`/api/certificates/${id}/replay-link`, {})).status()).toBe(404);
  const made = await owner.post(`/api/certificates/${id}/replay-link`, { hours: 1 });
  expect(made.status()).toBe(201);
  const { url } = (await made.json()) as { url: string };
  const { pathname, searchParams } = new URL(url);
  expect(pathname).toBe(`/certificate/${id}/replay`);
  const link = searchParams.get("link") ?? "";
  for (const path of paths) {
    expect((await accounts.anybody.get(`${path}?link=${link}`)).status(), path).toBe(200);
    const forged = `${link.slice(0, -2)}AA`;
    expect((await accounts.anybody.get(`${path}?link=${forged}`)).status(), path).toBe(403);
  }
  const another = (await sealed(form, await form.startSession())).id;
  const borrowed = await accounts.anybody.get(`/certificate/${another}/replay?link=${link}`);
  expect(borrowed.status()).toBe(403);
  expect(at.company).toBe(owner.me.company.id);
});

test("a recording goes with the last certificate that keeps it", async ({
  form,
  recorder,
  owner,
  at,
  bucket,
  database,
  worker,
  request,
}) => {
  const session = await form.startSession();
  const { id, chunks, recording } = await sealed(form, session);
  for (const [number, chunk] of chunks.entries()) {
    await recorder.send(session, number, chunk);
  }
  const again = { ...form.commit({ session }), recording };
  expect((await form.send(again)).status()).toBe(201);
  const abandoned = await form.startSession();
  await recorder.send(abandoned, 0, chunks[0] ?? "");

  const past = new Date("2026-01-01T00:00:00.000Z");
  const runCron = async () => expect((await request.get("/__scheduled")).status()).toBe(200);
  setExpiry(database, worker, id, past);
  await runCron();
  expect((await replay(owner, id)).state).toBe(null);
  expect((await replay(owner, again.certificate_id)).state).toBe("complete");
  expect(bucket.keys(pathOf(at, abandoned))).toHaveLength(1);

  setExpiry(database, worker, again.certificate_id, past);
  // Nobody submitted the other visit, and a day has passed.
  database.run("UPDATE recordings SET due_at = 0 WHERE session_id = ?", abandoned.session_id);
  await runCron();
  for (const gone of [session, abandoned]) {
    expect(bucket.keys(pathOf(at, gone))).toEqual([]);
    const rows = "SELECT 1 FROM recordings WHERE session_id = ?";
    expect(database.rows(rows, gone.session_id)).toEqual([]);
  }
  expect((await replay(owner, again.certificate_id)).manifest).toBe(null);
});
