// One certificate per form and content: the same again gives the same id, anything else a new one
// that supersedes the last.
import { chromium, type Page } from "@playwright/test";
import { chromiumPath, launchArguments } from "../support/browser.ts";
import { trackerTag } from "../support/test.ts";
import { disclosure, expect, settled, site, stateOf, test } from "../support/tracker.ts";

const form = `
  <form id="lead" method="post" action="/leads" target="answer">
    <label>Phone <input name="phone" type="tel" required></label>
    <label><input type="checkbox" name="partners" data-consent-type="main-explicit">
      Acme’s lending partners may contact me, too.</label>
    <p id="tcpa" data-consent-type="main-implied">${disclosure}</p>
    <input type="hidden" name="econsent_hidden">
    <button>Get My Quote</button>
  </form>
  <iframe name="answer" title="Answer"></iframe>`;

const fill = async (page: Page, phone: string) => await page.getByLabel("Phone").fill(phone);
const press = async (page: Page) => await page.getByRole("button").press("Enter");

test("a double click sends one certificate", async ({ open, publisher, ingest }) => {
  const page = await open(form);
  await fill(page, "(305) 555-0123");
  await page.getByRole("button").dblclick();
  const lead = await publisher.submission();
  await ingest.commit(lead.fields.econsent_hidden);
  await page.waitForTimeout(200);
  expect(ingest.commits).toHaveLength(1);
});

test("a form that the browser finds invalid is not submitted, and gets no certificate", async ({
  open,
  ingest,
}) => {
  const page = await open(form);
  await page.getByRole("button").click();
  await page.waitForTimeout(200);
  expect(ingest.commits).toEqual([]);
  expect((await stateOf(page)).certificate).toBeNull();
});

test("what the page's own validation sent back is superseded by what is sent in the end", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(`${form}<script>
    document.getElementById("lead").addEventListener("submit", (event) => {
      if (!document.querySelector("[name=partners]").checked) event.preventDefault();
    });</script>`);
  await fill(page, "(305) 555-0123");
  await press(page);
  const first = (await stateOf(page)).certificate;
  await page.getByLabel("lending partners").check();
  await press(page);
  const lead = await publisher.submission();
  const commit = await ingest.commit(lead.fields.econsent_hidden);
  expect(commit.supersedes).toBe(first);
  expect(commit.consents[0]?.value).toBe("true");
});

test("the same consents for another phone number are another certificate", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(form);
  await fill(page, "(305) 555-0123");
  await press(page);
  const first = (await publisher.submission(0)).fields.econsent_hidden;
  await fill(page, "+1 305 555 0123");
  await press(page);
  const same = (await publisher.submission(1)).fields.econsent_hidden;
  await fill(page, "(305) 555-0199");
  await press(page);
  const other = (await publisher.submission(2)).fields.econsent_hidden;
  expect(same).toBe(first);
  expect(other).not.toBe(first);
  expect((await ingest.commit(other)).supersedes).toBe(first);
});

test("saving a draft while the visitor types makes no further certificates", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(`${form}<script>
    document.querySelector("[name=phone]").addEventListener("input", () => {
      localStorage.draft = JSON.stringify([...new FormData(document.getElementById("lead"))]);
    });</script>`);
  await page.getByLabel("Phone").pressSequentially("3055550123");
  await press(page);
  const lead = await publisher.submission();
  await ingest.commit(lead.fields.econsent_hidden);
  // One before there was a number, one with it.
  expect(ingest.commits.length).toBeLessThanOrEqual(2);
});

test("going back and submitting the same again sends the same certificate", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(form.replace('target="answer"', ""));
  await fill(page, "(305) 555-0123");
  await press(page);
  const first = (await publisher.submission(0)).fields.econsent_hidden;
  await page.waitForURL(/leads/);
  await page.goBack();
  const isSamePage = (await stateOf(page)).certificate === first;
  await fill(page, "(305) 555-0123");
  await press(page);
  const second = (await publisher.submission(1)).fields.econsent_hidden;
  expect(second).toMatch(/^EC-/);
  // A browser that keeps the page goes on with it; one that loads it again has a new page load.
  expect(second === first).toBe(isSamePage);
  await ingest.commit(second);
});

