// Both help articles step by step, as they are written: a publisher and a buyer, each in a browser
// of their own. The certificates come from pages that talk to the service as the tracker does.
import { type Accounts, newEmail, type Person } from "../support/accounts.ts";
import { test as base, type Desk, expect, type Office } from "../support/dashboard.ts";
import { Page as Form, type Property, tcpa } from "../support/evidence.ts";

interface Deal {
  publisher: Person;
  buyer: Person;
  property: Property;
  form: Form;
}

const test = base.extend<{ deal: Deal }>({
  deal: async ({ accounts, request }, use) => {
    await use(await newDeal(accounts, (at) => new Form(request, at)));
  },
});

async function newDeal(accounts: Accounts, form: (at: Property) => Form): Promise<Deal> {
  const publisher = await accounts.owner(newEmail("maria"), "LeadGen Co");
  const buyer = await accounts.owner(newEmail("ben"), "Acme Insurance");
  const origin = "https://forms.leadgen.com";
  const made = await publisher.post("/api/properties", { name: "Quotes", origins: [origin] });
  const { id } = (await made.json()) as { id: string };
  const property = { company: publisher.me.company.id, property: id, origin };
  return { publisher, buyer, property, form: form(property) };
}

async function desks(office: Office, deal: Deal): Promise<[Desk, Desk]> {
  return [await office.desk(deal.publisher), await office.desk(deal.buyer)];
}

const missing = "consent is not a condition of anything";

