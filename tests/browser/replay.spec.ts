// The replay page plays what a stranger's page recorded: it shows what holds, refuses what does not,
// and nothing in a recording can do more than be looked at.
import type { BrowserContext, Page as BrowserPage } from "@playwright/test";
import type { Accounts, Person } from "../support/accounts.ts";
import { test as base, expect, pathOf, sealed } from "../support/recorded.ts";
import { linesOf, visit } from "../support/recording.ts";

type Session = Parameters<typeof sealed>[1];

interface Fixtures {
  /** A certificate whose recording has arrived whole. */
  recorded(): Promise<{ session: Session; id: string }>;
  watch(id: string): Promise<BrowserPage>;
}

const test = base.extend<Fixtures>({
  recorded: async ({ form, recorder }, use) => {
    await use(async () => {
      const session = await form.startSession();
      const { id, chunks } = await sealed(form, session);
      for (const [number, chunk] of chunks.entries()) {
        await recorder.send(session, number, chunk);
      }
      return { session, id };
    });
  },
  watch: async ({ owner, accounts, context }, use) => {
    await signIn(context, accounts, owner);
    await use(async (id) => {
      const page = await context.newPage();
      await page.goto(`${accounts.origin}/certificate/${id}/replay`);
      return page;
    });
  },
});

async function signIn(context: BrowserContext, accounts: Accounts, { cookie }: Person) {
  const [name = "", value = ""] = cookie.split(/=(.*)/s);
  await context.addCookies([{ name, value, url: accounts.origin }]);
}

const verdict = (page: BrowserPage) => page.locator("#verdict");
const frame = (page: BrowserPage) => page.frameLocator(".replayer-wrapper iframe");

test("a complete recording plays, by mouse and by keyboard", async ({ recorded, watch }) => {
  const { id } = await recorded();
  const page = await watch(id);
  await expect(verdict(page)).toContainText("Recording complete");
  await expect(frame(page).locator("h1")).toHaveText("Car insurance quotes");
  await expect(page.locator("#marks button")).toHaveText(["0:02 submit"]);
  await page.click("#marks button");
  await expect(frame(page).locator("[name=optin]")).toBeChecked();
  await expect(frame(page).locator("[name=first_name]")).toHaveValue("**");
  await page.keyboard.press("ArrowLeft");
  await expect(frame(page).locator("[name=optin]")).not.toBeChecked();
});

test("the player fits the page when a phone is turned", async ({ recorded, watch }) => {
  const { id } = await recorded();
  const page = await watch(id);
  await expect(page.locator("#marks button")).toHaveCount(1);
  await page.setViewportSize({ width: 390, height: 844 });
  const excess = () =>
    page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
  await expect.poll(excess).toBe(0);
  const box = await page.locator(".replayer-wrapper").boundingBox();
  expect(box?.width).toBeLessThan(390);
  expect(box?.width).toBeGreaterThan(300);
});

test("a recording that lacks chunks says how many", async ({ form, recorder, watch }) => {
  const session = await form.startSession();
  const { id, chunks } = await sealed(form, session);
  await recorder.send(session, 0, chunks[0] ?? "");
  await recorder.send(session, 1, chunks[1] ?? "");
  const page = await watch(id);
  await expect(verdict(page)).toContainText("Recording incomplete: missing 1");
  await expect(frame(page).locator("h1")).toHaveText("Car insurance quotes");
});

test("a changed recording is not played", async ({ recorded, watch, at, bucket }) => {
  const { session, id } = await recorded();
  bucket.flip(`${pathOf(at, session)}${session.stream}/0`);
  const page = await watch(id);
  await expect(verdict(page)).toContainText("Recording changed");
  await expect(page.locator("#player iframe")).toHaveCount(0);
});

test("the viewer holds the bytes against the seal itself, whatever the service says", async ({
  recorded,
  watch,
  context,
  accounts,
  baseURL,
}) => {
  const { id } = await recorded();
  await context.route(/\/replay\/[0-9a-f]{32}\.1/, async (route) => {
    // Node does not resolve the names that Chromium is told about.
    const url = route
      .request()
      .url()
      .replace(accounts.origin, baseURL ?? "");
    const answer = await route.fetch({ url });
    await route.fulfill({ response: answer, body: (await answer.text()).replace('"**"', '"Jo"') });
  });
  const page = await watch(id);
  await expect(verdict(page)).toContainText("Recording changed");
  await expect(page.locator("#player iframe")).toHaveCount(0);
});

