// The pages around signing in, as the links in mails lead to them.
import { newEmail, password } from "../support/accounts.ts";
import { expect, test } from "../support/dashboard.ts";

test("somebody signs up, follows the mail, signs out and in again", async ({
  office,
  accounts,
}) => {
  const { page, complaints } = await office.desk();
  const email = newEmail();
  await page.goto("/sign-up");
  await page.getByLabel("Company").fill("LeadGen Co");
  await page.getByLabel("Your name").fill("Maria Lopez");
  await page.getByLabel("Work e-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText("a mail with a link is on its way")).toContainText(email);

  const mail = (await accounts.mails(email))[0];
  await page.goto(mail?.link ?? "");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Confirm and sign in" }).click();
  await expect(page).toHaveURL(/\/dashboard\/start$/);
  await expect(page.getByText("LeadGen Co")).toBeVisible();

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await page.goto("/dashboard/company?from=mail");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/dashboard\/company\?from=mail$/);
  await expect(page.getByRole("heading", { name: "Company", exact: true })).toBeVisible();
  // A call without a sign-in is refused, which the browser itself writes down.
  expect(complaints.filter((text) => !text.includes("401"))).toEqual([]);
});

test("signing in leads to no other site", async ({ office, accounts, workerUrl }) => {
  const { me } = await accounts.owner();
  for (const next of [
    "https://evil.test/",
    "//evil.test/x",
    "/\\evil.test",
    "javascript:alert(1)",
  ]) {
    const { page } = await office.desk();
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await page.getByLabel("E-mail").fill(me.user?.email ?? "");
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page, next).toHaveURL(`${workerUrl}/dashboard/`);
  }
});

test("a wrong password is said, and no more", async ({ office, accounts }) => {
  const { me } = await accounts.owner();
  const { page } = await office.desk();
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(me.user?.email ?? "");
  await page.getByLabel("Password").fill("not the password at all");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("no account with this address and password");
});

test("a forgotten password is replaced by the link in the mail", async ({ office, accounts }) => {
  const { me } = await accounts.owner();
  const email = me.user?.email ?? "";
  const { page } = await office.desk();
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  // Until its code is there, the page before stands, with a field of the same name.
  await page.getByRole("heading", { name: "Forgotten password" }).waitFor();
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("button", { name: "Send a link" }).click();
  await expect(page.getByText("a mail with a link is on its way")).toBeVisible();

  const mail = (await accounts.mails(email)).find(({ kind }) => kind === "reset");
  await page.goto(mail?.link ?? "");
  await page.getByLabel("New password").fill("a horse of another colour");
  await page.getByRole("button", { name: "Set password" }).click();
  await expect(page.getByRole("heading", { name: "Your password is set" })).toBeVisible();
  expect((await accounts.signIn(email, "a horse of another colour")).status()).toBe(200);
});

test("an invited person joins, and switches between two companies", async ({
  office,
  accounts,
}) => {
  const ana = await accounts.owner(newEmail("ana"), "Brightfield Solar");
  const email = ana.me.user?.email ?? "";
  const maria = await accounts.owner();
  const inviter = await office.desk(maria);
  await inviter.open("/dashboard/people");
  await inviter.page.getByRole("button", { name: "Invite" }).click();
  await inviter.page.getByLabel("E-mail").fill(email);
  await inviter.page.getByLabel("Admin").check();
  await inviter.page.getByRole("button", { name: "Send invitation" }).click();
  await expect(inviter.page.getByRole("table", { name: "Invitations" })).toContainText(email);

  const { page } = await office.desk();
  const mail = (await accounts.mails(email)).find(({ kind }) => kind === "invitation");
  await page.goto(mail?.link ?? "");
  await page.getByLabel("I have an account").check();
  await page.getByLabel("Password of your account").fill(password);
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page).toHaveURL(/\/dashboard\/$/);
  await page.waitForLoadState("load");
  // The address stays; the page is a new one, of the other company.
  const arrived = page.waitForEvent("load");
  await page.getByRole("combobox", { name: "Company" }).selectOption("Brightfield Solar");
  await arrived;
  await page.getByRole("link", { name: "Company", exact: true }).click();
  await expect(page.locator("dd").first()).toHaveText("Brightfield Solar");
});

test("the pages around signing in are accessible in both themes", async ({ office }) => {
  const desk = await office.desk();
  for (const path of [
    "/sign-in",
    "/sign-up",
    "/forgotten-password",
    "/verify-email",
    "/reset",
    "/invitation",
  ]) {
    await desk.open(path);
    await desk.expectAccessible();
  }
  expect(desk.complaints).toEqual([]);
});
