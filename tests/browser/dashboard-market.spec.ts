// What two companies and a consumer do with certificates, beyond the walk through the articles:
// auto-share, partners and claims that begin with a link, opt-outs, and several certificates at once.
import { readFileSync } from "node:fs";
import { newEmail, type Person, password } from "../support/accounts.ts";
import { test as base, type Desk, expect } from "../support/dashboard.ts";
import { Page as Form, hex, type Property } from "../support/evidence.ts";

interface Publisher {
  owner: Person;
  property: Property;
  form: Form;
  /** A certificate bound to a consumer's phone. */
  lead: (phone: string) => Promise<string>;
}

const test = base.extend<{ seller: Publisher; buyer: Person; runCron: () => Promise<void> }>({
  seller: async ({ accounts, request }, use) => {
    const owner = await accounts.owner(newEmail("maria"), "LeadGen Co");
    const origin = `https://${hex(4)}.leadgen.com`;
    const made = await owner.post("/api/properties", { name: "Solar quotes", origins: [origin] });
    const { id } = (await made.json()) as { id: string };
    const property = { company: owner.me.company.id, property: id, origin };
    const form = new Form(request, property);
    const lead = async (phone: string) => {
      const commit = { ...form.commit({ session: await form.startSession() }), contact: { phone } };
      expect((await form.send(commit)).status()).toBe(201);
      return commit.certificate_id;
    };
    await use({ owner, property, form, lead });
  },
  buyer: async ({ accounts }, use) => {
    await use(await accounts.owner(newEmail("ben"), "Acme Insurance"));
  },
  runCron: async ({ request }, use) => {
    await use(async () => {
      await request.get("/__scheduled?cron=*/5+*+*+*+*");
    });
  },
});

const emailOf = ({ me }: Person) => me.user?.email ?? "";