test("a recorded page runs no script, leads nowhere and fetches nothing", async ({
  form,
  recorder,
  watch,
  publisher,
}) => {
  const evil = publisher.origin("evil.test");
  const session = await form.startSession();
  const at = Date.now();
  const element = (id: number, tagName: string, attributes: object, childNodes: object[] = []) => ({
    type: 2,
    id,
    tagName,
    attributes,
    childNodes,
  });
  const script = "top.document.body.dataset.owned = 1; parent.owned = 1; owned = 1";
  const body = [
    element(6, "h1", {}, [{ type: 3, id: 7, textContent: "Hostile page" }]),
    element(8, "script", {}, [{ type: 3, id: 9, textContent: script }]),
    element(10, "script", { src: `${evil}/x.js?1` }),
    element(11, "img", { src: `${evil}/pixel.gif?1`, onerror: script }),
    element(12, "img", { src: "data:,x", onerror: script }),
    element(13, "iframe", { src: `${evil}/frame?1`, srcdoc: `<script>${script}</script>` }),
    element(14, "object", { data: `${evil}/object?1` }),
    element(15, "link", { rel: "stylesheet", href: `${evil}/style.css?1` }),
    element(16, "meta", { "http-equiv": "refresh", content: `0;url=${evil}/refresh?1` }),
    element(17, "a", { href: `javascript:${script}` }, [{ type: 3, id: 18, textContent: "Go" }]),
    element(19, "svg", { onload: script }),
    element(20, "style", {}, [
      { type: 3, id: 21, isStyle: true, textContent: `body{background:url(${evil}/bg.png?1)}` },
    ]),
    element(22, "form", { action: `${evil}/form?1` }, [element(23, "button", {})]),
  ];
  const node = {
    type: 0,
    id: 1,
    childNodes: [element(3, "html", {}, [element(4, "head", {}), element(5, "body", {}, body)])],
  };
  const hostile = linesOf([
    { type: 4, data: { href: `${evil}/`, width: 800, height: 600 }, timestamp: at },
    { type: 2, data: { node, initialOffset: { left: 0, top: 0 } }, timestamp: at + 1 },
    { type: 5, data: { tag: "submit", payload: {} }, timestamp: at + 900 },
  ]);
  const { id } = await sealed(form, session, [hostile]);
  expect((await recorder.send(session, 0, hostile)).status).toBe(201);
  const page = await watch(id);
  await expect(verdict(page)).toContainText("Recording complete");
  await expect(frame(page).locator("h1")).toHaveText("Hostile page");
  await page.click("#marks button");
  await expect(frame(page).locator("h1")).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(publisher.submissions.map(({ path }) => path)).toEqual([]);
  expect(await page.evaluate(() => "owned" in window || "owned" in document.body.dataset)).toBe(
    false,
  );
  await expect(page.locator("#player iframe")).toHaveAttribute("sandbox", "allow-same-origin");

  // Images come when somebody asks for them, and scripts never.
  await page.click("#remote");
  await expect(frame(page).locator("h1")).toHaveText("Hostile page");
  await expect.poll(() => publisher.submissions.map(({ path }) => path)).toContain("/pixel.gif");
  expect(publisher.submissions.map(({ path }) => path)).not.toContain("/x.js");
  expect(await page.evaluate(() => "owned" in window || "owned" in document.body.dataset)).toBe(
    false,
  );
});

test("who may not see a recording is told how it can be seen", async ({
  form,
  page,
  accounts,
  recorder,
}) => {
  const session = await form.startSession();
  const { id, chunks } = await sealed(form, session, visit().slice(0, 1));
  await recorder.send(session, 0, chunks[0] ?? "");
  const answer = await page.goto(`${accounts.origin}/certificate/${id}/replay`);
  expect(answer?.status()).toBe(401);
  await expect(page.getByRole("status")).toContainText("This recording is not public");
});
