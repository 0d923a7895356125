// How consent looked is part of the evidence; and what made an element consent: our tag, another
// service's, or a selector of the property.
import { hex, sha256 } from "../support/evidence.ts";
import { demo, disclosure, expect, site, test } from "../support/tracker.ts";

const form = (inside: string) => `
  <form method="post" action="/leads">
    <label>Phone <input name="phone" type="tel" value="(305) 555-0123"></label>
    ${inside}<button id="go">Get My Quote</button>
  </form>`;
const small = "font-size: 10.5px; color: #777; background: #fff";

test("a record's document says how it looked, and the certificate holds it by digest", async ({
  open,
  publisher,
  ingest,
  request,
}) => {
  const page = await open(
    form(`
      <p id="tcpa" data-consent-type="main-implied"><small style="${small}">${disclosure}</small></p>
      <label><input type="checkbox" name="texts" data-consent-type="main-explicit" checked>
        Text me about my quote</label>
      <label><input type="checkbox" name="calls" data-consent-type="secondary-explicit">
        Call me about my quote</label>
      <p id="below" data-consent-type="secondary-implied" style="margin-top: 300vh">Partners</p>`),
  );
  await page.getByLabel("Call me").check();
  await page.waitForTimeout(500);
  await page.locator("#go").press("Enter");
  const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
  const submit = { submit_text: "Get My Quote", distance_px: expect.any(Number) };
  expect(commit.presentation).toMatchObject([
    {
      id: "tcpa",
      tagged_by: "attribute",
      font_px_100: 1050,
      contrast_100: 448,
      order: "before",
      interaction: "non-interactive",
      in_viewport: expect.any(Boolean),
      ...submit,
    },
    { id: "texts", pre_checked: true, interaction: "pre-selected", contrast_100: 2100, ...submit },
    { id: "calls", pre_checked: false, interaction: "manual", ...submit },
    { id: "below", order: "before", interaction: "non-interactive", ...submit },
  ]);
  const [tcpa, , , below] = commit.presentation as Record<string, number>[];
  expect(tcpa?.in_viewport_ms).toBeGreaterThan(300);
  expect(tcpa?.width_px).toBeGreaterThan(100);
  expect(below?.distance_px).toBeLessThan(100);
  expect(tcpa?.distance_px).toBeGreaterThan(1_000);

  const path = `/certificate/${commit.certificate_id}`;
  const answer = await request.get(path, { headers: { accept: "application/json" } });
  const bundle = (await answer.json()) as { record: string; documents: { presentation: string } };
  const { presentation } = bundle.documents;
  const record = JSON.parse(bundle.record) as { attached: { presentation: string } };
  expect(record.attached.presentation).toBe(sha256(presentation).toString("hex"));
  expect(JSON.parse(presentation)).toEqual({
    v: 1,
    items: commit.presentation,
    timezone: expect.stringMatching(/^[A-Z]\w+\//),
  });
  const shown = await (await request.get(path, { headers: { accept: "text/html" } })).text();
  expect(shown).toContain("Font size, px");
  expect(shown).toContain("10.50");
});

test("a pane's records look as they did when it was left", async ({ open, publisher, ingest }) => {
  const page = await open(
    form(`
      <fieldset><p id="first" data-consent-type="main-implied" style="font-size: 12px">Marketing</p>
        <button type="button" id="next">Next</button></fieldset>
      <fieldset hidden><p id="tcpa" data-consent-type="main-implied">${disclosure}</p></fieldset>
      <script>document.getElementById("next").onclick = () => {
        for (const pane of document.querySelectorAll("fieldset")) pane.hidden = !pane.hidden;
      };</script>`),
  );
  await page.getByText("Next").click();
  await page.locator("#go").press("Enter");
  const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
  expect(commit.consents).toMatchObject([{ id: "first", step: 1 }, { id: "tcpa" }]);
  expect(commit.presentation).toMatchObject([
    { id: "first", font_px_100: 1200, width_px: expect.any(Number) },
    { id: "tcpa", submit_text: "Get My Quote" },
  ]);
  expect(commit.presentation[0]?.width_px).toBeGreaterThan(0);
});

test("a property's selectors make consent of what the page did not tag", async ({
  open,
  publisher,
  ingest,
  database,
}) => {
  const property = hex(12);
  const selectors = [
    { selector: "p.legal", type: "main-implied" },
    { selector: "p:nonsense(", type: "main-implied" },
    { selector: "p[data-legal=tcpa", type: "main-implied" },
    { selector: "#agree", type: "secondary-explicit" },
  ];
  database.run(
    "INSERT INTO properties (property_id, company_id, name, created_at, selectors) VALUES (?, ?, ?, ?, ?)",
    property,
    demo.company,
    "Quotes",
    Date.now(),
    JSON.stringify(selectors),
  );
  database.run(
    "INSERT OR IGNORE INTO property_origins VALUES (?, ?)",
    property,
    publisher.origin(site),
  );
  const page = await open(
    form(`<p class="legal">${disclosure}</p>
      <label><input type="checkbox" id="agree" data-consent-type="whatever"> Partners, too</label>
      <p data-tf-element-role="consent-language" id="tf">Message rates may apply.</p>
      <p class="leadid_tcpa_disclosure" id="jornaya">You may be called.</p>
      <p data-consent-type="main-implied" id="ours">Our own.</p>`),
    { property },
  );
  await page.locator("#go").press("Enter");
  const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
  const tagged = commit.presentation.map((facts) => [facts.id, facts.tagged_by]);
  expect(tagged).toEqual([
    ["auto-1", "selector"],
    ["agree", "selector"],
    ["tf", "trustedform"],
    ["jornaya", "leadid"],
    ["ours", "attribute"],
  ]);
  expect(commit.consents).toMatchObject([
    { id: "auto-1", type: "main-implied" },
    { id: "agree", type: "secondary-explicit", value: "false" },
    { id: "tf", type: "main-implied" },
    { id: "jornaya", type: "main-implied" },
    { id: "ours", type: "main-implied" },
  ]);
});
