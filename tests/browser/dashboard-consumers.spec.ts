// A company names one consumer by phone or e-mail, and revokes or erases all that it has of them:
// as publisher and as buyer, each for itself.
import type { Accounts } from "../support/accounts.ts";
import { buyer, expectJson, publisher } from "../support/companies.ts";
import { expect, test } from "../support/dashboard.ts";
import { Page as Form, hashOf } from "../support/evidence.ts";
import type { Shared } from "../support/sharing.ts";

type Contact = { phone?: string; email?: string };

/** A publisher and what takes its certificates, each bound to a consumer. */
async function seller(accounts: Accounts, request: ConstructorParameters<typeof Form>[0]) {
  const { owner, property, origin } = await publisher(accounts);
  const form = new Form(request, { company: owner.me.company.id, property, origin });
  const lead = async (contact: Contact) => {
    const commit = { ...form.commit({ session: await form.startSession() }), contact };
    expect((await form.send(commit)).status()).toBe(201);
    return commit.certificate_id;
  };
  return { owner, form, lead };
}

test("a consumer's certificates are revoked by phone and erased by e-mail, after asking", async ({
  office,
  accounts,
  request,
  database,
}) => {
  const { owner, form, lead } = await seller(accounts, request);
  const maria = { phone: "+13055550123", email: "maria.lopez@example.com" };
  const hers = [await lead(maria), await lead(maria)];
  const other = await lead({ phone: "+13055550199" });
  const desk = await office.desk(owner);
  const { page } = desk;
  const dialog = page.getByRole("dialog");
  const verdicts = async () =>
    await Promise.all([...hers, other].map(async (id) => (await form.verify(id)).status()));

  await desk.open("/dashboard/");
  await page.getByRole("link", { name: "Revoke and erase" }).click();
  await expect(page.getByText("No consumer named yet")).toBeVisible();
  await desk.expectAccessible();
  const revoke = page.getByRole("button", { name: "Revoke…" });
  await revoke.click();
  await expect(page.getByText("Name a phone number or an e-mail.")).toBeVisible();
  await expect(dialog).toHaveCount(0);

  await page.getByLabel("Phone").fill("305 55");
  await revoke.click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await expect(dialog.getByRole("alert")).toContainText("phone");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByLabel("Phone").fill("(305) 555-0123");
  await page.getByLabel(/^Reason/).fill("Called our office.");
  await revoke.click();
  await expect(dialog).toContainText("(305) 555-0123");
  await desk.expectAccessible();
  expect(await verdicts()).toEqual([200, 200, 200]);
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("2 certificates revoked.")).toBeVisible();
  expect(await verdicts()).toEqual([403, 403, 200]);
  await expect(page.getByLabel("Phone")).toHaveValue("");
  await page.reload();
  await expect(page.getByText("2 certificates revoked.")).toBeVisible();

  await page.getByLabel("Phone").fill("305-555-0123");
  await revoke.click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText(/^Nothing to change/)).toBeVisible();

  const held = () =>
    database
      .rows("SELECT c.hash FROM disclosures d JOIN certificates c USING (certificate)")
      .map(({ hash }) => Buffer.from(hash as Uint8Array).toString("base64url"));
  const holds = (id: string) => held().includes(hashOf(id).toString("base64url"));
  await page.getByLabel("E-mail").fill("Maria.Lopez@example.com");
  await page.getByLabel("Erase personal values").check();
  const erase = page.getByRole("button", { name: "Erase personal values…" });
  await erase.click();
  await expect(dialog).toContainText("This cannot be undone");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect([...hers, other].map(holds)).toEqual([true, true, true]);
  await erase.click();
  await page.setViewportSize({ width: 360, height: 740 });
  await desk.expectAccessible();
  await dialog.getByRole("button", { name: "Erase personal values" }).click();
  await expect(page.getByText("2 certificates erased of personal values.")).toBeVisible();
  expect([...hers, other].map(holds)).toEqual([false, false, true]);
  await desk.expectAccessible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  // A refusal is on the browser's console too, as any answer of 4xx.
  expect(desk.complaints.filter((said) => !said.includes("422"))).toEqual([]);
});

test("a buyer revokes what it has claimed, for itself alone", async ({
  office,
  accounts,
  request,
}) => {
  const { owner, form, lead } = await seller(accounts, request);
  const id = await lead({ phone: "+13055550123" });
  const ben = await buyer(accounts);
  const share = `/certificate-sharing/certificates/${id}/share`;
  const { claim_token } = await expectJson<Shared>(owner.post(share, {}), 200);
  const claim = `/certificate-sharing/certificates/claim/${claim_token}`;
  await expectJson(ben.post(claim), 200);
  const desk = await office.desk(ben);
  const { page } = desk;
  await desk.open("/dashboard/consumers");
  await page.getByLabel("Phone").fill("305 555 0123");
  await page.getByRole("button", { name: "Revoke…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("1 certificate revoked.")).toBeVisible();
  expect((await form.verify(id)).status()).toBe(200);
  expect(desk.complaints).toEqual([]);
});

test("a member is told who does this, and another company's order is not found", async ({
  office,
  accounts,
  request,
}) => {
  const { owner } = await seller(accounts, request);
  const { id } = await expectJson<{ id: string }>(
    owner.post("/api/revocations", { phone: "+13055550123" }),
    202,
  );
  const ana = await office.desk(await accounts.colleague(owner, "member"));
  await ana.open("/dashboard/consumers");
  await expect(ana.page.getByText(/Owners and admins of your company/)).toBeVisible();
  await expect(ana.page.getByRole("link", { name: "Revoke and erase" })).toHaveCount(0);
  await expect(ana.page.getByRole("heading", { name: "Consumers" })).toHaveCount(0);
  const ben = await office.desk(await buyer(accounts));
  await ben.open(`/dashboard/consumers?order=${id}`);
  await expect(ben.page.getByText("Not found")).toBeVisible();
});
