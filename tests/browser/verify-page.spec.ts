// The page /verify: checks what is dropped on it, and tells nobody.
import { newProperty, Page } from "../support/evidence.ts";
import { test as base, expect } from "../support/test.ts";

const test = base.extend<{ form: Page }>({
  form: async ({ request, database }, use) => {
    await use(new Page(request, newProperty(database)));
  },
});

test("a certificate is checked in the page, and no request leaves it", async ({
  page,
  context,
  form,
  request,
  workerUrl,
}) => {
  const id = await form.certificate();
  const headers = { accept: "application/json" };
  const json = await (await request.get(`/certificate/${id}`, { headers })).text();
  const pdf = await (await request.get(`/certificate/${id}/pdf`)).body();
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  const answer = await page.goto(`${workerUrl}/verify`);
  expect(answer?.headers()["content-security-policy"]).toContain("default-src 'none'");
  await page.waitForSelector("html[data-ready]");

  await context.setOffline(true);
  const requests: string[] = [];
  page.on("request", (sent) => requests.push(sent.url()));
  const status = page.getByRole("status");
  const give = (name: string, content: string | Buffer) =>
    page.getByLabel("Drop the certificate's PDF or JSON here").setInputFiles({
      name,
      mimeType: "application/octet-stream",
      buffer: Buffer.from(content),
    });

  await give("certificate.json", json);
  await expect(status).toContainText("This certificate holds");
  await expect(status).toContainText(id);
  await give("changed.json", json.replace("not required", "required"));
  await expect(status).toContainText("This certificate does not hold");
  await expect(status).toContainText("was changed");
  await give("certificate.pdf", pdf);
  await expect(status).toContainText("This certificate holds");
  await expect(status).toContainText("SHA256SUMS");
  await give("letter.json", "{}");
  await expect(status).toContainText("There is nothing to check");
  await give("noise.pdf", `%PDF-1.7\n${"\u0000".repeat(100)}`);
  await expect(status).not.toContainText("This certificate holds");

  await page.getByLabel("Use keys of your own copy").setInputFiles({
    name: "other.json",
    mimeType: "application/json",
    buffer: Buffer.from('{"keys":[]}'),
  });
  await expect(page.locator("#keys-note")).toContainText("other.json");
  await give("certificate.json", json);
  await expect(status).toContainText("there is no key");
  expect(requests).toEqual([]);
  expect(complaints).toEqual([]);
});