async function signIn({ page }: Desk, person: Person): Promise<void> {
  await page.getByLabel("E-mail").fill(emailOf(person));
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("with auto-share every new certificate is visible to the partner by itself", async ({
  office,
  seller,
  buyer,
  database,
  runCron,
}) => {
  const earlier = await seller.form.certificate();
  const [maria, ben] = [await office.desk(seller.owner), await office.desk(buyer)];
  await maria.open(`/dashboard/properties/${seller.property.property}`);
  await maria.page.getByRole("button", { name: "Add Partner" }).click();
  const adding = maria.page.getByRole("dialog", { name: "Add Partner" });
  await adding.getByLabel("company ID or email").fill(buyer.me.company.id);
  await adding.getByLabel("Auto-share").check();
  await adding.getByRole("button", { name: "Add Partner" }).click();
  await expect(maria.page.getByLabel("Auto-share with Acme Insurance")).toBeChecked();

  const certificate = await seller.form.certificate();
  // As if it had been there for long enough.
  await expect
    .poll(() => database.rows("SELECT due_at FROM auto_shares").length)
    .toBeGreaterThan(0);
  database.run("UPDATE auto_shares SET due_at = 1");
  await runCron();
  await maria.open("/dashboard/shares");
  const shared = maria.page.getByRole("row", { name: /Acme Insurance/ });
  await expect(shared).toHaveCount(1);
  await expect(shared).toContainText("by itself");

  await expect
    .poll(async () => {
      await ben.open("/dashboard/partner-certificates");
      return ben.page.getByRole("row", { name: /LeadGen Co/ }).count();
    })
    .toBe(1);
  const row = ben.page.getByRole("row", { name: /LeadGen Co/ });
  await expect(row).toContainText("Pending");
  await expect(row).toContainText("claim before");
  await row.getByRole("link", { name: /View Evidence/ }).click();
  await expect(ben.page.getByText("Not claimed: the evidence is kept")).toBeVisible();
  await expect(ben.page.getByText(certificate, { exact: true })).toBeVisible();
  await expect(ben.page.getByText(earlier)).toHaveCount(0);
  await ben.page.getByRole("link", { name: "Partner Certificates" }).first().click();
  await row.getByRole("link", { name: /^Claim/ }).click();
  await ben.page.getByRole("button", { name: "Claim", exact: true }).click();
  await ben.page.getByRole("dialog").getByRole("button", { name: "Claim", exact: true }).click();
  await expect(ben.page.getByRole("heading", { name: "Claimed" })).toBeVisible();
  expect([...maria.complaints, ...ben.complaints]).toEqual([]);
});

test("who is asked by mail to become a partner signs in on the way, and accepts", async ({
  office,
  seller,
  buyer,
  accounts,
}) => {
  const maria = await office.desk(seller.owner);
  const settings = `/dashboard/properties/${seller.property.property}`;
  await maria.open(settings);
  await maria.page.getByRole("button", { name: "Add Partner" }).click();
  const adding = maria.page.getByRole("dialog", { name: "Add Partner" });
  await adding.getByLabel("company ID or email").fill(emailOf(buyer));
  await adding.getByRole("button", { name: "Add Partner" }).click();
  const row = maria.page.getByRole("row", { name: new RegExp(emailOf(buyer)) });
  await expect(row).toContainText("Invited");

  const mail = (await accounts.mails(emailOf(buyer))).find(({ kind }) => kind === "partnership");
  const ben = await office.desk();
  await ben.page.goto(mail?.link ?? "");
  await expect(ben.page).toHaveURL(/\/sign-in\?next=/);
  await signIn(ben, buyer);
  await expect(
    ben.page.getByRole("heading", { name: "Become a distribution partner" }),
  ).toBeVisible();
  await expect(ben.page).toHaveURL(/\/dashboard\/partnership$/);
  await ben.expectAccessible();
  await ben.page.getByRole("button", { name: "Accept" }).click();
  await expect(ben.page.getByText("You are a partner now.")).toBeVisible();
  await maria.open(settings);
  await expect(maria.page.getByRole("row", { name: /Acme Insurance/ })).toContainText("Active");
});

test("a claim URL leads through sign-in and back to the claim", async ({
  office,
  seller,
  buyer,
}) => {
  const certificate = await seller.form.certificate();
  const path = `/certificate-sharing/certificates/${certificate}/share`;
  const { claim_url } = (await (await seller.owner.post(path, {})).json()) as { claim_url: string };
  const ben = await office.desk();
  await ben.page.goto(claim_url);
  await ben.expectAccessible();
  await ben.page.getByRole("link", { name: "Claim" }).click();
  await signIn(ben, buyer);
  await expect(ben.page).toHaveURL(claim_url);
  await ben.expectAccessible();
  await ben.page.getByRole("button", { name: "Claim" }).click();
  await expect(ben.page.getByRole("heading", { name: "Claimed" })).toBeVisible();
  await ben.page.getByRole("link", { name: "Partner Certificates" }).click();
  await expect(ben.page.getByRole("row", { name: /LeadGen Co/ })).toContainText("Claimed");
});

test("a consumer opts out, and the company confirms, or declines with a reason", async ({
  office,
  seller,
  database,
  runCron,
}) => {
  const [phone, other] = ["+13055550123", "+12065550188"];
  const certificate = await seller.lead(phone);
  await seller.lead(other);
  const consumer = await office.desk();
  for (const typed of ["(305) 555-0123", "206 555 0188"]) {
    await consumer.page.goto("/opt-out");
    await consumer.expectAccessible();
    await consumer.page.getByLabel("Phone number").fill(typed);
    await consumer.page.getByRole("button", { name: "Ask them to stop" }).click();
    await expect(consumer.page.getByText("Your request was received")).toBeVisible();
  }
  await consumer.expectAccessible();
  await expect
    .poll(async () => {
      await runCron();
      return database.row("SELECT count(*) AS n FROM opt_out_requests").n;
    })
    .toBe(0);

  const maria = await office.desk(seller.owner);
  const { page } = maria;
  await maria.open("/dashboard/");
  await expect(page.getByText("Consumers have opted out")).toBeVisible();
  await maria.expectAccessible();
  await maria.open("/dashboard/opt-outs");
  const rows = page.getByRole("table").getByRole("row", { name: /To decide/ });
  await expect(rows).toHaveCount(2);
  await maria.expectAccessible();
  const asked = rows.filter({ has: page.getByRole("link", { name: certificate }) });
  await asked.getByRole("button", { name: /Confirm/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Confirm opt-out" }).click();
  await expect(rows).toHaveCount(1);
  await rows.getByRole("button", { name: /Decline/ }).click();
  const declining = page.getByRole("dialog");
  await declining.getByRole("button", { name: "Decline" }).click();
  await expect(declining).toBeVisible();
  await declining.getByLabel("Reason").fill("Asked twice; the first was confirmed.");
  await maria.expectAccessible();
  await declining.getByRole("button", { name: "Decline" }).click();
  await expect(page.getByText("Nothing to decide")).toBeVisible();
  await page.getByLabel("Status").selectOption("Declined");
  await expect(page.getByText("Asked twice; the first was confirmed.")).toBeVisible();
  await maria.open(`/dashboard/certificates/${certificate}`);
  await expect(page.getByText("Opted out with your company")).toBeVisible();
  expect([...maria.complaints, ...consumer.complaints]).toEqual([]);
});

test("an opt-out of one certificate is noted and taken back, and erasing is asked about", async ({
  office,
  seller,
}) => {
  const certificate = await seller.lead("+13055550123");
  const maria = await office.desk(seller.owner);
  const { page } = maria;
  const chain = page.locator(".chain");
  await maria.open(`/dashboard/certificates/${certificate}`);
  // There is no recording to look at.
  await expect(page.getByRole("link", { name: "Replay" })).toHaveCount(0);
  await page.getByRole("button", { name: "Note an opt-out" }).click();
  await page.getByLabel(/^Reason/).fill("Called our office.");
  await page.getByRole("dialog").getByRole("button", { name: "Note opt-out" }).click();
  await expect(page.getByText("Opted out with your company")).toBeVisible();
  await expect(chain.getByText("Consent revoked")).toBeVisible();
  const verdict = async () => (await seller.form.verify(certificate)).status();
  expect(await verdict()).toBe(403);
  await page.getByRole("button", { name: "Take the opt-out back" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
  await expect(page.getByText("Has not opted out with your company.")).toBeVisible();
  expect(await verdict()).toBe(200);

  await page.getByRole("button", { name: "Erase personal values" }).click();
  const erasing = page.getByRole("dialog");
  await expect(erasing).toContainText("cannot be undone");
  await maria.expectAccessible();
  await erasing.getByRole("button", { name: "Cancel" }).click();
  await expect(chain.getByText("Personal values erased")).toHaveCount(0);
  await page.getByRole("button", { name: "Erase personal values" }).click();
  await erasing.getByRole("button", { name: "Erase" }).click();
  await expect(chain.getByText("Personal values erased")).toBeVisible();
  // Whoever verifies is counted beside the chain, some seconds later.
  await expect(async () => {
    await maria.open(`/dashboard/certificates/${certificate}`);
    // The log comes after the certificate.
    await expect(page.getByText("somebody without a key")).toBeVisible({ timeout: 10_000 });
  }).toPass({ timeout: 120_000 });
  expect(maria.complaints).toEqual([]);
});

test("certificates are found, exported, and shared several at once", async ({
  office,
  seller,
  buyer,
}) => {
  const words = "I agree that Brightfield Solar calls me about solar panels.";
  const consents = [{ id: "tcpa", type: "main-implied", value: "visible", text: words }];
  const solar = [
    await seller.form.certificate({ consents }),
    await seller.form.certificate({ consents }),
  ];
  const unlike = await seller.form.certificate();
  const maria = await office.desk(seller.owner);
  const { page } = maria;
  await maria.open("/dashboard/certificates");
  const link = (id = "") => page.getByRole("link", { name: id });
  await expect(link(unlike)).toBeVisible();
  await page.getByRole("searchbox", { name: "Search" }).fill("brightfield panels");
  await expect(link(unlike)).toHaveCount(0);
  for (const id of solar) {
    await page.getByLabel(`Choose ${id}`).check();
  }
  await expect(page.getByText("2 chosen")).toBeVisible();
  await maria.expectAccessible();
  const file = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export CSV" }).click();
  const exported = readFileSync(await (await file).path(), "utf8");
  expect(solar.every((id) => exported.includes(id))).toBe(true);
  expect(exported).not.toContain(unlike);

  await page.getByRole("button", { name: "Share" }).click();
  const sharing = page.getByRole("dialog");
  await sharing.getByLabel("Another company").check();
  await sharing.getByLabel("The buyer's company ID").fill(buyer.me.company.id);
  await sharing.getByRole("button", { name: "Share", exact: true }).click();
  await expect(sharing.getByRole("row", { name: /clm_/ })).toHaveCount(2);
  await maria.expectAccessible();
  await sharing.getByRole("button", { name: "Done" }).click();
  await maria.open("/dashboard/shares");
  await expect(page.getByRole("row", { name: /Acme Insurance/ })).toHaveCount(2);

  // What was taken back cannot be claimed any more; until then it can be kept.
  await page.getByRole("button", { name: `Take back ${solar[0]}` }).click();
  await expect(page.getByRole("row", { name: /Acme Insurance/ })).toHaveCount(1);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("row", { name: /Acme Insurance/ })).toHaveCount(2);
  expect(maria.complaints).toEqual([]);
});

test("certificates are found by the days on which they were received", async ({
  office,
  seller,
}) => {
  const id = await seller.form.certificate();
  const maria = await office.desk(seller.owner);
  const { page } = maria;
  await maria.open("/dashboard/certificates");
  const link = page.getByRole("link", { name: id });
  const received = page.getByLabel("Received");
  await received.selectOption("Last 7 days");
  await expect(page).toHaveURL(/\?from=\d{4}-\d\d-\d\d$/);
  await expect(link).toBeVisible();
  await page.reload();
  await expect(received.locator(":checked")).toHaveText("Last 7 days");

  await received.selectOption("From … to …");
  await page.getByLabel("From").fill("2020-01-01");
  await page.getByLabel("To", { exact: true }).fill("2020-12-31");
  await expect(page.getByText("No certificate matches")).toBeVisible();
  await maria.expectAccessible();
  await page.reload();
  await expect(page.getByLabel("To", { exact: true })).toHaveValue("2020-12-31");
  await received.selectOption("Any time");
  await expect(link).toBeVisible();
  await expect(page.getByLabel("From")).toHaveCount(0);
  expect(maria.complaints).toEqual([]);
});

test("a member is offered what members may do, and told about the rest", async ({
  office,
  seller,
  accounts,
}) => {
  const certificate = await seller.form.certificate();
  const ana = await office.desk(await accounts.colleague(seller.owner, "member"));
  const { page } = ana;
  await ana.open(`/dashboard/certificates/${certificate}`);
  await expect(page.getByRole("button", { name: "Share" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Note an opt-out" })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "API keys" })).toHaveCount(0);
  for (const path of ["opt-outs", "consent-rules"]) {
    await ana.open(`/dashboard/${path}`);
    await expect(page.getByText(/Owners and admins of your company/)).toBeVisible();
    await ana.expectAccessible();
  }
  expect(ana.complaints).toEqual([]);
});

test("what cannot be reached is said, and comes when it is asked for again", async ({
  office,
  seller,
}) => {
  await seller.form.certificate();
  const { page, context } = await office.desk(seller.owner);
  await page.goto("/dashboard/certificates");
  await expect(page.getByRole("link", { name: /^EC-/ })).toBeVisible();
  await context.setOffline(true);
  // One page's code has come, and its data is asked for anew; the other's is still to come.
  await page.getByLabel("Status").selectOption("Claimed");
  await expect(page.getByText("The service could not be reached.")).toBeVisible();
  await page.getByRole("link", { name: "Activity" }).click();
  await expect(page.getByRole("heading", { name: "This page did not arrive" })).toBeVisible();
  await context.setOffline(false);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("1 in all.")).toBeVisible();
});
