// Getting through: long words ahead of the submit, a commit beside a recorder that keeps 60 kB
// alive, and again when the server did not answer. What counts as received was received.
import type { Page } from "@playwright/test";
import { sha256 } from "../support/evidence.ts";
import type { Ingest } from "../support/ingest.ts";
import { disclosure, expect, stateOf, test } from "../support/tracker.ts";

const long = Array.from({ length: 20 }, (_, n) => `${n + 1}. ${disclosure}`).join(" ");
const form = (words: string, more = "") => `
  <form id="lead" method="post" action="/leads" ${more}>
    <label>Phone <input name="phone" type="tel" value="(305) 555-0123"></label>
    <p id="tcpa" data-consent-type="main-implied">${words}</p>
    <input type="hidden" name="econsent_hidden"><button>Get My Quote</button>
  </form>`;
const press = async (page: Page) => await page.getByRole("button").press("Enter");
const kept = async (page: Page) =>
  await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.includes("commit")));

/** Resolves when the page has been told that the server has its words. */
const toldOfWords = async (page: Page) =>
  await page.waitForEvent("requestfinished", {
    predicate: (request) => request.url().endsWith("/api/texts"),
    timeout: 0,
  });

test("long words are staged, the commit names them by digest, and the certificate has them", async ({
  open,
  page,
  publisher,
  ingest,
  request,
}) => {
  const told = toldOfWords(page);
  await open(form(long));
  await told;
  expect((await ingest.request("/api/texts")).status).toBe(204);
  await press(page);
  const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
  expect(commit.texts).toEqual({});
  const digest = sha256(long).toString("hex");
  expect(commit.consents).toMatchObject([{ text_sha256: digest }]);
  const sent = await ingest.request("/api/certificates");
  expect(sent.body.length).toBeLessThan(4_096);
  const path = `/certificate/${commit.certificate_id}`;
  const answer = await request.get(path, { headers: { accept: "application/json" } });
  expect(((await answer.json()) as { texts: object }).texts).toEqual({ [digest]: long });
});

test("words that were staged and lost are sent again by the page itself", async ({
  open,
  page,
  publisher,
  ingest,
  database,
}) => {
  const words = `${long} And once more.`;
  const told = toldOfWords(page);
  await open(`${form(words, "target=answer")}<iframe name="answer" title="Answer"></iframe>`);
  await told;
  database.run("DELETE FROM staged_texts");
  await press(page);
  const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
  expect(ingest.received.filter(({ path }) => path === "/api/certificates")).toMatchObject([
    { status: 422 },
    { status: 201 },
  ]);
  expect(Object.values(commit.texts)).toEqual([words]);
});

/** What the recorder of some page does: 60 kB that are to outlive it, at a server that hangs. */
const recorder = (url: string) =>
  `fetch("${url}/recorder", { method: "POST", keepalive: true, body: "x".repeat(60_000) })`;

test("beside a recorder on a stalled network, a commit arrives though the page is left", async ({
  open,
  publisher,
  ingest,
}) => {
  ingest.faults.set("/recorder", "hang");
  const page = await open(form(disclosure));
  await page.evaluate(recorder(ingest.url).replace(/^/, "void "));
  await press(page);
  const id = (await publisher.submission()).fields.econsent_hidden;
  expect((await ingest.commit(id)).certificate_id).toBe(id);
});

test("a commit that the recorder left no room for is delivered on the next page at the latest", async ({
  open,
  publisher,
  ingest,
  database,
}) => {
  ingest.faults.set("/recorder", "hang");
  ingest.faults.set("/api/texts", "drop");
  const page = await open(form(`${long} Wherever.`));
  await page.evaluate(recorder(ingest.url).replace(/^/, "void "));
  await press(page);
  const id = String((await publisher.submission()).fields.econsent_hidden);
  await page.waitForURL(/leads/);
  await open("<h1>Thank you</h1>", { path: "/thanks" });
  await ingest.commit(id);
  expect(ingest.commits).toHaveLength(1);
  const stored = database.rows(
    "SELECT 1 AS there FROM certificates WHERE hash = ?",
    Buffer.from(id.slice(-43), "base64url"),
  );
  expect(stored).toEqual([{ there: 1 }]);
  await expect.poll(() => kept(page)).toEqual([]);
});

