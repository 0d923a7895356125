import { expect, test, trackerTag } from "../support/test.ts";

test("a page of another site loads the tracker from the worker, and its form still posts", async ({
  page,
  publisher,
  workerUrl,
}) => {
  publisher.serve(
    "/quote",
    `<!doctype html>
    <form method="post" action="/leads">
      <input name="zip" value="94105">
      <input type="hidden" name="econsent_hidden">
      <button>Get my quote</button>
    </form>
    ${trackerTag(workerUrl)}`,
  );
  const wasm = page.waitForResponse(/econsent_tracker_bg\.wasm$/);
  await page.goto(`${publisher.origin("forms.leadgen.test")}/quote`);
  expect((await wasm).status()).toBe(200);

  await page.getByRole("button").click();
  const lead = await publisher.submission();
  expect(lead.fields.zip).toBe("94105");
  expect(lead.host).toMatch(/^forms\.leadgen\.test:/);
});
