// Who may call what: every route of the document × everybody who may try, expected from the
// contract's table (§7) and not from the code. A route that is not listed here fails.

import { request } from "@playwright/test";
import { Accounts, type Caller, newEmail, type Person, password } from "../support/accounts.ts";
import { hex, Page } from "../support/evidence.ts";
import { manifestOf, RecordingPage, visit } from "../support/recording.ts";
import { test as base, expect } from "../support/test.ts";

/** The contract's table: the roles that may, and the scope that lets a key. */
const rows = {
  view: { roles: ["owner", "admin", "member"], scope: "read" },
  share: { roles: ["owner", "admin", "member"], scope: "share" },
  manage: { roles: ["owner", "admin"], scope: "manage" },
  "people and keys": { roles: ["owner", "admin"], scope: null },
} as const;

const scopes = ["read", "verify", "share", "claim", "rules", "manage"];

/** A call as one of ours makes it, with a company's object in its path where it has one. */
interface Call {
  row: keyof typeof rows;
  ok: number;
  body?: (company: Company) => unknown;
  /** Makes an object of the company and says its id. */
  object?: (company: Company) => Promise<string>;
  /** An id of that kind that nothing has; one of 24 digits unless given. */
  none?: string;
}

/** Calls that take no credentials: everybody gets this answer to this body. */
interface Open {
  open: number;
  body?: unknown;
}

/** Calls about oneself: any person may; a key only where it says so. */
interface Self {
  self: number;
  body?: (company: Company) => unknown;
  keys: number;
}

interface Company {
  owner: Person;
  admin: Person;
  member: Person;
  accounts: Accounts;
  /** The worker, as pages of publishers reach it. */
  base: string;
}

/** A certificate of the company with a recording of one chunk. */
const recorded = async ({ owner, base }: Company) => {
  const origin = `https://${hex(6)}.leadgen.com`;
  const made = await owner.post("/api/properties", { name: "Quotes", origins: [origin] });
  const context = await request.newContext({ baseURL: base });
  const page = new Page(context, {
    company: owner.me.company.id,
    property: await idOf(made),
    origin,
  });
  const session = await page.startSession();
  const chunks = visit().slice(0, 1);
  const recording = manifestOf([{ stream: session.stream, chunks }]);
  const commit = { ...page.commit({ session }), recording };
  await page.send(commit);
  await new RecordingPage(base, origin).send(session, 0, chunks[0] ?? "");
  await context.dispose();
  return { id: commit.certificate_id, chunk: `${session.stream}.0` };
};
const certificate = async (company: Company) => (await recorded(company)).id;
const noCertificate = `EC-${hex(17)}-${"A".repeat(43)}`;

const nonsense = { open: 400, body: {} };
const property = async ({ owner }: Company) => idOf(await owner.post("/api/properties", quotes()));
const quotes = () => ({ name: "Quotes", origins: [`https://${hex(6)}.leadgen.com`] });
const webhook = async ({ owner }: Company) =>
  idOf(await owner.post("/api/webhooks", { url: "https://hooks.acme-insurance.com/e", events }));
const events = ["certificate.claimed"];
const removeAll = async ({ owner }: Company) => {
  for (const { id } of (await (await owner.get("/api/webhooks")).json()) as { id: string }[]) {
    await owner.send("DELETE", `/api/webhooks/${id}`);
  }
};

