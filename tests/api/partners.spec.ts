// Partners: the companies that a property's leads are sold to, and who decides about them.
import { newEmail, type Person } from "../support/accounts.ts";
import { buyer, expectJson, publisher } from "../support/companies.ts";
import { hex } from "../support/evidence.ts";
import { test as base, expect } from "../support/test.ts";

const path = "/certificate-sharing/partners";
const invitations = `${path}/invitations`;

interface Partner {
  id: number;
  property_id: string;
  publisher_company_id: string;
  partner_company_id: string | null;
  access_level: string;
  auto_share: boolean;
  status: string;
  created_at: string;
  email?: string;
  partner_name?: string;
  publisher_name?: string;
}

interface Sides {
  seller: Person;
  property: string;
  acme: Person;
}

const test = base.extend<{ sides: Sides }>({
  sides: async ({ accounts }, use) => {
    const { owner, property } = await publisher(accounts);
    await use({ seller: owner, property, acme: await buyer(accounts) });
  },
});

const companyOf = ({ me }: Person) => me.company.id;
const emailOf = ({ me }: Person) => me.user?.email ?? "";

function add({ seller, property, acme }: Sides, more: object = {}): Promise<Partner> {
  const body = {
    property_id: property,
    partner_company_id: companyOf(acme),
    access_level: "claim",
    auto_share: false,
    ...more,
  };
  return expectJson<Partner>(seller.post(path, body), 201);
}

function invite({ seller, property }: Sides, email: string, more: object = {}): Promise<Partner> {
  const body = { property_id: property, email, access_level: "claim", ...more };
  return expectJson<Partner>(seller.post(path, body), 201);
}

const list = (who: Person, query = "") => expectJson<Partner[]>(who.get(path + query), 200);

