// `verify/match`: what a buyer or a dialer gets to hear.
import { hex, newProperty, Page, partners, sms, tcpa } from "../support/evidence.ts";
import { expect, test as base } from "../support/test.ts";

const test = base.extend<{ page: Page }>({
  page: async ({ request, database }, use) => {
    await use(new Page(request, newProperty(database)));
  },
});

test("the words that were shown and agreed to are confirmed", async ({ page }) => {
  const session = await page.startSession();
  const commit = page.commit({ session });
  const received = (await (await page.send(commit)).json()) as { received_at: string };
  const answer = await page.verify(commit.certificate_id);
  expect(answer.status()).toBe(200);
  expect(await answer.json()).toEqual({
    valid: true,
    reason: null,
    certificate_id: commit.certificate_id,
    consent_opt_in: session.server_time,
    received_at: received.received_at,
    origin: "https://forms.leadgen.com",
    consent_types: ["main-implied"],
    verification_type: "first_party",
    attestation: "attested",
    clock: "verified",
  });
});

test("typography, case and spacing do not matter", async ({ page }) => {
  const id = await page.certificate();
  const typed = `  ${tcpa.toUpperCase().replaceAll(/[“”]/g, '"').replaceAll(" ", "\n\t")} `;
  expect(await (await page.verify(id, typed)).json()).toMatchObject({ valid: true });
});

test("an id may come back from a CRM in the other base64 alphabet", async ({ page }) => {
  const id = await page.certificate();
  const hash = Buffer.from(id.slice(-43), "base64url").toString("base64");
  const answer = await page.verify(`${id.slice(0, -43)}${hash}`);
  expect(await answer.json()).toMatchObject({ valid: true, certificate_id: id });
});

test("other words do not match, not even by one", async ({ page }) => {
  const id = await page.certificate();
  const answer = await page.verify(id, tcpa.replace("not required", "required"));
  expect(await answer.json()).toMatchObject({ valid: false, reason: "text_mismatch" });
});

test("words in an unticked box were not agreed to", async ({ page }) => {
  const box = { id: "sms", type: "main-explicit", value: "false", text: sms };
  const id = await page.certificate({ consents: [box] });
  const answer = (await (await page.verify(id, sms)).json()) as object;
  expect(answer).toMatchObject({ valid: false, reason: "not_given", consent_types: [] });
});

test("words that could not be seen do not count", async ({ page }) => {
  const hidden = { id: "p", type: "secondary-implied", reason: "not_visible", text: partners };
  const id = await page.certificate({ withheld: [hidden] });
  const answer = await page.verify(id, partners);
  expect(await answer.json()).toMatchObject({ valid: false, reason: "not_visible" });
  expect(await (await page.verify(id)).json()).toMatchObject({ valid: true });
});

test("an id that was never received is not a certificate", async ({ page }) => {
  const never = page.commit().certificate_id;
  expect(await (await page.verify(never)).json()).toMatchObject({
    valid: false,
    reason: "not_received",
    origin: null,
  });
});

test("a certificate of another property or company is not told about", async ({ page }) => {
  const id = await page.certificate();
  const property = await page.verify(id, tcpa, { property_id: hex(12) });
  expect(await property.json()).toMatchObject({
    valid: false,
    reason: "property_mismatch",
    consent_opt_in: null,
    origin: null,
  });
  const company = await page.verify(id, tcpa, { company_id: hex(12) });
  expect(await company.json()).toMatchObject({ status: 403, code: "forbidden" });
});

test("nonsense is answered with what is wrong", async ({ page, request }) => {
  const malformed = await page.verify("EC-session123-base64hash");
  expect(await malformed.json()).toMatchObject({ status: 400, code: "invalid_certificate_id" });
  for (const data of ["", "{", "[]", '{"certificate_id": 1}', "null", "\u0000"]) {
    const answer = await request.post("/api/verify/match", { data: Buffer.from(data) });
    expect(await answer.json()).toMatchObject({ status: 400, code: "invalid_json" });
  }
  const huge = await request.post("/api/verify/match", { data: Buffer.alloc(70_000, "a") });
  expect(await huge.json()).toMatchObject({ status: 413, code: "body_too_large" });
  const binary = await request.post("/api/verify/match", { data: Buffer.from([0xff, 0xfe]) });
  expect(await binary.json()).toMatchObject({ status: 400, code: "invalid_body" });
});

test("an address or a method that is none says so", async ({ request }) => {
  const nowhere = await request.get("/api/nowhere");
  expect(await nowhere.json()).toMatchObject({ status: 404, code: "not_found" });
  const get = await request.get("/api/verify/match");
  expect(await get.json()).toMatchObject({ status: 405, code: "method_not_allowed" });
});
