// The certificate's page in a browser: without scripts, on paper, and against texts that attack it.
import { type Consent, newProperty, Page, tcpa } from "../support/evidence.ts";
import { readCodes } from "../support/qr.ts";
import { test as base, expect } from "../support/test.ts";

const test = base.extend<{ form: Page }>({
  form: async ({ request, database }, use) => {
    await use(new Page(request, newProperty(database)));
  },
});

const override = "\u202e";
const attacks: Consent[] = [
  ["script", `<script>window.attacked = true</script><img src=x onerror="window.attacked = true">`],
  ["bidi", `I agree. ${override}llac ton yam uoY${override} \u2066\u2067\u2069 \u0007 תנאים\u200f`],
  ["marks", `a${"\u0301".repeat(4899)}`],
  ["word", "W".repeat(4900)],
  ["lines", `From here${"\n".repeat(4000)}to here.`],
].map(([id = "", text = ""]) => ({ id, type: "main-implied", value: "visible", text }));
const labels: Consent = {
  id: `"><b>${"\u0301".repeat(100)}`,
  type: "secondary-explicit",
  value: `${override}${"W".repeat(120)}`,
  text: tcpa,
};

test.use({ javaScriptEnabled: false });

test("the page is complete without JavaScript, on screens wide and narrow, and on paper", async ({
  page,
  form,
  workerUrl,
}, info) => {
  const consents = [{ id: "tcpa", type: "main-implied", value: "visible", text: tcpa }];
  const id = await form.certificate({ consents });
  const answer = await page.goto(`${workerUrl}/certificate/${id}`);
  expect(answer?.status()).toBe(200);
  await expect(page.getByRole("status")).toContainText("This certificate holds");
  await expect(page.getByRole("blockquote")).toHaveText(tcpa);
  await expect(page.getByRole("table")).toContainText("created");
  await expect(page.getByRole("img", { name: "QR code" })).toBeVisible();
  await page.screenshot({ path: info.outputPath("wide.png"), fullPage: true });
  await page.setViewportSize({ width: 360, height: 740 });
  await page.screenshot({ path: info.outputPath("narrow.png"), fullPage: true });
  await page.pdf({ path: info.outputPath("printed.pdf"), format: "Letter" });
});

test.describe("texts that attack the page", () => {
  test.use({ javaScriptEnabled: true });

  test("are shown as text and stay inside their boxes", async ({ page, form, workerUrl }, info) => {
    const id = await form.certificate({ consents: [...attacks, labels] });
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${workerUrl}/certificate/${id}`);
    await page.screenshot({ path: info.outputPath("attacked.png"), fullPage: true });
    expect(await page.evaluate(() => "attacked" in window)).toBe(false);
    expect(complaints).toEqual([]);

    const words = page.locator("blockquote.words");
    await expect(words).toHaveCount(attacks.length + 1);
    await expect(words.nth(0)).toContainText("<script>window.attacked = true</script>");
    await expect(words.nth(1)).toContainText("U+202E");
    expect(await words.nth(1).textContent()).not.toContain(override);
    await expect(page.getByRole("article").last()).toContainText(`"><b>`);

    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 740 });
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, `${width} pixels wide`).toBe(0);
      for (const box of await words.all()) {
        const { height } = (await box.boundingBox()) ?? { height: Number.NaN };
        expect(height).toBeLessThan(740);
      }
      // Marks pile up on their letter: what stands above the box looks the same without them.
      const verdict = page.locator("article").nth(2).locator(".verdict");
      const crowded = await verdict.screenshot();
      await words.nth(2).evaluate((box: HTMLElement) => box.replaceChildren());
      expect((await verdict.screenshot()).equals(crowded)).toBe(true);
      await page.reload();
    }
  });
});

test("the code on the page leads to the replay's gate", async ({ page, form, workerUrl }, info) => {
  const id = await form.certificate();
  await page.goto(`${workerUrl}/certificate/${id}`);
  const link = page.getByRole("link", { name: "Session replay" });
  await expect(link).toHaveAttribute("href", `${workerUrl}/certificate/${id}/replay`);
  const screenshot = info.outputPath("page.png");
  await page.screenshot({ path: screenshot });
  expect(readCodes(screenshot)).toEqual([`${workerUrl}/certificate/${id}/replay`]);
});
