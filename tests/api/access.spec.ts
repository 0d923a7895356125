// Who may call what: every route of the document × everybody who may try, expected from the
// contract's table (§7) and not from the code. A route that is not listed here fails.
import { randomBytes } from "node:crypto";
import { request } from "@playwright/test";
import { Accounts, type Caller, newEmail, type Person, password } from "../support/accounts.ts";
import type { Database } from "../support/database.ts";
import { hex, Page } from "../support/evidence.ts";
import { manifestOf, RecordingPage, visit } from "../support/recording.ts";
import { test as base, expect } from "../support/test.ts";

/** The contract's table: the roles that may, and the scope that lets a key. */
const rows = {
  view: { roles: ["owner", "admin", "member"], scope: "read" },
  share: { roles: ["owner", "admin", "member"], scope: "share" },
  claim: { roles: ["owner", "admin", "member"], scope: "claim" },
  rules: { roles: ["owner", "admin"], scope: "rules" },
  verify: { roles: ["owner", "admin", "member"], scope: "verify" },
  manage: { roles: ["owner", "admin"], scope: "manage" },
  "people and keys": { roles: ["owner", "admin"], scope: null },
} as const;

const scopes = ["read", "verify", "share", "claim", "rules", "manage"];

/** A call as one of ours makes it, with a company's object in its path where it has one. */
interface Call {
  row: keyof typeof rows;
  ok: number;
  body?: (company: Company, object: string) => unknown;
  /** Makes an object of the company and says its id. */
  object?: (company: Company) => Promise<string>;
  /** An object that nobody has, where 24 hex digits name none. */
  none?: string | (() => string);
  /** What another company is told, where that is not 404. */
  foreign?: number;
}

/** Calls that take no credentials: everybody gets this answer to this body. */
interface Open {
  open: number;
  body?: unknown;
  /** What a key has to be allowed, for those that come with one. */
  scope?: string;
}

/** Calls about oneself: any person may; a key only where it says so. */
interface Self {
  self: number;
  body?: Call["body"];
  keys: number;
}

interface Company {
  owner: Person;
  admin: Person;
  member: Person;
  accounts: Accounts;
  /** A page of the company's, to receive certificates from. */
  form: Page;
  recorder: RecordingPage;
  database: Database;
}

const received = ({ form }: Company) => form.certificate();
/** A certificate of the company that has sealed one chunk, and that chunk. */
const recorded = async ({ form, recorder }: Company) => {
  const session = await form.startSession();
  const chunks = visit().slice(0, 1);
  const recording = manifestOf([{ stream: session.stream, chunks }]);
  const commit = { ...form.commit({ session }), recording };
  expect((await form.send(commit)).status()).toBe(201);
  expect((await recorder.send(session, 0, chunks[0] ?? "")).status).toBe(201);
  return { id: commit.certificate_id, chunk: `${session.stream}.0` };
};
const neverReceived = () => `EC-${hex(17)}-${randomBytes(32).toString("base64url")}`;
const consumer = () => ({ phone: "(305) 555-0123" });
const empty = () => ({});
const optOut = async ({ owner, database }: Company) => {
  const id = hex(12);
  database.run(
    "INSERT INTO opt_outs (opt_out_id, company_id, received_at, due_at, lookup) VALUES (?, ?, 0, 1, ?)",
    id,
    owner.me.company.id,
    randomBytes(16),
  );
  return id;
};

const nonsense = { open: 400, body: {} };
const property = async ({ owner }: Company) => idOf(await owner.post("/api/properties", quotes()));
const quotes = () => ({ name: "Quotes", origins: [`https://${hex(6)}.leadgen.com`] });
const webhook = async ({ owner }: Company) =>
  idOf(await owner.post("/api/webhooks", { url: "https://hooks.acme-insurance.com/e", events }));
