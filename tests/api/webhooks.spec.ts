// Webhooks: what a company is told, that it can tell who said it, and that nothing gets lost.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request as playwrightRequest } from "@playwright/test";
import { Accounts, type Person } from "../support/accounts.ts";
import { Database } from "../support/database.ts";
import { Page, type Property } from "../support/evidence.ts";
import { isSigned, Receiver } from "../support/receiver.ts";
import { test as base, expect } from "../support/test.ts";
import { root, startWorker } from "../support/worker.ts";

const test = base.extend<{ owner: Person; receiver: Receiver }>({
  owner: async ({ accounts }, use) => {
    await use(await accounts.owner());
  },
  receiver: async ({ browserName: _ }, use) => {
    const receiver = await Receiver.start();
    await use(receiver);
    await receiver.stop();
  },
});

interface Webhook {
  id: string;
  secret: string;
}

interface Logged {
  id: string;
  event: string;
  attempts: number;
  last_status: number | null;
  delivered_at: string | null;
  next_attempt_at: string | null;
}

const created = "session.certificate.created";

async function webhook(owner: Person, url: string, ...events: string[]): Promise<Webhook> {
  const answer = await owner.post("/api/webhooks", { url, events });
  expect(answer.status(), await answer.text()).toBe(201);
  return (await answer.json()) as Webhook;
}

async function log(owner: Person, { id }: Webhook): Promise<Logged[]> {
  return (await (await owner.get(`/api/webhooks/${id}/deliveries`)).json()) as Logged[];
}

async function property(owner: Person): Promise<Property> {
  const origin = "https://forms.leadgen.com";
  const answer = await owner.post("/api/properties", { name: "Quotes", origins: [origin] });
  const { id } = (await answer.json()) as { id: string };
  return { company: owner.me.company.id, property: id, origin };
}

/** Waits no longer: everything of that webhook is due, and the cron runs. */
async function sweep(database: Database, baseURL: string, { id }: Webhook): Promise<void> {
  const due =
    "UPDATE deliveries SET next_attempt_at = 1 WHERE webhook_id = ? AND next_attempt_at > 1";
  database.run(due, id);
  expect((await fetch(`${baseURL}/__scheduled`)).status).toBe(200);
}

test("a test delivery comes signed, with its time in what was signed", async ({
  owner,
  receiver,
}) => {
  const hook = await webhook(owner, receiver.url("/hook?team=7"), created);
  expect(hook.secret).toMatch(/^whsec_[0-9a-f]{64}$/);
  const asked = await owner.post(`/api/webhooks/${hook.id}/test`);
  expect(asked.status()).toBe(202);
  const { delivery_id } = (await asked.json()) as { delivery_id: string };
  await expect.poll(() => receiver.deliveries.length).toBe(1);
  const [delivery] = receiver.deliveries;
  if (delivery === undefined) {
    throw new Error("no delivery");
  }
  expect(delivery.path).toBe("/hook?team=7");
  expect(delivery.headers).toMatchObject({
    "content-type": "application/json",
    "x-econsent-event": "test",
    "x-econsent-delivery": delivery_id,
  });
  expect(JSON.parse(delivery.body)).toMatchObject({ type: "test", data: {} });
  expect(isSigned(delivery, hook.secret)).toBe(true);
  const later = { ...delivery.headers, "x-econsent-timestamp": new Date().toISOString() };
  expect(isSigned({ ...delivery, headers: later }, hook.secret)).toBe(false);
  expect(isSigned({ ...delivery, body: `${delivery.body} ` }, hook.secret)).toBe(false);
  expect(await (await owner.get("/api/webhooks")).text()).not.toContain("whsec_");
});

test("a new certificate is told of once it has settled, and its forerunner is not", async ({
  owner,
  receiver,
  request,
  database,
  baseURL,
}) => {
  const hook = await webhook(owner, receiver.url(), created);
  const other = await webhook(owner, receiver.url("/other"), "certificate.claimed");
  const page = new Page(request, await property(owner));
  const session = await page.startSession();
  const first = page.commit({ session });
  await page.send(first);
  const box = { id: "sms", type: "main-explicit", value: "true", text: "Text me." };
  const second = { ...page.commit({ session, consents: [box] }), supersedes: first.certificate_id };
  expect((await page.send(second)).status()).toBe(201);
  const [waiting, ...more] = await log(owner, hook);
  expect(more).toEqual([]);
  const wait = Date.parse(waiting?.next_attempt_at ?? "") - Date.now();
  expect(wait).toBeGreaterThan(20_000);
  expect(receiver.deliveries).toEqual([]);

  await sweep(database, baseURL ?? "", hook);
  await expect.poll(() => receiver.deliveries.length).toBe(1);
  const [delivery] = receiver.deliveries;
  expect(JSON.parse(delivery?.body ?? "")).toMatchObject({
    type: created,
    data: { certificate_id: second.certificate_id, consent_types: ["main-explicit"] },
  });
  expect(delivery && isSigned(delivery, hook.secret)).toBe(true);
  expect(await log(owner, other)).toEqual([]);
});