test("a page from the back/forward cache goes on with its session and certificates", async ({
  publisher,
  ingest,
}) => {
  // Playwright switches the cache off, so this is a browser of its own; and it does not follow a
  // page into the cache and back, so the pages themselves do what a visitor would.
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: launchArguments,
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
  try {
    const page = await browser.newPage();
    const restored = form.replace("<button>", `<input type="hidden" name="restored"><button>`);
    publisher.serve(
      "/quote",
      `<!doctype html><meta charset=utf-8>${trackerTag(ingest.url)}<body>${restored}<script>
        addEventListener("pageshow", ({ persisted }) => {
          const lead = document.getElementById("lead");
          lead.elements.restored.value = String(persisted);
          if (persisted) lead.requestSubmit();
        });</script>`,
    );
    const back = "<script>setTimeout(() => history.back(), 300)</script>";
    publisher.serve("/thanks", `<!doctype html><h1>Thank you</h1>${back}`);
    await page.goto(`${publisher.origin(site)}/quote`);
    await settled(page);
    await fill(page, "(305) 555-0123");
    await press(page);
    const first = (await publisher.submission(0)).fields;
    expect(first.restored).toBe("false");
    await ingest.commit(first.econsent_hidden);
    await page.evaluate(() => location.assign("/thanks"));
    const second = (await publisher.submission(1)).fields;
    expect(second).toMatchObject({ restored: "true", econsent_hidden: first.econsent_hidden });
    expect(ingest.commits).toHaveLength(1);
  } finally {
    await browser.close();
  }
});

test("two tabs have a session each", async ({ context, open, publisher, ingest }) => {
  const page = await open(form);
  const other = await context.newPage();
  await other.goto(page.url());
  await expect
    .poll(async () => (await stateOf(other)).session_id)
    .not.toBe((await stateOf(page)).session_id);
  for (const tab of [page, other]) {
    await fill(tab, "(305) 555-0123");
    await press(tab);
  }
  const leads = [await publisher.submission(0), await publisher.submission(1)];
  const [one, two] = leads.map((lead) => lead.fields.econsent_hidden);
  expect(one).not.toBe(two);
  await ingest.commit(one);
  await ingest.commit(two);
});

test("a disclosure tagged for TrustedForm needs no new tag", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(`
    <form method="post" action="/leads">
      <input type="checkbox" id="agree" checked data-tf-element-role="consent-opt-in"
        aria-label="I agree">
      <p id="tf" data-tf-element-role="consent-language">${disclosure}</p>
      <button data-tf-element-role="submit">Get My Quote</button>
    </form>`);
  await press(page);
  const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
  expect(commit.consents).toMatchObject([
    { id: "agree", type: "main-explicit", value: "true" },
    { id: "tf", type: "main-explicit", value: "true" },
  ]);
  expect(Object.values(commit.texts)).toContain(disclosure);
});

test("a disclosure tagged for LeadiD needs no new tag", async ({ open, publisher, ingest }) => {
  const page = await open(`
    <form method="post" action="/leads">
      <label for="leadid_tcpa_disclosure"><input type="checkbox" id="leadid_tcpa_disclosure">
        ${disclosure}</label>
      <p class="leadid_tcpa_disclosure" id="more">Message rates may apply.</p>
      <button>Get My Quote</button>
    </form>`);
  await press(page);
  const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
  expect(commit.consents).toMatchObject([
    { id: "leadid_tcpa_disclosure", type: "main-explicit", value: "false" },
    { id: "more", type: "main-implied", value: "visible" },
  ]);
});

test("the words beside LeadiD's hidden field are its disclosure", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(`
    <form method="post" action="/leads">
      <input type="hidden" id="leadid_tcpa_disclosure">
      <label for="leadid_tcpa_disclosure">${disclosure}</label>
      <button>Get My Quote</button>
    </form>`);
  await press(page);
  const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
  expect(commit.withheld).toEqual([]);
  expect(commit.consents).toMatchObject([
    { id: "leadid_tcpa_disclosure", type: "main-implied", value: "visible" },
  ]);
  expect(Object.values(commit.texts)).toEqual([disclosure]);
});
