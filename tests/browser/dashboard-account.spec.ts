// Account pages, the first-run guide, and what holds for every page of the dashboard.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "../support/dashboard.ts";
import { Receiver } from "../support/receiver.ts";
import { trackerTag } from "../support/test.ts";
import { root } from "../support/worker.ts";

test("the guide leads from nothing to the first certificate, and sees the tracker by itself", async ({
  office,
  accounts,
  publisher,
  workerUrl,
}) => {
  const owner = await accounts.owner();
  const { page, context, complaints } = await office.desk(owner);
  await page.goto("/dashboard/");
  await page.getByRole("link", { name: "Set up a website" }).click();
  await page.getByLabel("Property name").fill("Solar quotes");
  const origin = publisher.origin("forms.leadgen.test");
  await page.getByLabel("Website address").fill(`${origin}/quote?utm_source=mail`);
  await page.getByRole("button", { name: "Create property" }).click();
  await expect(page.getByText("Waiting for your tracker.")).toBeVisible();

  const property = new URL(page.url()).searchParams.get("property") ?? "";
  const company = owner.me.company.id;
  await expect(page.getByText(`data-property="${property}"`)).toBeVisible();
  publisher.serve(
    "/quote",
    `<!doctype html><form method="post" action="/lead">
     <p data-consent-type="main-implied">By pressing “Get my quote” I agree to be called.</p>
     <input name="phone"><input type="hidden" name="econsent_hidden">
     <button>Get my quote</button></form>${trackerTag(workerUrl, { company, property })}`,
  );
  const form = await context.newPage();
  await form.goto(`${origin}/quote`);
  await expect(page.getByText(`We saw your tracker on ${origin}.`)).toBeVisible();
  await form.getByRole("button", { name: "Get my quote" }).click();
  await publisher.submission();
  await expect(page.getByText("Your first certificate is there")).toBeVisible();
  expect(complaints).toEqual([]);
});

test("a key is shown once, and revoked only after asking", async ({ office, accounts }) => {
  const desk = await office.desk(await accounts.owner());
  const { page } = desk;
  await desk.open("/dashboard/keys");
  await page.getByRole("button", { name: "New key" }).first().click();
  await page.getByLabel("What it is for").fill("CRM import");
  await page.getByLabel("share", { exact: true }).check();
  await page.getByRole("button", { name: "Create key" }).click();
  const key = await page.locator("dialog code").textContent();
  expect(key).toMatch(/^eck_[0-9a-f]{48}$/);
  expect((await accounts.machine(key ?? "").get("/api/auth/me")).status()).toBe(200);
  await desk.expectAccessible();
  await page.getByRole("button", { name: "I have copied it" }).click();
  await page.reload();
  await expect(page.getByText("CRM import")).toBeVisible();
  expect(await page.content()).not.toContain(key);

  await page.getByRole("button", { name: "Revoke CRM import" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  expect((await accounts.machine(key ?? "").get("/api/auth/me")).status()).toBe(200);
  await page.getByRole("button", { name: "Revoke CRM import" }).click();
  await page.getByRole("button", { name: "Revoke key" }).click();
  await expect(page.getByText("Revoked", { exact: true })).toBeVisible();
  expect((await accounts.machine(key ?? "").get("/api/auth/me")).status()).toBe(401);
});

test("a webhook is added, tested, and its delivery shows in the log", async ({
  office,
  accounts,
}) => {
  const receiver = await Receiver.start();
  const desk = await office.desk(await accounts.owner());
  const { page } = desk;
  await desk.open("/dashboard/webhooks");
  await page.getByRole("button", { name: "Add webhook" }).first().click();
  await page.getByLabel("Address").fill(receiver.url());
  await page.getByRole("dialog").getByRole("button", { name: "Add webhook" }).click();
  await expect(page.locator("dialog code")).not.toBeEmpty();
  await page.getByRole("button", { name: "I have copied it" }).click();
  await page.getByRole("link", { name: receiver.url() }).click();
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText("Delivered, 204")).toBeVisible();
  expect(receiver.deliveries.length).toBe(1);
  await desk.expectAccessible();
  expect(desk.complaints).toEqual([]);
  await receiver.stop();
});

test("an invitation that is taken back can be kept for some seconds", async ({
  office,
  accounts,
}) => {
  const owner = await accounts.owner();
  await owner.post("/api/invitations", { email: "ana@leadgen.test-mail.com", role: "member" });
  const desk = await office.desk(owner);
  const { page } = desk;
  await desk.open("/dashboard/people");
  const row = page.getByRole("row", { name: /ana@leadgen/ });
  await row.getByRole("button", { name: /Take back/ }).click();
  await expect(row).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row).toBeVisible();
  await row.getByRole("button", { name: /Take back/ }).click();
  // Leaving the page does what was announced.
  await page.goto("/dashboard/company");
  await expect.poll(async () => await (await owner.get("/api/invitations")).json()).toEqual([]);
});