/** A form whose words another button changes, each time by a commit with six more kilobytes. */
const quote = `
  <form method="post" action="/leads">
    <label>Phone <input name="phone" type="tel" value="(305) 555-0123"></label>
    <p id="tcpa" data-consent-type="main-implied">${disclosure}</p>
    <button type="button">Recalculate</button><button>Get My Quote</button>
  </form>
  <script>
    let rate = 90;
    document.querySelector("[type=button]").onclick = () => {
      rate -= 1;
      document.getElementById("tcpa").textContent = \`From \${rate} dollars: ${disclosure.repeat(24)}\`;
    };
  </script>`;

/** Presses that button while nobody answers; gives the ids of the commits. */
async function recalculate(page: Page, ingest: Ingest, times: number): Promise<string[]> {
  ingest.faults.set("/api/certificates", "hang");
  ingest.faults.set("/api/texts", "500");
  const ids: string[] = [];
  for (let n = 0; n < times; n += 1) {
    await page.getByText("Recalculate").click();
    await expect.poll(async () => (await kept(page)).length).toBe(n + 1);
    ids.push((await stateOf(page)).certificate ?? "");
  }
  return ids;
}

test("behind commits that nobody answers, the lead's arrives though the page is left", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(quote);
  await recalculate(page, ingest, 4);
  ingest.faults.set("/api/certificates", "hold");
  await page.getByText("Get My Quote", { exact: true }).click();
  const id = (await publisher.submission()).fields.econsent_hidden;
  await page.waitForURL(/leads/);
  // What ends with the page has ended by then.
  await page.waitForTimeout(500);
  ingest.release();
  expect((await ingest.commit(id)).certificate_id).toBe(id);
});

test("a page that goes out of sight sends once more what nobody has answered", async ({
  open,
  ingest,
}) => {
  const page = await open(quote);
  const [first, last] = await recalculate(page, ingest, 2);
  ingest.faults.delete("/api/certificates");
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { value: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  expect((await ingest.commit(last)).certificate_id).toBe(last);
  // The first is on its way so that it outlives the page, if it is ever answered.
  await expect.poll(() => kept(page)).toEqual([`econsent.commit.${first}`]);
});

test("what the server never answered is kept, and counts as nothing", async ({
  open,
  publisher,
  ingest,
  request,
}) => {
  ingest.faults.set("/api/certificates", "hang");
  const page = await open(
    `${form(`${disclosure} `, "target=answer")}<iframe name="answer" title="Answer"></iframe>`,
  );
  await press(page);
  const id = (await publisher.submission()).fields.econsent_hidden;
  await page.waitForTimeout(300);
  expect(await kept(page)).toEqual([`econsent.commit.${id}`]);
  expect((await request.get(`/certificate/${id}`)).status()).toBe(404);
});

test("a page that stays tries again by itself", async ({ open, publisher, ingest }) => {
  ingest.faults.set("/api/certificates", "500");
  const page = await open(
    `${form(disclosure, "target=answer")}<iframe name="answer" title="Answer"></iframe>`,
  );
  await press(page);
  const id = (await publisher.submission()).fields.econsent_hidden;
  await page.waitForTimeout(300);
  expect(ingest.commits).toEqual([]);
  ingest.faults.clear();
  expect((await ingest.commit(id)).certificate_id).toBe(id);
  await expect.poll(() => kept(page)).toEqual([]);
});

test("words that the server did not take are offered once, however often the page changes", async ({
  open,
  page,
  publisher,
  ingest,
}) => {
  const offers: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/api/texts")) {
      offers.push(request.url());
    }
  });
  ingest.faults.set("/api/texts", "500");
  await open(
    `${form(long)}<p id="clock"></p><script>
      setInterval(() => { document.getElementById("clock").innerHTML = "<b>" + performance.now() + "</b>"; }, 20);
    </script>`,
  );
  await expect.poll(() => offers.length).toBe(1);
  await page.waitForTimeout(1_500);
  expect(offers).toHaveLength(1);
  await press(page);
  const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
  expect(Object.values(commit.texts)).toEqual([long]);
});