test("for publishers: a partner is added, a certificate is shared; for buyers: it is claimed, checked and viewed", async ({
  office,
  deal,
}) => {
  const [maria, ben] = await desks(office, deal);
  const id = await deal.form.certificate();

  // The buyer's company ID is ready to copy.
  await ben.open("/dashboard/company");
  await expect(ben.page.getByText(deal.buyer.me.company.id)).toBeVisible();

  // Adding a Distribution Partner.
  await maria.open("/dashboard/properties");
  await maria.page.getByRole("link", { name: "Quotes" }).click();
  await expect(maria.page.getByRole("heading", { name: "Distribution Partners" })).toBeVisible();
  await maria.page.getByRole("button", { name: "Add Partner" }).click();
  const adding = maria.page.getByRole("dialog", { name: "Add Partner" });
  await adding.getByLabel("company ID or email").fill(deal.buyer.me.company.id);
  await adding.getByLabel("Claim").check();
  await expect(adding.getByLabel("Auto-share")).not.toBeChecked();
  await maria.expectAccessible();
  await adding.getByRole("button", { name: "Add Partner" }).click();
  await expect(maria.page.getByRole("row", { name: /Acme Insurance/ })).toContainText("Active");

  // Creating a rule with individual phrases.
  await ben.page.getByRole("link", { name: "Partner Certificates" }).click();
  await ben.page.getByRole("link", { name: "Manage consent rules" }).click();
  await ben.page.getByRole("link", { name: "Create Rule" }).click();
  await ben.page.getByLabel("Individual Phrases").check();
  await ben.page.getByLabel("Rule name").fill("TCPA Express Consent");
  const phrase = ben.page.getByRole("textbox", { name: "Required phrases" });
  for (const words of [
    "Acme Insurance",
    "autodialer | automatic telephone dialing system",
    missing,
  ]) {
    await phrase.fill(words);
    await phrase.press("Enter");
  }
  await ben.page.getByLabel("Warn").check();
  await ben.page.getByLabel("A disclosure to try it on").fill(tcpa);
  await expect(ben.page.getByText("67% Non-compliant")).toBeVisible();
  await expect(ben.page.locator("mark", { hasText: "autodialer" })).toBeVisible();
  await ben.expectAccessible();
  await ben.page.getByRole("button", { name: "Save Rule" }).click();
  await expect(ben.page.getByRole("row", { name: /TCPA Express Consent/ })).toContainText("Warn");

  // Sharing Individual Certificates.
  await maria.page.getByRole("link", { name: "Certificates", exact: true }).click();
  await maria.page.getByRole("link", { name: id }).click();
  await expect(maria.page.locator(".words").first()).toHaveText(tcpa);
  await maria.expectAccessible();
  await maria.page.getByRole("button", { name: "Share" }).click();
  const sharing = maria.page.getByRole("dialog");
  await sharing.getByLabel("Partner", { exact: true }).selectOption("Acme Insurance");
  await sharing.getByRole("button", { name: "Share", exact: true }).click();
  await expect(sharing.getByText("Pass the claim token")).toBeVisible();
  const [token = "", url = ""] = await sharing.locator("code").allTextContents();
  expect(token).toMatch(/^clm_[0-9a-f]{48}$/);
  expect(url.endsWith(`/certificate-sharing/certificates/claim/${token}`)).toBe(true);

  // Claiming a Certificate: the preview says what it gives, and nothing happens before asking.
  await ben.page.getByRole("link", { name: "Partner Certificates" }).first().click();
  await ben.page.getByRole("link", { name: "Claim with a token" }).first().click();
  await ben.page.getByLabel("Claim token or URL").fill(url);
  await ben.page.getByRole("button", { name: "Preview" }).click();
  await expect(ben.page.getByText("forms.leadgen.com")).toBeVisible();
  await expect(ben.page.getByText("LeadGen Co")).toBeVisible();
  await ben.expectAccessible();
  await ben.page.getByRole("button", { name: "Claim", exact: true }).click();
  const asked = ben.page.getByRole("dialog");
  await expect(asked).toContainText("permanent");
  await asked.getByRole("button", { name: "Claim", exact: true }).click();
  await expect(ben.page.getByRole("heading", { name: "Claimed" })).toBeVisible();
  await expect(ben.page.getByRole("list", { name: "Missing" })).toHaveText(missing);

  // The dashboard of partner certificates, and the evidence package.
  await ben.page.getByRole("link", { name: "Partner Certificates" }).first().click();
  const row = ben.page.getByRole("row", { name: /LeadGen Co/ });
  await expect(row).toContainText("67% Non-compliant");
  await expect(row).toContainText("Flagged");
  await expect(row).toContainText("TX");
  await ben.expectAccessible();
  await row.getByRole("link", { name: /View Evidence/ }).click();
  await expect(ben.page.locator("mark", { hasText: "Acme Insurance" })).toBeVisible();
  await expect(ben.page.getByText(`Missing: ${missing}`)).toBeVisible();
  await expect(ben.page.getByText("Record, HMAC-SHA256")).toBeVisible();
  await expect(ben.page.getByText("not legal advice")).toBeVisible();
  for (const event of ["Created", "Signed", "Shared", "Claimed", "Evidence viewed"]) {
    await expect(ben.page.locator(".chain").getByText(event, { exact: true })).toBeVisible();
  }
  await ben.expectAccessible();
  const file = ben.page.waitForEvent("download");
  await ben.page.getByRole("button", { name: "Download evidence" }).click();
  expect((await file).suggestedFilename()).toBe(`${id}-evidence.json`);

  await ben.open("/dashboard/");
  await ben.page.getByRole("link", { name: "Flagged by your rules: 1" }).click();
  await expect(ben.page.getByRole("row", { name: /LeadGen Co/ })).toContainText("Flagged");
  await ben.open("/dashboard/");
  await ben.expectAccessible();

  // The publisher sees who claimed.
  await maria.page.getByRole("button", { name: "Done" }).click();
  await maria.page.getByRole("link", { name: "Shares" }).click();
  await expect(maria.page.getByRole("row", { name: /Acme Insurance/ })).toContainText("Claimed");
  expect(maria.complaints).toEqual([]);
  expect(ben.complaints).toEqual([]);
});

