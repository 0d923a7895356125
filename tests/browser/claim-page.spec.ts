// The page behind a claim link, as a buyer's employee opens it on a phone.
import { newEmail } from "../support/accounts.ts";
import { expect, type Market, test } from "../support/sharing.ts";

test.use({ viewport: { width: 360, height: 740 } });

async function offered(market: Market) {
  const publisher = market.publisher();
  const certificate = await market.certificate(publisher, { phone: "+13055550123" });
  return { certificate, ...(await market.share(publisher, certificate)) };
}

test("who is not signed in is led through sign-in and back", async ({ page, market }) => {
  const { claim_url, claim_token, certificate } = await offered(market);
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") {
      problems.push(message.text());
    }
  });
  await page.goto(claim_url);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("A consent certificate for you");
  for (const text of ["LeadGen Co", "forms.leadgen.com", certificate]) {
    await expect(page.getByText(text, { exact: true })).toBeVisible();
  }
  expect(await page.content()).not.toContain("3055550123");
  const claim = page.getByRole("link", { name: "Claim" });
  const next = `/certificate-sharing/certificates/claim/${claim_token}`;
  await expect(claim).toHaveAttribute("href", `/sign-in.html?next=${next}`);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  expect(problems).toEqual([]);
});

test("who is signed in claims with one press, and again is the same claim", async ({
  page,
  market,
  accounts,
  context,
}) => {
  const { claim_url, certificate } = await offered(market);
  const owner = await accounts.owner(newEmail("ben"), "Acme Insurance");
  const [name = "", value = ""] = owner.cookie.split("=");
  await context.addCookies([{ name, value, url: accounts.origin, sameSite: "Lax" }]);
  await page.goto(claim_url);
  await expect(page.getByText("For Acme Insurance")).toBeVisible();
  await page.getByRole("button", { name: "Claim" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Claimed");
  await expect(page.getByText(certificate)).toBeVisible();
  await expect(page.getByText("It is not legal advice")).toBeVisible();
  await page.goto(claim_url);
  await expect(page.getByRole("status")).toContainText("It has been claimed");
});

test("looking at a link changes nothing, and a page of another site cannot press the button", async ({
  market,
  accounts,
  database,
}) => {
  const { claim_token } = await offered(market);
  const path = `/certificate-sharing/certificates/claim/${claim_token}`;
  const html = { accept: "text/html" };
  const state = () => database.row("SELECT count(*) AS n, max(head_seq) AS s FROM certificates");
  const before = state();
  const seen = await accounts.anybody.with(html).get(path);
  expect(seen.headers()).toMatchObject({
    "content-security-policy": expect.stringContaining("form-action 'self'"),
    "referrer-policy": "same-origin",
    "x-robots-tag": "noindex, nofollow",
  });
  expect(await seen.text()).not.toContain("<script");
  const owner = await accounts.owner(newEmail("ben"), "Acme Insurance");
  const foreign = owner.with({ ...html, origin: "https://evil.example" });
  expect((await foreign.post(path)).status()).toBe(403);
  const nobody = await accounts.anybody.with(html).post(path);
  expect([nobody.status(), nobody.headers().location]).toEqual([303, `/sign-in.html?next=${path}`]);
  expect(state()).toEqual(before);
});