const events = ["certificate.claimed"];
const rule = { rule_name: "Acme", required_phrases: ["Acme Insurance"], mode: "warn" };
const consentRule = async ({ owner }: Company) =>
  idOf(await owner.post("/certificate-sharing/consent-rules", rule));
const partner = async (company: Company) =>
  String(
    await idOf(
      await company.owner.post("/certificate-sharing/partners", {
        property_id: await property(company),
        email: newEmail("ben"),
        access_level: "claim",
      }),
    ),
  );
type Publisher = Pick<Company, "owner" | "accounts">;

/** A certificate of the company, as a page of its property commits it. */
const certificate = async ({ owner, accounts }: Publisher) => {
  const form = quotes();
  const id = await idOf(await owner.post("/api/properties", form));
  const at = { company: owner.me.company.id, property: id, origin: form.origins[0] ?? "" };
  const baseURL = `http://127.0.0.1:${new URL(accounts.origin).port}`;
  const context = await request.newContext({ baseURL });
  const made = await new Page(context, at).certificate();
  await context.dispose();
  return made;
};
const share = async (company: Publisher, target?: string) => {
  const path = `/certificate-sharing/certificates/${await certificate(company)}/share`;
  const body = target === undefined ? {} : { target_company_id: target };
  return ((await (await company.owner.post(path, body)).json()) as { claim_token: string })
    .claim_token;
};
/** A publisher that sells to the company: one for all, since making an account takes a while. */
let seller: Promise<Person> | undefined;
/** A token for the company. */
const token = async ({ owner, accounts }: Company) => {
  seller ??= accounts.owner(newEmail("seller"), "Seller");
  const of = await seller;
  return await share({ owner: of, accounts }, owner.me.company.id);
};
const claimed = async (company: Company) => {
  const path = `/certificate-sharing/certificates/claim/${await token(company)}`;
  return String(((await (await company.owner.post(path)).json()) as { claim_id: number }).claim_id);
};
const shareId = async (company: Company) => {
  await share(company);
  const answer = await company.owner.get("/certificate-sharing/shares?limit=1");
  return ((await answer.json()) as { items: { id: string }[] }).items[0]?.id ?? "";
};
const unknownCertificate = `EC-${"0".repeat(34)}-${"A".repeat(43)}`;
const removeAll = async ({ owner }: Company) => {
  for (const { id } of (await (await owner.get("/api/webhooks")).json()) as { id: string }[]) {
    await owner.send("DELETE", `/api/webhooks/${id}`);
  }
};