const table: Record<string, Call | Open | Self> = {
  "POST /api/sessions": nonsense,
  "POST /api/certificates": nonsense,
  "POST /api/certificates/raw": nonsense,
  "POST /api/recordings": nonsense,
  "GET /certificate/{id}/replay/manifest": {
    row: "view",
    ok: 200,
    object: certificate,
    none: noCertificate,
  },
  "GET /certificate/{id}/replay/{chunk}": {
    row: "view",
    ok: 200,
    object: async (company) => {
      const { id, chunk } = await recorded(company);
      return `${id}/replay/${chunk}`;
    },
    none: `${noCertificate}/replay/${hex(16)}.0`,
  },
  "POST /api/certificates/{id}/replay-link": {
    row: "share",
    ok: 201,
    body: () => ({}),
    object: certificate,
    none: noCertificate,
  },
  "POST /api/verify/match": nonsense,
  "GET /.well-known/jwks.json": { open: 200 },
  "GET /openapi.json": { open: 200 },
  "GET /api/dev/outbox": { open: 200 },
  "POST /api/auth/sign-up": nonsense,
  "POST /api/auth/verify-email": nonsense,
  "POST /api/auth/sign-in": nonsense,
  "POST /api/auth/reset-request": nonsense,
  "POST /api/auth/reset": nonsense,
  "POST /api/invitations/accept": nonsense,
  "POST /api/auth/sign-out": { open: 204 },
  "GET /api/auth/me": { self: 200, keys: 200 },
  "POST /api/auth/password": {
    self: 204,
    body: () => ({ current: password, password }),
    keys: 403,
  },
  "POST /api/auth/switch": {
    self: 200,
    body: ({ owner }) => ({ company_id: owner.me.company.id }),
    keys: 403,
  },
  "GET /api/people": { row: "people and keys", ok: 200 },
  "PUT /api/people/{id}": {
    row: "people and keys",
    ok: 204,
    body: () => ({ role: "admin" }),
    object: async ({ owner, accounts }) =>
      (await accounts.colleague(owner, "member")).me.user?.id ?? "",
  },
  "DELETE /api/people/{id}": {
    row: "people and keys",
    ok: 204,
    object: async ({ owner, accounts }) =>
      (await accounts.colleague(owner, "member")).me.user?.id ?? "",
  },
  "GET /api/invitations": { row: "people and keys", ok: 200 },
  "POST /api/invitations": {
    row: "people and keys",
    ok: 201,
    body: () => ({ email: newEmail("ana"), role: "member" }),
  },
  "DELETE /api/invitations/{id}": {
    row: "people and keys",
    ok: 204,
    object: async ({ owner }) =>
      idOf(await owner.post("/api/invitations", { email: newEmail("ana"), role: "member" })),
  },
  "GET /api/keys": { row: "people and keys", ok: 200 },
  "POST /api/keys": {
    row: "people and keys",
    ok: 201,
    body: () => ({ name: "CRM import", scopes: ["read"] }),
  },
  "DELETE /api/keys/{id}": {
    row: "people and keys",
    ok: 204,
    object: async ({ owner }) =>
      idOf(await owner.post("/api/keys", { name: "CRM import", scopes: ["read"] })),
  },
  "GET /api/properties": { row: "manage", ok: 200 },
  "POST /api/properties": { row: "manage", ok: 201, body: quotes },
  "GET /api/properties/{id}": { row: "manage", ok: 200, object: property },
  "PUT /api/properties/{id}": { row: "manage", ok: 200, body: quotes, object: property },
  "GET /api/properties/{id}/install": { row: "manage", ok: 200, object: property },
  "GET /api/webhooks": { row: "manage", ok: 200 },
  "POST /api/webhooks": {
    row: "manage",
    ok: 201,
    body: () => ({ url: "https://hooks.acme-insurance.com/e", events }),
  },
  "DELETE /api/webhooks/{id}": { row: "manage", ok: 204, object: webhook },
  "POST /api/webhooks/{id}/test": { row: "manage", ok: 202, object: webhook },
  "GET /api/webhooks/{id}/deliveries": { row: "manage", ok: 200, object: webhook },
};

const test = base.extend<object, { company: Company; stranger: Person }>({
  company: [
    async ({ worker }, use) => {
      const accounts = new Accounts(worker.port);
      const owner = await accounts.owner();
      const [admin, member] = [
        await accounts.colleague(owner, "admin"),
        await accounts.colleague(owner, "member"),
      ];
      const base = `http://127.0.0.1:${worker.port}`;
      await use({ owner, admin, member, accounts, base });
    },
    { scope: "worker", timeout: 60_000 },
  ],
  stranger: [
    async ({ company }, use) => {
      await use(await company.accounts.owner(newEmail("stranger"), "Other Leads Inc"));
    },
    { scope: "worker", timeout: 60_000 },
  ],
});

