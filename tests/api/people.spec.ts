// People: who comes into a company, who leaves it, and who decides.
import { newEmail, password } from "../support/accounts.ts";
import { hex } from "../support/evidence.ts";
import { expect, test } from "../support/test.ts";

test("somebody who is invited comes in by the link, with the role that was meant", async ({
  accounts,
}) => {
  const owner = await accounts.owner();
  const ana = await accounts.colleague(owner, "admin");
  expect(ana.me).toMatchObject({ company: owner.me.company, role: "admin" });
  const people = (await (await owner.get("/api/people")).json()) as { id: string; role: string }[];
  expect(people.map(({ id, role }) => [id, role])).toEqual([
    [owner.me.user?.id, "owner"],
    [ana.me.user?.id, "admin"],
  ]);
  expect(await (await owner.get("/api/invitations")).json()).toEqual([]);
});

test("an invitation works once, and not after it was taken back or replaced", async ({
  accounts,
}) => {
  const owner = await accounts.owner();
  const email = newEmail("ana");
  const accept = async (token: string) => {
    const body = { token, password, name: "Ana Ruiz" };
    return (await accounts.anybody.post("/api/invitations/accept", body)).status();
  };
  await owner.post("/api/invitations", { email, role: "member" });
  const first = await accounts.linkToken(email, "invitation");
  const again = await owner.post("/api/invitations", { email, role: "member" });
  expect(await accept(first)).toBe(404);
  const { id } = (await again.json()) as { id: string };
  const tokens = (await accounts.mails(email)).map((mail) => mail.link?.split("#")[1] ?? "");
  const second = tokens.find((token) => token !== first) ?? "";
  expect((await owner.send("DELETE", `/api/invitations/${id}`)).status()).toBe(204);
  expect(await accept(second)).toBe(404);

  const ana = newEmail("ana");
  await accounts.colleague(owner, "member", ana);
  expect(await accept(await accounts.linkToken(ana, "invitation"))).toBe(404);
});

test("an invitation to somebody with an account asks for its password", async ({ accounts }) => {
  const buyer = await accounts.owner(newEmail("buyer"), "Acme Insurance");
  const email = newEmail("ana");
  const ana = await accounts.owner(email, "Ana's Agency");
  await buyer.post("/api/invitations", { email, role: "member" });
  const token = await accounts.linkToken(email, "invitation");
  const wrong = await accounts.anybody.post("/api/invitations/accept", {
    token,
    password: "not the right one",
  });
  expect(await wrong.json()).toMatchObject({ status: 403, code: "wrong_password" });
  const right = await accounts.anybody.post("/api/invitations/accept", { token, password });
  const there = await accounts.person(right);
  expect(there.me).toMatchObject({ user: ana.me.user, company: buyer.me.company, role: "member" });
  expect(there.me.companies.map(({ role }) => role)).toEqual(["owner", "member"]);
});

test("a person in two companies switches between them, with a new cookie", async ({ accounts }) => {
  const buyer = await accounts.owner(newEmail("buyer"), "Acme Insurance");
  const email = newEmail("ana");
  const own = await accounts.owner(email, "Ana's Agency");
  await buyer.post("/api/invitations", { email, role: "member" });
  const token = await accounts.linkToken(email, "invitation");
  await accounts.anybody.post("/api/invitations/accept", { token, password });

  const switched = await accounts.person(
    await own.post("/api/auth/switch", { company_id: buyer.me.company.id }),
  );
  expect(switched.me).toMatchObject({ company: buyer.me.company, role: "member" });
  expect((await switched.get("/api/people")).status()).toBe(403);
  expect((await own.get("/api/auth/me")).status()).toBe(401);
  const foreign = await switched.post("/api/auth/switch", { company_id: hex(12) });
  expect(foreign.status()).toBe(404);
  const other = await accounts.owner();
  const theirs = await switched.post("/api/auth/switch", { company_id: other.me.company.id });
  expect(theirs.status()).toBe(404);
});

test("an address that was not shown to be theirs gets nothing that is meant for it", async ({
  accounts,
}) => {
  const buyer = await accounts.owner(newEmail("buyer"), "Acme Insurance");
  const email = newEmail("ana");
  // A stranger signs up with Ana's address before she does, and cannot confirm it.
  await accounts.signUp(email, "Not Ana");
  await buyer.post("/api/invitations", { email, role: "admin" });
  expect((await accounts.signIn(email)).status()).toBe(401);
  const ana = await accounts.anybody.post("/api/invitations/accept", {
    token: await accounts.linkToken(email, "invitation"),
    password: "Ana's own long password",
    name: "Ana Ruiz",
  });
  expect(ana.status()).toBe(200);
  // The stranger's password opens nothing, before and after.
  expect((await accounts.signIn(email)).status()).toBe(401);
});

test("somebody who is removed is out at once", async ({ accounts }) => {
  const owner = await accounts.owner();
  const ana = await accounts.colleague(owner, "admin");
  expect((await owner.send("DELETE", `/api/people/${ana.me.user?.id}`)).status()).toBe(204);
  expect((await ana.get("/api/auth/me")).status()).toBe(401);
});

test("an admin manages admins and members, and no owner", async ({ accounts }) => {
  const owner = await accounts.owner();
  const admin = await accounts.colleague(owner, "admin");
  const member = await accounts.colleague(owner, "member");
  const change = (role: string, id?: string) => admin.send("PUT", `/api/people/${id}`, { role });
  expect((await change("admin", member.me.user?.id)).status()).toBe(204);
  expect((await change("owner", member.me.user?.id)).status()).toBe(403);
  expect((await change("member", owner.me.user?.id)).status()).toBe(403);
  expect((await admin.send("DELETE", `/api/people/${owner.me.user?.id}`)).status()).toBe(403);
  const invite = await admin.post("/api/invitations", { email: newEmail(), role: "owner" });
  expect(await invite.json()).toMatchObject({ status: 403, code: "role_required" });
});

test("a company keeps an owner", async ({ accounts }) => {
  const owner = await accounts.owner();
  const id = owner.me.user?.id;
  const lower = await owner.send("PUT", `/api/people/${id}`, { role: "member" });
  expect(await lower.json()).toMatchObject({ status: 409, code: "last_owner" });
  expect((await owner.send("DELETE", `/api/people/${id}`)).status()).toBe(409);
  const second = await accounts.colleague(owner, "owner");
  expect((await owner.send("DELETE", `/api/people/${id}`)).status()).toBe(204);
  expect((await second.get("/api/people")).status()).toBe(200);
});
