// `verify/match`: what a buyer or a dialer gets to hear.
import { once } from "node:events";
import { request as http, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { hex, newProperty, Page, partners, sms, tcpa } from "../support/evidence.ts";
import { test as base, expect } from "../support/test.ts";

const test = base.extend<{ form: Page }>({
  form: async ({ request, database }, use) => {
    await use(new Page(request, newProperty(database)));
  },
});

test("the words that were shown and agreed to are confirmed", async ({ form }) => {
  const session = await form.startSession();
  const commit = form.commit({ session });
  const received = (await (await form.send(commit)).json()) as { received_at: string };
  const answer = await form.verify(commit.certificate_id);
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
    recording: null,
  });
});

test("typography, case and spacing do not matter", async ({ form }) => {
  const id = await form.certificate();
  const typed = `  ${tcpa.toUpperCase().replaceAll(/[“”]/g, '"').replaceAll(" ", "\n\t")} `;
  expect(await (await form.verify(id, typed)).json()).toMatchObject({ valid: true });
});

test("an id may come back from a CRM in the other base64 alphabet", async ({ form }) => {
  const id = await form.certificate();
  const hash = Buffer.from(id.slice(-43), "base64url").toString("base64");
  const answer = await form.verify(`${id.slice(0, -43)}${hash}`);
  expect(await answer.json()).toMatchObject({ valid: true, certificate_id: id });
});

test("other words do not match, not even by one", async ({ form }) => {
  const id = await form.certificate();
  const answer = await form.verify(id, tcpa.replace("not required", "required"));
  expect(await answer.json()).toMatchObject({ valid: false, reason: "text_mismatch" });
});

test("words in an unticked box were not agreed to", async ({ form }) => {
  const box = { id: "sms", type: "main-explicit", value: "false", text: sms };
  const id = await form.certificate({ consents: [box] });
  const answer = (await (await form.verify(id, sms)).json()) as object;
  expect(answer).toMatchObject({ valid: false, reason: "not_given", consent_types: [] });
});

test("words that could not be seen do not count", async ({ form }) => {
  const hidden = { id: "p", type: "secondary-implied", reason: "not_visible", text: partners };
  const id = await form.certificate({ withheld: [hidden] });
  const answer = await form.verify(id, partners);
  expect(await answer.json()).toMatchObject({ valid: false, reason: "not_visible" });
  expect(await (await form.verify(id)).json()).toMatchObject({ valid: true });
});

test("an id that was never received is not a certificate", async ({ form }) => {
  const never = form.commit().certificate_id;
  expect(await (await form.verify(never)).json()).toMatchObject({
    valid: false,
    reason: "not_received",
    origin: null,
  });
});

test("a certificate of another property or company is not told about", async ({ form }) => {
  const id = await form.certificate();
  const property = await form.verify(id, tcpa, { property_id: hex(12) });
  expect(await property.json()).toMatchObject({
    valid: false,
    reason: "property_mismatch",
    consent_opt_in: null,
    origin: null,
  });
  const company = await form.verify(id, tcpa, { company_id: hex(12) });
  expect(await company.json()).toMatchObject({ status: 403, code: "forbidden" });
});

test("nonsense is answered with what is wrong", async ({ form, request }) => {
  const malformed = await form.verify("EC-session123-base64hash");
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

test("a body whose length nobody declared is read as far as it may be", async ({ worker }) => {
  const ask = async (chunks: string[]) => {
    const options = { method: "POST", port: worker.port, path: "/api/verify/match" };
    const call = http({ host: "127.0.0.1", ...options });
    for (const chunk of chunks) {
      call.write(chunk);
    }
    call.end();
    const [answer] = (await once(call, "response")) as [IncomingMessage];
    return await json(answer);
  };
  const short = ["{", '"certificate_id": "EC-session123-base64hash", "company_id": "x"', "}"];
  expect(await ask(short)).toMatchObject({ status: 400, code: "invalid_json" });
  expect(await ask(Array(100).fill(" ".repeat(1_000)))).toMatchObject({
    status: 413,
    code: "body_too_large",
  });
});

test("an address or a method that is none says so", async ({ request }) => {
  const nowhere = await request.get("/api/nowhere");
  expect(await nowhere.json()).toMatchObject({ status: 404, code: "not_found" });
  const get = await request.get("/api/verify/match");
  expect(await get.json()).toMatchObject({ status: 405, code: "method_not_allowed" });
});