test("every route of the document is in the table, and no other", async ({ request }) => {
  const document = (await (await request.get("/openapi.json")).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(routes.sort()).toEqual(Object.keys(table).sort());
});

test("a method that the runtime does not know is not taken for another", async ({ company }) => {
  const answer = await company.owner.send("QUERY", "/api/properties");
  expect(await answer.json()).toMatchObject({ status: 405, code: "method_not_allowed" });
  expect(answer.headers().allow).toBe("GET, POST");
});

for (const [route, entry] of Object.entries(table)) {
  const [method = "", path = ""] = route.split(" ");
  test(`${route}: ${titleOf(entry)}`, async ({ company, stranger }) => {
    if ("open" in entry) {
      await expectOpen(entry, method, path, company);
    } else if ("self" in entry) {
      await expectSelf(entry, method, path, company);
    } else {
      await expectRow(entry, method, path, company, stranger);
    }
  });
}

function titleOf(entry: Call | Open | Self): string {
  return "row" in entry ? entry.row : "open" in entry ? "open to everybody" : "about oneself";
}

async function expectOpen(entry: Open, method: string, path: string, company: Company) {
  const { accounts, member } = company;
  const key = accounts.machine(await accounts.key(company.owner, "read")).with({
    origin: accounts.origin,
  });
  const person = await accounts.person(await accounts.signIn(member.me.user?.email ?? ""));
  for (const caller of [accounts.anybody, key, person]) {
    expect((await caller.send(method, path, entry.body)).status()).toBe(entry.open);
  }
}

async function expectSelf(entry: Self, method: string, path: string, company: Company) {
  const { accounts } = company;
  const body = entry.body?.(company);
  expect((await accounts.anybody.send(method, path, body)).status()).toBe(401);
  for (const { me } of [company.owner, company.admin, company.member]) {
    // Of their own: these calls end or replace sign-ins.
    const person = await accounts.person(await accounts.signIn(me.user?.email ?? ""));
    expect((await person.send(method, path, body)).status()).toBe(entry.self);
  }
  Object.assign(company, await signedInAgain(company));
  for (const scope of scopes) {
    const key = accounts.machine(await accounts.key(company.owner, scope));
    expect((await key.send(method, path, body)).status()).toBe(entry.keys);
  }
}

async function signedInAgain({ accounts, owner, admin, member }: Company) {
  const again = async ({ me }: Person) =>
    await accounts.person(await accounts.signIn(me.user?.email ?? ""));
  return { owner: await again(owner), admin: await again(admin), member: await again(member) };
}

async function expectRow(
  entry: Call,
  method: string,
  path: string,
  company: Company,
  stranger: Person,
) {
  const { accounts, owner } = company;
  const { roles, scope } = rows[entry.row];
  const try_ = async (caller: Caller, expected: number, who: string) => {
    const id = (await entry.object?.(company)) ?? "";
    const answer = await caller.send(method, addressOf(path, id), entry.body?.(company));
    expect(answer.status(), `${who}: ${await answer.text()}`).toBe(expected);
    if (expected >= 400) {
      expect(answer.headers()["content-type"]).toBe("application/problem+json");
    }
    return { id, text: await answer.text() };
  };
  await try_(accounts.anybody, 401, "no credentials");
  for (const role of ["owner", "admin", "member"] as const) {
    const may = (roles as readonly string[]).includes(role);
    await try_(company[role], may ? entry.ok : 403, role);
  }
  const others = scopes.filter((other) => other !== scope);
  await try_(accounts.machine(await accounts.key(owner, ...others)), 403, "key without scope");
  if (scope !== null) {
    await try_(accounts.machine(await accounts.key(owner, scope)), entry.ok, "key with scope");
  }
  // Another company's object does not exist; a list is of the caller's own company.
  const foreign = await try_(stranger, entry.object ? 404 : entry.ok, "other company");
  for (const mine of [owner.me.company.id, owner.me.user?.id ?? "-"]) {
    expect(foreign.text).not.toContain(mine);
  }
  const none = addressOf(path, entry.none ?? hex(12));
  if (entry.object) {
    const answer = await owner.send(method, none, entry.body?.(company));
    expect(JSON.stringify(await answer.json())).toBe(foreign.text);
  }
  await removeAll(company);
  await removeAll({ ...company, owner: stranger });
}

/** An object in a path with two parts says both. */
function addressOf(path: string, id: string): string {
  return path.replace(id.includes("/") ? "{id}/replay/{chunk}" : "{id}", id);
}

async function idOf(answer: { json(): Promise<unknown> }): Promise<string> {
  return ((await answer.json()) as { id: string }).id;
}