test("the seed's request gives the seed's answer, with the same fields and types", async ({
  sides,
}) => {
  const { seller, property, acme } = sides;
  const answer = await seller.post(path, {
    property_id: property,
    partner_company_id: companyOf(acme),
    access_level: "claim",
    auto_share: false,
  });
  expect(answer.status()).toBe(201);
  const partner = (await answer.json()) as Partner;
  expect(partner).toEqual({
    id: expect.any(Number),
    property_id: property,
    publisher_company_id: companyOf(seller),
    partner_company_id: companyOf(acme),
    access_level: "claim",
    auto_share: false,
    status: "active",
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  expect(Number.isSafeInteger(partner.id) && partner.id > 0).toBe(true);

  const [listed, ...more] = await list(seller);
  expect(more).toEqual([]);
  expect(listed).toEqual({
    ...partner,
    partner_name: "Acme Insurance",
    publisher_name: "LeadGen Co",
  });

  expect((await seller.send("DELETE", `${path}/${partner.id}`)).status()).toBe(204);
  expect(await list(seller)).toEqual([]);
  const [ended] = await list(seller, "?status=revoked");
  expect(ended).toMatchObject({ id: partner.id, status: "revoked" });
  // Again, nothing changes, and a new partnership may follow.
  expect((await seller.send("DELETE", `${path}/${partner.id}`)).status()).toBe(204);
  expect(await list(seller, "?status=revoked")).toEqual([ended]);
  expect((await add(sides)).id).not.toBe(partner.id);
});

test("a partnership's number leads to the property's database, as its certificates' ids do", async ({
  sides,
}) => {
  const { createHash } = await import("node:crypto");
  const tag = createHash("sha256").update(sides.property).digest()[0];
  expect((await add(sides)).id % 256).toBe(tag);
});

test("access level and auto-share can be changed, one at a time, until it has ended", async ({
  sides,
}) => {
  const { seller } = sides;
  const { id } = await add(sides);
  const change = (body: unknown) => seller.send("PUT", `${path}/${id}`, body);
  expect(await (await change({ auto_share: true })).json()).toMatchObject({
    access_level: "claim",
    auto_share: true,
  });
  expect(await (await change({ access_level: "read" })).json()).toMatchObject({
    access_level: "read",
    auto_share: true,
  });
  expect((await change({ access_level: "write" })).status()).toBe(400);
  expect((await change({ property_id: sides.property })).status()).toBe(400);
  expect(await list(seller)).toMatchObject([{ access_level: "read", auto_share: true }]);
  await seller.send("DELETE", `${path}/${id}`);
  expect(await (await change({ auto_share: false })).json()).toMatchObject({
    status: 409,
    code: "partner_ended",
  });
});

test("a property has a partner once, however many ask for it at the same time", async ({
  sides,
}) => {
  const { seller, property, acme } = sides;
  const body = {
    property_id: property,
    partner_company_id: companyOf(acme),
    access_level: "read",
  };
  const answers = await Promise.all(Array.from({ length: 12 }, () => seller.post(path, body)));
  const statuses = answers.map((answer) => answer.status()).sort();
  expect(statuses).toEqual([201, ...Array(11).fill(409)]);
  const refused = answers.find((answer) => answer.status() === 409);
  expect(await refused?.json()).toMatchObject({ code: "already_partner" });
  expect(await list(seller)).toHaveLength(1);
});

test("nothing is made of a request that names nobody, too many, oneself or strangers' things", async ({
  sides,
  accounts,
}) => {
  const { seller, property, acme } = sides;
  const other = await publisher(accounts, "Other Leads Inc");
  const asked = { property_id: property, access_level: "claim" };
  const company = { partner_company_id: companyOf(acme) };
  const cases: [object, number, string][] = [
    [asked, 422, "partner_unnamed"],
    [{ ...asked, ...company, email: newEmail() }, 422, "partner_unnamed"],
    [{ ...asked, partner_company_id: companyOf(seller) }, 422, "own_company"],
    [{ ...asked, partner_company_id: hex(12) }, 404, "company_not_found"],
    [{ ...asked, ...company, property_id: other.property }, 404, "property_not_found"],
    [{ ...asked, ...company, property_id: hex(12) }, 404, "property_not_found"],
    [{ ...asked, ...company, property_id: "quotes" }, 400, "invalid_json"],
    [{ ...asked, ...company, access_level: "owner" }, 400, "invalid_json"],
    [{ ...asked, ...company, auto_share: "yes" }, 400, "invalid_json"],
    [{ ...asked, ...company, status: "active" }, 400, "invalid_json"],
    [{ ...asked, email: "nobody" }, 400, "invalid_json"],
    [{ ...company, property_id: property }, 400, "invalid_json"],
  ];
  for (const [body, status, code] of cases) {
    const answer = await seller.post(path, body);
    expect(await answer.json(), JSON.stringify(body)).toMatchObject({ status, code });
  }
  for (const status of ["active", "invited"]) {
    expect(await list(seller, `?status=${status}`)).toEqual([]);
  }
  for (const query of ["?status=gone", "?property_id=7", "?side=left", "?company_id=x"]) {
    const answer = await seller.get(path + query);
    expect(await answer.json(), query).toMatchObject({ status: 400, code: "invalid_parameter" });
  }
});

test("lists are of the caller's own company, on the side that is asked for", async ({
  sides,
  accounts,
}) => {
  const { seller, acme } = sides;
  const partner = await add(sides);
  const stranger = await buyer(accounts, "Beta Solar");
  for (const side of ["publisher", "buyer"]) {
    expect(await list(stranger, `?side=${side}`)).toEqual([]);
  }
  expect(await list(acme)).toEqual([]);
  expect(await list(acme, "?side=buyer")).toMatchObject([
    { id: partner.id, publisher_name: "LeadGen Co" },
  ]);
  expect(await list(seller, "?side=buyer")).toEqual([]);
  expect(await list(seller, `?property_id=${sides.property}`)).toHaveLength(1);
  expect(await list(seller, `?property_id=${hex(12)}`)).toEqual([]);
  // A partner is the publisher's to change and to end.
  for (const [method, body] of [["PUT", { auto_share: true }] as const, ["DELETE"] as const]) {
    for (const who of [acme, stranger]) {
      const answer = await who.send(method, `${path}/${partner.id}`, body);
      expect(await answer.json()).toMatchObject({ status: 404, code: "not_found" });
    }
  }
  for (const id of ["0", "1", "x", "1e3", "-1", "9007199254740993", "%00"]) {
    const answer = await seller.send("PUT", `${path}/${id}`, { auto_share: true });
    expect((await answer.json()) as object).toMatchObject({ status: 404, code: "not_found" });
  }
  expect(await list(seller)).toMatchObject([{ status: "active", auto_share: false }]);
});

test("who is invited by e-mail is no partner until they accept for a company", async ({
  sides,
  accounts,
}) => {
  const { seller, acme } = sides;
  // The publisher types the address as people do.
  const typed = ` ${emailOf(acme).toUpperCase()} `;
  const partner = await invite(sides, typed, { auto_share: true });
  expect(partner).toMatchObject({
    status: "invited",
    partner_company_id: null,
    email: emailOf(acme),
    auto_share: true,
  });
  expect(await list(seller)).toEqual([]);
  expect(await list(acme, "?side=buyer")).toEqual([]);
  expect(await list(seller, "?status=invited")).toMatchObject([{ id: partner.id }]);

  const [mail] = await accounts.mails(emailOf(acme));
  expect(mail).toMatchObject({ kind: "partnership", subject: expect.stringContaining("LeadGen") });
  expect(mail?.link).toMatch(/\/partnership\.html#[0-9a-f]{64}$/);

  const token = await accounts.linkToken(emailOf(acme), "partnership");
  const accepted = await expectJson<Partner>(acme.post(`${invitations}/accept`, { token }), 200);
  expect(accepted).toMatchObject({
    id: partner.id,
    status: "active",
    partner_company_id: companyOf(acme),
    partner_name: "Acme Insurance",
    publisher_name: "LeadGen Co",
    auto_share: true,
  });
  expect(await list(seller)).toEqual([accepted]);
  // The link works once.
  const again = await acme.post(`${invitations}/accept`, { token });
  expect(await again.json()).toMatchObject({ status: 404, code: "link_invalid" });
});

test("an invitation is also found by whoever has its address, and can be declined", async ({
  sides,
  accounts,
}) => {
  const { seller, property, acme } = sides;
  const email = newEmail("buying");
  const { id } = await invite(sides, email);
  // The account comes after the invitation.
  const invited = await accounts.owner(email, "Beta Solar");
  const mine = await expectJson<object[]>(invited.get(invitations), 200);
  expect(mine).toEqual([
    {
      id,
      property_id: property,
      publisher_company_id: companyOf(seller),
      publisher_name: "LeadGen Co",
      access_level: "claim",
      auto_share: false,
      invited_at: expect.any(String),
    },
  ]);
  expect(await expectJson(acme.get(invitations), 200)).toEqual([]);
  expect((await invited.post(`${invitations}/decline`, { id })).status()).toBe(204);
  expect(await expectJson(invited.get(invitations), 200)).toEqual([]);
  const token = await accounts.linkToken(email, "partnership");
  for (const which of [{ id }, { token }]) {
    expect((await invited.post(`${invitations}/accept`, which)).status()).toBe(404);
  }
  expect(await list(seller, "?status=declined")).toMatchObject([{ id, email }]);
  // They may be asked again.
  const second = await invite(sides, email);
  await expectJson(invited.post(`${invitations}/accept`, { id: second.id }), 200);
  expect(await list(seller)).toMatchObject([
    { id: second.id, partner_company_id: companyOf(invited) },
  ]);
});

test("an invitation is for its address alone", async ({ sides, accounts }) => {
  const { seller } = sides;
  const email = newEmail("buying");
  const { id } = await invite(sides, email);
  const token = await accounts.linkToken(email, "partnership");
  const stranger = await buyer(accounts, "Mallory Leads");
  for (const action of ["accept", "decline"]) {
    const byLink = await stranger.post(`${invitations}/${action}`, { token });
    expect(await byLink.json()).toMatchObject({ status: 403, code: "other_address" });
    const byNumber = await stranger.post(`${invitations}/${action}`, { id });
    expect(await byNumber.json()).toMatchObject({ status: 404, code: "not_found" });
    for (const body of [{}, { id, token }]) {
      const answer = await stranger.post(`${invitations}/${action}`, body);
      expect(await answer.json()).toMatchObject({ status: 422, code: "invitation_unnamed" });
    }
  }
  expect(await list(seller, "?status=invited")).toMatchObject([{ id }]);
});

test("a member of the buyer accepts nothing for it, and no company becomes its own partner", async ({
  sides,
  accounts,
}) => {
  const { seller, property, acme } = sides;
  const colleague = await accounts.colleague(acme, "member");
  const { id } = await invite(sides, emailOf(colleague));
  const refused = await colleague.post(`${invitations}/accept`, { id });
  expect(await refused.json()).toMatchObject({ status: 403, code: "role_required" });

  const own = await invite(sides, emailOf(seller));
  const answer = await seller.post(`${invitations}/accept`, { id: own.id });
  expect(await answer.json()).toMatchObject({ status: 422, code: "own_company" });

  // Who is a partner already does not become one twice.
  await add({ seller, property, acme });
  const twice = await invite(sides, emailOf(acme));
  const conflict = await acme.post(`${invitations}/accept`, { id: twice.id });
  expect(await conflict.json()).toMatchObject({ status: 409, code: "already_partner" });
  expect(await list(seller)).toHaveLength(1);
});

test("an invitation that was taken back, or is a week old, is worth nothing", async ({
  sides,
  accounts,
  database,
}) => {
  const { seller, acme } = sides;
  const revoked = await invite(sides, emailOf(acme));
  const token = await accounts.linkToken(emailOf(acme), "partnership");
  expect((await seller.send("DELETE", `${path}/${revoked.id}`)).status()).toBe(204);
  expect((await acme.post(`${invitations}/accept`, { token })).status()).toBe(404);
  expect((await acme.post(`${invitations}/accept`, { id: revoked.id })).status()).toBe(404);

  const late = await invite(sides, emailOf(acme));
  const old = await accounts.linkToken(emailOf(acme), "partnership");
  database.run(
    "UPDATE partners SET token_expires_at = token_expires_at - ? WHERE partner_id = ?",
    7 * 24 * 60 * 60 * 1_000,
    late.id,
  );
  const answer = await acme.post(`${invitations}/accept`, { token: old });
  expect(await answer.json()).toMatchObject({ status: 404, code: "link_invalid" });
  // The link is over; the invitation waits in the list of whoever has the address.
  await expectJson(acme.post(`${invitations}/accept`, { id: late.id }), 200);
});

test("an address is invited to a property once at a time", async ({ sides }) => {
  const email = newEmail("buying");
  await invite(sides, email);
  const { seller, property } = sides;
  const again = await seller.post(path, { property_id: property, email, access_level: "read" });
  expect(await again.json()).toMatchObject({ status: 409, code: "already_partner" });
  expect(await list(seller, "?status=invited")).toHaveLength(1);
});
