// Properties: where they may be used, what their tracker is told, and whether it is there.
import type { Person } from "../support/accounts.ts";
import { Page } from "../support/evidence.ts";
import { test as base, expect } from "../support/test.ts";

const test = base.extend<{ owner: Person }>({
  owner: async ({ accounts }, use) => {
    await use(await accounts.owner());
  },
});

interface View {
  id: string;
  origins: string[];
  warnings: string[];
  snippet: string;
}

async function make(owner: Person, input: object): Promise<View> {
  const answer = await owner.post("/api/properties", { name: "Quotes", ...input });
  expect(answer.status(), await answer.text()).toBe(201);
  return (await answer.json()) as View;
}

test("a property is made with what the contract says unless told otherwise", async ({
  owner,
  workerUrl,
}) => {
  const made = await make(owner, { origins: ["https://Forms.LeadGen.com/", "*.leadgen.com"] });
  expect(made).toMatchObject({
    name: "Quotes",
    consent_selectors: [],
    unmasked: [],
    calling_code: "1",
    public_level: "full",
    retention: "5y",
    record_after_notice: false,
    recording: true,
    warnings: [],
  });
  expect(made.origins.sort()).toEqual(["*.leadgen.com", "https://forms.leadgen.com"]);
  expect(made.snippet).toBe(
    `<script src="${workerUrl}/tracker.js" data-company="${owner.me.company.id}" ` +
      `data-property="${made.id}" async></script>`,
  );
  expect(await (await owner.get(`/api/properties/${made.id}`)).json()).toEqual(made);
});

test("evidence that goes before five years is warned of", async ({ owner }) => {
  const made = await make(owner, { origins: ["https://forms.leadgen.com"], retention: "30d" });
  expect(made.warnings).toEqual([expect.stringContaining("16 CFR 310.5")]);
});

test("an origin that is none, or anybody's, is refused", async ({ owner }) => {
  for (const origin of ["leadgen.com", "*.com", "*.co.uk", "*.github.io", "https://a/b", "null"]) {
    const answer = await owner.post("/api/properties", { name: "Quotes", origins: [origin] });
    expect(await answer.json()).toMatchObject({ status: 400, code: "invalid_json" });
  }
  const twice = { name: "Quotes", origins: ["https://a.com", "https://A.com"] };
  expect(await (await owner.post("/api/properties", twice)).json()).toMatchObject({
    status: 422,
    code: "repeated_origin",
  });
});

test("a session starts on an https subdomain of a wide pattern, and brings the settings", async ({
  owner,
  request,
}) => {
  const { id } = await make(owner, {
    origins: ["*.leadgen.com"],
    consent_selectors: [{ selector: "label.tcpa", type: "main-explicit" }],
    unmasked: ["#zip"],
    calling_code: "44",
    record_after_notice: true,
  });
  const at = { company: owner.me.company.id, property: id, origin: "https://forms.leadgen.com" };
  const page = new Page(request, at);
  const started = await page.askForSession();
  expect(await started.json()).toMatchObject({
    settings: {
      consent_selectors: [{ selector: "label.tcpa", type: "main-explicit" }],
      unmasked: ["#zip"],
      calling_code: "44",
      record_after_notice: true,
    },
  });
  for (const other of [
    "https://leadgen.com",
    "http://forms.leadgen.com",
    "https://forms.leadgen.com:8443",
    "https://forms.leadgen.com.evil.com",
  ]) {
    page.origin = other;
    expect((await page.askForSession()).status()).toBe(403);
  }
  page.origin = at.origin;
  const commit = page.commit({ session: await page.startSession() });
  expect((await page.send(commit)).status()).toBe(201);
});

test("a change reaches the tracker", async ({ owner, request }) => {
  const input = { name: "Quotes", origins: ["https://forms.leadgen.com"] };
  const { id } = await make(owner, input);
  const at = { company: owner.me.company.id, property: id, origin: "https://forms.leadgen.com" };
  const page = new Page(request, at);
  await page.startSession();
  await owner.send("PUT", `/api/properties/${id}`, { ...input, calling_code: "52" });
  expect(await (await page.askForSession()).json()).toMatchObject({
    settings: { calling_code: "52" },
  });
});

test("a KV that is behind lets no evidence in, and keeps nobody out", async ({
  owner,
  request,
  database,
}) => {
  const { id } = await make(owner, { origins: ["https://forms.leadgen.com"] });
  const at = { company: owner.me.company.id, property: id, origin: "https://forms.leadgen.com" };
  const page = new Page(request, at);
  const session = await page.startSession();
  // Behind KV's back: another origin is registered, and this one is not any more.
  database.run(
    "UPDATE property_origins SET origin = 'https://new.leadgen.com' WHERE property_id = ?",
    id,
  );
  const stale = page.commit({ session });
  expect(await (await page.send(stale)).json()).toMatchObject({
    status: 403,
    code: "origin_not_registered",
  });
  page.origin = "https://new.leadgen.com";
  expect((await page.askForSession()).status()).toBe(200);
  const commit = page.commit({ session: await page.startSession() });
  expect((await page.send(commit)).status()).toBe(201);
});

test("the install check says where the tracker was seen, with what, and how it ended", async ({
  owner,
  request,
  database,
}) => {
  const { id } = await make(owner, { origins: ["https://forms.leadgen.com"] });
  const at = { company: owner.me.company.id, property: id, origin: "https://forms.leadgen.com" };
  const page = new Page(request, at);
  await page.certificate();
  for (let load = 0; load < 20; load += 1) {
    await page.startSession();
  }
  page.origin = "https://staging.leadgen.com";
  await page.askForSession();
  const seen = async () => {
    const answer = await owner.get(`/api/properties/${id}/install`);
    const rows = (await answer.json()) as { origin: string; outcome: string }[];
    return rows.sort((a, b) => a.origin.localeCompare(b.origin));
  };
  await expect.poll(async () => (await seen()).length).toBe(2);
  expect(await seen()).toMatchObject([
    {
      origin: "https://forms.leadgen.com",
      registered: true,
      outcome: "certificate",
      consents: [{ id: "tcpa", type: "main-implied" }],
      session_at: expect.any(String),
      certificate_at: expect.any(String),
    },
    {
      origin: "https://staging.leadgen.com",
      registered: false,
      outcome: "origin_not_registered",
      session_at: null,
      certificate_at: null,
    },
  ]);
  const rows = database.row("SELECT count(*) AS n FROM install_checks WHERE property_id = ?", id);
  expect(rows).toEqual({ n: 2 });
});