test("a full consent text is shown sentence by sentence, and reject mode leaves the token unspent", async ({
  office,
  deal,
}) => {
  const [maria, ben] = await desks(office, deal);
  const id = await deal.form.certificate();
  await ben.open("/dashboard/consent-rules");
  await ben.page.getByRole("link", { name: "Create Rule" }).click();
  await ben.page.getByLabel("Full Consent Text").check();
  await ben.page.getByLabel("Rule name").fill("Legal's paragraph");
  const text =
    "I agree to be called by Acme Insurance. Consent is not required as a condition of purchase.";
  await ben.page.getByRole("textbox", { name: "Full consent text" }).fill(text);
  const sentences = ben.page.getByRole("list", { name: /Phrases of/ }).getByRole("listitem");
  await expect(sentences).toHaveCount(2);
  await expect(sentences.first()).toContainText("I agree to be called by Acme Insurance.");
  await ben.page.getByLabel("Reject").check();
  await ben.page.getByRole("button", { name: "Save Rule" }).click();
  await expect(ben.page.getByRole("row", { name: /Legal's paragraph/ })).toContainText(
    "2 sentences",
  );
  await ben.expectAccessible();

  // An open token, for whoever has it.
  await maria.open(`/dashboard/certificates/${id}`);
  await maria.page.getByRole("button", { name: "Share" }).click();
  await maria.page.getByLabel("Open", { exact: true }).check();
  await maria.expectAccessible();
  await maria.page.getByRole("dialog").getByRole("button", { name: "Share", exact: true }).click();
  const token = (await maria.page.locator("dialog code").first().textContent()) ?? "";

  await ben.open(`/dashboard/claim#${token}`);
  await ben.page.getByRole("button", { name: "Claim", exact: true }).click();
  await ben.page.getByRole("dialog").getByRole("button", { name: "Claim", exact: true }).click();
  await expect(
    ben.page.getByRole("heading", { name: "Rejected by your consent rules" }),
  ).toBeVisible();
  await ben.open("/dashboard/partner-certificates");
  await expect(ben.page.getByRole("row", { name: /LeadGen Co/ })).toContainText("Rejected");
  expect(ben.complaints).toEqual([]);
});

test("texts and names from strangers are shown as text", async ({ office, deal, accounts }) => {
  const attack = "<img src=x onerror=\"document.title='taken'\">";
  const eve = await accounts.owner(newEmail("eve"), `Eve ${attack}`);
  const id = await deal.form.certificate({
    consents: [
      {
        id: attack,
        type: "main-implied",
        value: "visible",
        text: `${attack} I do \u202enot agree`,
      },
    ],
  });
  const share = await deal.publisher.post(`/certificate-sharing/certificates/${id}/share`, {
    target_company_id: eve.me.company.id,
  });
  expect(share.status()).toBe(200);
  const [maria, desk] = [await office.desk(deal.publisher), await office.desk(eve)];
  await maria.open(`/dashboard/certificates/${id}`);
  await expect(maria.page.locator(".words").first()).toContainText(attack);
  await expect(maria.page.locator(".words .control")).toHaveText("U+202E");
  await maria.open("/dashboard/shares");
  await expect(maria.page.getByText(`Eve ${attack}`)).toBeVisible();
  await desk.open("/dashboard/company");
  await expect(desk.page.getByText(`Eve ${attack}`).first()).toBeVisible();
  for (const { page, complaints } of [maria, desk]) {
    await expect(page.locator("#app img:not([src='/favicon.svg'])")).toHaveCount(0);
    expect(await page.title()).not.toBe("taken");
    expect(complaints).toEqual([]);
  }
});

test("publishing and buying pages are accessible, empty and with data, and fit 360 px", async ({
  office,
  deal,
}) => {
  const [maria, ben] = await desks(office, deal);
  const pages = [
    "certificates",
    "shares",
    "activity",
    "partner-certificates",
    "consent-rules",
    "claim",
  ];
  for (const path of pages) {
    await ben.open(`/dashboard/${path}`);
    await ben.expectAccessible();
  }
  const id = await deal.form.certificate();
  await deal.publisher.post(`/certificate-sharing/certificates/${id}/share`, {
    target_company_id: deal.buyer.me.company.id,
  });
  await maria.page.setViewportSize({ width: 360, height: 740 });
  for (const path of [
    ...pages.slice(0, 3),
    `certificates/${id}`,
    `properties/${deal.property.property}`,
  ]) {
    await maria.open(`/dashboard/${path}`);
    await maria.expectAccessible();
    const width = await maria.page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, path).toBeLessThanOrEqual(360);
  }
  expect(maria.complaints).toEqual([]);
  expect(ben.complaints).toEqual([]);
});