test("settings of a property are saved, and a short retention is warned of", async ({
  office,
  accounts,
}) => {
  const owner = await accounts.owner();
  const made = await owner.post("/api/properties", {
    name: "Quotes",
    origins: ["https://a.example"],
  });
  const { id } = (await made.json()) as { id: string };
  const desk = await office.desk(owner);
  const { page } = desk;
  await desk.open(`/dashboard/properties/${id}`);
  await page.getByLabel("Retention").selectOption("30 days");
  await expect(page.getByText("Below five years.")).toBeVisible();
  await page.getByLabel("Addresses").first().fill("*.example.com");
  await page.getByLabel("Addresses").first().press("Enter");
  await page.getByLabel("CSS selector").fill(".tcpa");
  await page.getByLabel("Consent type").selectOption("main-explicit");
  await page.getByRole("button", { name: "Add consent selector" }).click();
  await page.getByLabel("Unmasked fields").first().fill("#zip");
  await page.getByLabel("Unmasked fields").first().press("Enter");
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(page.getByText("Settings saved.")).toBeVisible();
  const stored = await (await owner.get(`/api/properties/${id}`)).json();
  expect(stored).toMatchObject({
    retention: "30d",
    origins: ["*.example.com", "https://a.example"],
    consent_selectors: [{ selector: ".tcpa", type: "main-explicit" }],
    unmasked: ["#zip"],
  });
});

test("the theme that was chosen stays, whatever the system prefers", async ({
  office,
  accounts,
}) => {
  const { page } = await office.desk(await accounts.owner());
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/dashboard/company");
  await page.getByRole("button", { name: "Dark" }).click();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.getByRole("button", { name: "Light" })).toBeVisible();
});

test("no script but our own runs, and nothing is styled from within the markup", async ({
  office,
  accounts,
  workerUrl,
}) => {
  const { page } = await office.desk(await accounts.owner());
  for (const path of ["/dashboard/", "/dashboard/keys", "/sign-in", "/verify-email"]) {
    const answer = await page.goto(path);
    const policy = answer?.headers()["content-security-policy"] ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain("unsafe");
  }
  // The browser holds to it.
  const blocked = await page.evaluate(async () => {
    const seen: string[] = [];
    addEventListener("securitypolicyviolation", (event) => seen.push(event.effectiveDirective));
    document.body.setAttribute("style", "color: red");
    const element = document.createElement("div");
    try {
      element.innerHTML = "<img src=x onerror=alert(1)>";
    } catch {
      seen.push("markup was refused");
    }
    await fetch("https://collector.example/").catch(() => undefined);
    await new Promise((done) => setTimeout(done, 100));
    return seen;
  });
  expect(blocked).toEqual(
    expect.arrayContaining(["style-src-attr", "markup was refused", "connect-src"]),
  );
  expect(new URL(page.url()).origin).toBe(workerUrl);
});

test("the first page loads at most 120 kB of script", async ({ office, accounts }) => {
  const { page } = await office.desk(await accounts.owner());
  const scripts = new Set<string>();
  page.on("request", (request) => {
    if (request.resourceType() === "script") {
      scripts.add(new URL(request.url()).pathname);
    }
  });
  await page.goto("/dashboard/", { waitUntil: "networkidle" });
  expect(scripts.size).toBeGreaterThan(2);
  const sizes = [...scripts].map(
    (path) => gzipSync(readFileSync(join(root, "www/dist", path))).length,
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(120_000);
  // Nor is there anything larger that another page would need at once.
  for (const file of readdirSync(join(root, "www/dist/app"))) {
    expect(gzipSync(readFileSync(join(root, "www/dist/app", file))).length, file).toBeLessThan(
      60_000,
    );
  }
});

for (const path of [
  "",
  "start",
  "properties",
  "people",
  "keys",
  "webhooks",
  "company",
  "nowhere",
  "certificates/%",
]) {
  test(`/dashboard/${path} is accessible in both themes, and says nothing on the console`, async ({
    office,
    accounts,
  }) => {
    const owner = await accounts.owner();
    await owner.post("/api/properties", { name: "Quotes", origins: ["https://a.example"] });
    await owner.post("/api/invitations", { email: "ana@leadgen.test-mail.com", role: "member" });
    await owner.post("/api/keys", { name: "CRM import", scopes: ["read"] });
    const desk = await office.desk(owner);
    await desk.open(`/dashboard/${path}`);
    await desk.expectAccessible();
    expect(desk.complaints).toEqual([]);
  });
}

test("everything is reached with the keyboard alone", async ({ office, accounts }) => {
  const { page } = await office.desk(await accounts.owner());
  await page.goto("/dashboard/keys");
  await expect(page.getByRole("heading", { name: "API keys" })).toBeVisible();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.locator("#content")).toBeFocused();
  const opener = page.getByRole("button", { name: "New key" }).first();
  await opener.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(opener).toBeFocused();
  await page.getByRole("link", { name: "Webhooks" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Webhooks" })).toBeFocused();
});

test("at 360 px nothing reaches out of the window", async ({ office, accounts }) => {
  const owner = await accounts.owner(undefined, `Solar ${"x".repeat(40)}`);
  await owner.post("/api/properties", { name: "Q".repeat(60), origins: ["https://a.example"] });
  const desk = await office.desk(owner);
  await desk.page.setViewportSize({ width: 360, height: 740 });
  for (const path of ["", "start", "properties", "people", "keys", "webhooks", "company"]) {
    await desk.open(`/dashboard/${path}`);
    const width = await desk.page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, path).toBeLessThanOrEqual(360);
  }
  await desk.page.getByRole("button", { name: "Menu" }).click();
  await desk.page.getByRole("link", { name: "API keys" }).click();
  await expect(desk.page.getByRole("heading", { name: "API keys" })).toBeVisible();
});