const table: Record<string, Call | Open | Self> = {
  "POST /api/sessions": nonsense,
  "POST /api/texts": nonsense,
  "POST /api/installs": nonsense,
  "POST /api/certificates": nonsense,
  "POST /api/certificates/raw": nonsense,
  "POST /api/recordings": nonsense,
  "GET /certificate/{id}": { open: 400 },
  "GET /certificate/{id}/pdf": { open: 400 },
  "GET /certificate/{id}/replay/manifest": {
    row: "view",
    ok: 200,
    object: async (company) => (await recorded(company)).id,
    none: neverReceived,
  },
  "GET /certificate/{id}/replay/{chunk}": {
    row: "view",
    ok: 200,
    object: async (company) => {
      const { id, chunk } = await recorded(company);
      return `${id}/replay/${chunk}`;
    },
    none: () => `${neverReceived()}/replay/${hex(16)}.0`,
  },
  "POST /api/certificates/{id}/replay-link": {
    row: "share",
    ok: 201,
    body: empty,
    object: received,
    none: neverReceived,
  },
  "POST /api/verify/match": { ...nonsense, scope: rows.verify.scope },
  "POST /api/verify/batch": { ...nonsense, scope: rows.verify.scope },
  "POST /api/verify/match-lead": {
    row: "verify",
    ok: 200,
    body: () => ({ certificate_id: neverReceived(), phone: "(305) 555-0123" }),
  },
  "GET /certificates": { row: "view", ok: 200 },
  "GET /certificates/export": { row: "view", ok: 200 },
  "POST /api/certificates/{id}/revoke": {
    row: "manage",
    ok: 200,
    body: empty,
    object: received,
    none: neverReceived,
  },
  "POST /api/certificates/{id}/restore": {
    row: "manage",
    ok: 200,
    body: empty,
    object: received,
    none: neverReceived,
  },
  "POST /api/certificates/{id}/erase": {
    row: "manage",
    ok: 200,
    body: empty,
    object: received,
    none: neverReceived,
  },
  "GET /api/certificates/{id}/accesses": {
    row: "view",
    ok: 200,
    object: received,
    none: neverReceived,
  },
  "GET /api/activity": { row: "view", ok: 200 },
  "POST /api/revocations": { row: "manage", ok: 202, body: consumer },
  "POST /api/erasures": { row: "manage", ok: 202, body: consumer },
  "GET /api/orders/{id}": {
    row: "manage",
    ok: 200,
    object: async ({ owner }) => idOf(await owner.post("/api/revocations", consumer())),
  },
  "POST /api/opt-out": { open: 422, body: {} },
  "GET /api/opt-outs": { row: "manage", ok: 200 },
  "POST /api/opt-outs/{id}/confirm": { row: "manage", ok: 200, body: empty, object: optOut },
  "POST /api/opt-outs/{id}/decline": {
    row: "manage",
    ok: 200,
    body: () => ({ reason: "The consumer is a customer" }),
    object: optOut,
  },
  "GET /.well-known/jwks.json": { open: 200 },
  "GET /openapi.json": { open: 200 },
  "GET /api/dev/outbox": { open: 200 },
  "GET /api/dev/statements": { open: 200 },
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
  "GET /certificate-sharing/partners": { row: "manage", ok: 200 },
  "POST /certificate-sharing/partners": {
    row: "manage",
    ok: 201,
    // Of the owner's company, whoever calls: to another one the property does not exist.
    object: property,
    body: (_, id) => ({ property_id: id, email: newEmail("ben"), access_level: "claim" }),
  },
  "PUT /certificate-sharing/partners/{id}": {
    row: "manage",
    ok: 200,
    body: () => ({ auto_share: true }),
    object: partner,
  },
  "DELETE /certificate-sharing/partners/{id}": { row: "manage", ok: 204, object: partner },
  "GET /certificate-sharing/partners/invitations": { row: "people and keys", ok: 200 },
  "POST /certificate-sharing/partners/invitations/accept": {
    row: "people and keys",
    ok: 422,
    body: () => ({}),
  },
  "POST /certificate-sharing/partners/invitations/decline": {
    row: "people and keys",
    ok: 422,
    body: () => ({}),
  },
  "GET /certificate-sharing/consent-rules": { row: "rules", ok: 200 },
  "POST /certificate-sharing/consent-rules": { row: "rules", ok: 201, body: () => rule },
  "GET /certificate-sharing/consent-rules/{id}": { row: "rules", ok: 200, object: consentRule },
  "PUT /certificate-sharing/consent-rules/{id}": {
    row: "rules",
    ok: 200,
    body: () => rule,
    object: consentRule,
  },
  "DELETE /certificate-sharing/consent-rules/{id}": { row: "rules", ok: 204, object: consentRule },
  "GET /certificate-sharing/consent-rules/packs": { row: "rules", ok: 200 },
  "POST /certificate-sharing/consent-rules/preview": {
    row: "rules",
    ok: 200,
    body: () => ({ rule, text: "Acme Insurance may call me." }),
  },
  "POST /certificate-sharing/certificates/{id}/share": {
    row: "share",
    ok: 200,
    body: () => ({}),
    object: certificate,
    none: unknownCertificate,
  },
  "POST /certificate-sharing/certificates/batch-share": {
    row: "share",
    ok: 200,
    body: (_, id) => ({ certificate_ids: [id] }),
    object: certificate,
    none: unknownCertificate,
  },
  "GET /certificate-sharing/shares": { row: "share", ok: 200 },
  "DELETE /certificate-sharing/shares/{id}": { row: "share", ok: 204, object: shareId },
  "GET /certificate-sharing/certificates/claim/{token}": { open: 400 },
  "POST /certificate-sharing/certificates/claim/{token}": {
    row: "claim",
    ok: 200,
    object: token,
    none: `clm_${"0".repeat(48)}`,
    foreign: 403,
  },
  "GET /certificate-sharing/partner-certificates": { row: "view", ok: 200 },
  "GET /certificate-sharing/partner-certificates/{id}/evidence": {
    row: "view",
    ok: 200,
    object: claimed,
  },
  "POST /certificate-sharing/partner-certificates/{id}/check": {
    row: "claim",
    ok: 200,
    object: async (company) => {
      await consentRule(company);
      return await claimed(company);
    },
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
    async ({ worker, database, playwright }, use) => {
      const accounts = new Accounts(worker.port);
      const owner = await accounts.owner();
      const [admin, member] = [
        await accounts.colleague(owner, "admin"),
        await accounts.colleague(owner, "member"),
      ];
      const base = `http://127.0.0.1:${worker.port}`;
      const request = await playwright.request.newContext({ baseURL: base });
      const { origins, ...site } = { ...quotes(), company: owner.me.company.id };
      const [origin = ""] = origins;
      const made = await owner.post("/api/properties", { name: site.name, origins });
      const at = { company: site.company, property: await idOf(made), origin };
      const form = new Page(request, at);
      const recorder = new RecordingPage(base, origin);
      await use({ owner, admin, member, accounts, form, recorder, database });
      await request.dispose();
    },
    { scope: "worker" },
  ],
  stranger: [
    async ({ company }, use) => {
      await use(await company.accounts.owner(newEmail("stranger"), "Other Leads Inc"));
    },
    { scope: "worker" },
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
  const keyed = async (scope: string) =>
    accounts.machine(await accounts.key(company.owner, scope)).with({ origin: accounts.origin });
  const key = await keyed(entry.scope ?? "read");
  if (entry.scope !== undefined) {
    const answer = await (await keyed("read")).send(method, path, entry.body);
    expect(answer.status(), "key without scope").toBe(403);
  }
  const person = await accounts.person(await accounts.signIn(member.me.user?.email ?? ""));
  for (const caller of [accounts.anybody, key, person]) {
    expect((await caller.send(method, path, entry.body)).status()).toBe(entry.open);
  }
}

async function expectSelf(entry: Self, method: string, path: string, company: Company) {
  const { accounts } = company;
  const body = entry.body?.(company, "");
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
    const answer = await caller.send(method, named(path, id), entry.body?.(company, id));
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
  const foreign = await try_(
    stranger,
    entry.foreign ?? (entry.object ? 404 : entry.ok),
    "other company",
  );
  for (const mine of [owner.me.company.id, owner.me.user?.id ?? "-"]) {
    expect(foreign.text).not.toContain(mine);
  }
  if (entry.object) {
    const none = typeof entry.none === "function" ? entry.none() : (entry.none ?? hex(12));
    const body = entry.body?.(company, none);
    const answer = await owner.send(method, named(path, none), body);
    if (entry.foreign === undefined) {
      expect(JSON.stringify(await answer.json())).toBe(foreign.text);
    } else {
      expect(answer.status()).toBe(404);
    }
  }
  await removeAll(company);
  await removeAll({ ...company, owner: stranger });
}

/** An object in a path of two parts says both. */
const named = (path: string, id: string) => path.replace(/\{.*\}/, id);

async function idOf(answer: { json(): Promise<unknown> }): Promise<string> {
  return ((await answer.json()) as { id: string }).id;
}
