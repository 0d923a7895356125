// The page that shows the API's document.
import { expect, test } from "../support/test.ts";

test("every call of the document is on the page, from this origin alone", async ({
  page,
  request,
  baseURL,
}) => {
  const foreign: string[] = [];
  page.on("request", (asked) => {
    if (!asked.url().startsWith(`${baseURL}/`) && !asked.url().startsWith("data:")) {
      foreign.push(asked.url());
    }
  });
  const api = (await (await request.get("/openapi.json")).json()) as { paths: object };
  await page.goto("/docs");
  for (const path of Object.keys(api.paths)) {
    await expect(page.locator("summary code", { hasText: path }).first()).toBeAttached();
  }
  const signIn = page.locator("details", { hasText: "/api/auth/sign-in" }).first();
  await signIn.locator("summary").click();
  await expect(signIn.getByText('"password"').first()).toBeVisible();
  expect(foreign).toEqual([]);
});