test("a page cannot take back what another session is told of", async ({
  owner,
  receiver,
  request,
}) => {
  const hook = await webhook(owner, receiver.url(), created);
  const page = new Page(request, await property(owner));
  const victim = await page.certificate();
  const commit = page.commit({ session: await page.startSession() });
  await page.send({ ...commit, supersedes: victim });
  expect(await log(owner, hook)).toHaveLength(2);
});

test("what fails is tried again under the same id, later and later, and logged without a word of what came back", async ({
  owner,
  receiver,
  database,
  baseURL,
}) => {
  const hook = await webhook(owner, receiver.url(), created);
  receiver.answers.push(
    { status: 500, body: "planted-answer-body" },
    { status: 302, location: receiver.url("/elsewhere") },
  );
  await owner.post(`/api/webhooks/${hook.id}/test`);
  await sweep(database, baseURL ?? "", hook);
  await expect.poll(async () => (await log(owner, hook))[0]?.last_status).toBe(500);
  await sweep(database, baseURL ?? "", hook);
  await expect.poll(async () => (await log(owner, hook))[0]?.last_status).toBe(302);
  const [failed] = await log(owner, hook);
  expect(failed).toMatchObject({ attempts: 2, delivered_at: null });
  expect(failed?.next_attempt_at).not.toBeNull();
  await sweep(database, baseURL ?? "", hook);
  await expect.poll(async () => (await log(owner, hook))[0]?.last_status).toBe(204);
  expect(await log(owner, hook)).toMatchObject([{ attempts: 3, next_attempt_at: null }]);
  const ids = receiver.deliveries.map(({ headers }) => headers["x-econsent-delivery"]);
  expect(new Set(ids)).toEqual(new Set([failed?.id]));
  expect(receiver.deliveries.map(({ path }) => path)).toEqual(["/hook", "/hook", "/hook"]);
  const stored = JSON.stringify(
    database.rows("SELECT * FROM deliveries WHERE webhook_id = ?", hook.id),
  );
  expect(stored).not.toContain("planted-answer-body");
});

test("webhooks go nowhere but to public names over https", async ({ owner }) => {
  for (const url of [
    "http://hooks.acme-insurance.com/",
    "https://hooks.acme-insurance.com:8443/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://[::ffff:127.0.0.1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://localhost/",
    "https://metadata.google.internal/",
    "https://user:secret@hooks.acme-insurance.com/",
    "javascript:alert(1)",
  ]) {
    const answer = await owner.post("/api/webhooks", { url, events: [created] });
    expect(await answer.json()).toMatchObject({ status: 422, code: "webhook_url" });
  }
});

test("an address that was saved under older rules is not called", async ({
  owner,
  receiver,
  database,
  baseURL,
}) => {
  const hook = await webhook(owner, receiver.url(), created);
  const inside = receiver.url().replace("127.0.0.1", "[::ffff:127.0.0.1]");
  database.run("UPDATE webhooks SET url = ? WHERE webhook_id = ?", inside, hook.id);
  await owner.post(`/api/webhooks/${hook.id}/test`);
  await sweep(database, baseURL ?? "", hook);
  await expect.poll(async () => (await log(owner, hook))[0]?.attempts).toBe(1);
  expect(receiver.deliveries).toEqual([]);
});

test("a worker that is killed between commit and delivery has lost nothing", async ({
  receiver,
}) => {
  const state = mkdtempSync(join(tmpdir(), "econsent-e2e-outbox-"));
  const logFile = join(root, `tests/results/worker-outbox-${process.pid}.log`);
  const context = async (port: number) => {
    const request = await playwrightRequest.newContext({ baseURL: `http://127.0.0.1:${port}` });
    return { request, accounts: new Accounts(port) };
  };
  let worker = await startWorker(state, logFile);
  try {
    const before = await context(worker.port);
    const owner = await before.accounts.owner();
    const hook = await webhook(owner, receiver.url(), created);
    const id = await new Page(before.request, await property(owner)).certificate();
    await worker.kill();
    expect(receiver.deliveries).toEqual([]);

    worker = await startWorker(state, logFile);
    const database = new Database(state);
    await sweep(database, `http://127.0.0.1:${worker.port}`, hook);
    database.close();
    await expect.poll(() => receiver.deliveries.length).toBe(1);
    const [delivery] = receiver.deliveries;
    expect(JSON.parse(delivery?.body ?? "")).toMatchObject({ data: { certificate_id: id } });
    expect(delivery && isSigned(delivery, hook.secret)).toBe(true);
  } finally {
    await worker.stop();
    rmSync(state, { recursive: true, force: true });
  }
});
