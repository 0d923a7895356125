// From a form on somebody's site to an answer that a buyer can rely on, and what becomes of the
// form when the worker says no.
import type { APIRequestContext } from "@playwright/test";
import { hex } from "../support/evidence.ts";
import { trackerTag } from "../support/test.ts";
import { demo, disclosure, expect, site, test } from "../support/tracker.ts";

const partners = "My details may be shared with the lenders listed on this page.";
const texts = "Text me about my quote. Message and data rates may apply.";

const form = `
  <form method="post" action="/leads">
    <label>Phone <input name="phone" type="tel" value="(305) 555-0123"></label>
    <label><input type="checkbox" id="texts" data-consent-type="main-explicit">${texts}</label>
    <p id="tcpa" data-consent-type="main-implied">${disclosure}</p>
    <p id="partners" data-consent-type="secondary-implied" style="display:none">${partners}</p>
    <input type="hidden" id="econsent_hidden" name="econsent_hidden" value="">
    <button>Get My Quote</button>
  </form>`;

async function verify(request: APIRequestContext, certificateId: unknown, consent: string) {
  const answer = await request.post("/api/verify/match", {
    data: {
      certificate_id: certificateId,
      company_id: demo.company,
      property_id: demo.property,
      consent,
    },
  });
  return (await answer.json()) as Record<string, unknown>;
}

test("a form posts its certificate, and the certificate verifies what was seen and given", async ({
  open,
  publisher,
  ingest,
  request,
}) => {
  const before = Date.now();
  const page = await open(form);
  await page.getByRole("button").click();
  const { fields } = await publisher.submission();
  const id = fields.econsent_hidden;
  expect(id).toMatch(/^EC-[0-9a-f]{34}-[\w-]{43}$/);
  await ingest.commit(id);

  const answer = await verify(request, id, disclosure);
  expect(answer).toMatchObject({
    valid: true,
    reason: null,
    certificate_id: id,
    origin: publisher.origin(site),
    consent_types: ["main-implied"],
    verification_type: "first_party",
    attestation: "attested",
    clock: "verified",
  });
  const optedIn = Date.parse(String(answer.consent_opt_in));
  expect(optedIn).toBeGreaterThan(before - 1_000);
  expect(optedIn).toBeLessThanOrEqual(Date.parse(String(answer.received_at)) + 1_000);

  const changed = disclosure.replace("Acme", "Apex");
  expect(await verify(request, id, changed)).toMatchObject({ reason: "text_mismatch" });
  expect(await verify(request, id, partners)).toMatchObject({ reason: "not_visible" });
  expect(await verify(request, id, texts)).toMatchObject({ reason: "not_given" });
});

test.describe("the visitor's form still submits", () => {
  const refused: [title: string, property: string, host: string, status: number][] = [
    ["on an origin that is not registered", demo.property, "forms.somebody-else.test", 403],
    ["with a property id that is none", hex(12), site, 404],
  ];
  for (const [title, property, host, status] of refused) {
    test(`${title}, and nothing is stored`, async ({ page, publisher, ingest, database }) => {
      const count = () => database.row("SELECT count(*) AS n FROM certificates");
      const stored = count();
      const warnings: string[] = [];
      page.on("console", (message) => warnings.push(message.text()));
      const tag = trackerTag(ingest.url, { ...demo, property });
      publisher.serve("/quote", `<!doctype html><meta charset=utf-8><body>${tag}${form}`);
      await page.goto(`${publisher.origin(host)}/quote`);
      expect(await ingest.request("/api/sessions")).toMatchObject({ status });
      await page.getByRole("button").click();
      const lead = await publisher.submission();
      expect(lead.fields.phone).toBe("(305) 555-0123");
      expect(await ingest.request("/api/certificates")).toMatchObject({ status });
      expect(count()).toEqual(stored);
      const ours = warnings.filter((text) => text.startsWith("econsent:"));
      expect(ours.length).toBeLessThanOrEqual(1);
    });
  }

  test("with ids that are malformed", async ({ page, publisher, ingest }) => {
    const tag = trackerTag(ingest.url, { company: "acme", property: "" });
    publisher.serve("/quote", `<!doctype html><meta charset=utf-8><body>${tag}${form}`);
    const warning = page.waitForEvent("console", (message) => message.type() === "warning");
    await page.goto(`${publisher.origin(site)}/quote`);
    expect((await warning).text()).toMatch(/^econsent: wrong_ids/);
    await page.getByRole("button").click();
    const lead = await publisher.submission();
    expect(lead.fields).toMatchObject({ phone: "(305) 555-0123", econsent_hidden: "" });
    expect(ingest.commits).toEqual([]);
  });

  test("when the tab's storage holds nonsense", async ({ open, publisher, ingest }) => {
    const page = await open(form);
    await page.evaluate(() => {
      for (const key of Object.keys(sessionStorage)) {
        sessionStorage.setItem(key, '{"token": 7');
      }
    });
    await page.reload();
    await ingest.request("/api/sessions", 1);
    await page.getByRole("button").click();
    const lead = await publisher.submission();
    await ingest.commit(lead.fields.econsent_hidden);
  });
});
