// Who may rely on a certificate: its publisher, and companies with a claim or a share; whether it is
// the lead's; and who is told to have looked.
import { Accounts, newEmail, type Person } from "../support/accounts.ts";
import { hashOf, hex, Page, type Property, tcpa } from "../support/evidence.ts";
import { test as base, expect } from "../support/test.ts";

interface Parties {
  accounts: Accounts;
  publisher: Person;
  buyer: Person;
  stranger: Person;
  at: Property;
  form: Page;
  lead: (contact: { phone?: string; email?: string }) => Promise<string>;
  share: (id: string) => Promise<void>;
}

const test = base.extend<{ parties: Parties }>({
  parties: async ({ worker, request }, use) => {
    const accounts = new Accounts(worker.port);
    const publisher = await accounts.owner(newEmail(), "LeadGen Co");
    const buyer = await accounts.owner(newEmail("buyer"), "Acme Insurance");
    const stranger = await accounts.owner(newEmail("stranger"), "Other Leads Inc");
    const origin = `https://${hex(6)}.leadgen.com`;
    const made = await publisher.post("/api/properties", { name: "Quotes", origins: [origin] });
    const { id } = (await made.json()) as { id: string };
    const at = { company: publisher.me.company.id, property: id, origin };
    const form = new Page(request, at);
    await use({
      accounts,
      publisher,
      buyer,
      stranger,
      at,
      form,
      lead: async (contact) => {
        const commit = { ...form.commit({ session: await form.startSession() }), contact };
        expect((await form.send(commit)).status()).toBe(201);
        return commit.certificate_id;
      },
      share: async (id) => {
        const path = `/certificate-sharing/certificates/${id}/share`;
        const body = { target_company_id: buyer.me.company.id };
        const answer = await publisher.post(path, body);
        expect(answer.status(), await answer.text()).toBeLessThan(300);
      },
    });
  },
});

const phone = "+13055550123";
const email = "maria.lopez@example.com";

test("with a claim or share a company verifies for itself, and without one it may not", async ({
  parties: { accounts, buyer, stranger, publisher, at, form, share },
}) => {
  const id = await form.certificate();
  const asked = { certificate_id: id, property_id: at.property, consent: tcpa };
  const key = accounts.machine(await accounts.key(buyer, "verify"));
  const verify = async (caller: typeof key, company_id: string) =>
    await (await caller.post("/api/verify/match", { ...asked, company_id })).json();
  const mine = buyer.me.company.id;
  expect(await verify(key, mine)).toMatchObject({ status: 403, code: "forbidden" });
  await share(id);
  expect(await verify(key, mine)).toMatchObject({ valid: true, verification_type: "third_party" });
  expect(await verify(key, at.company)).toMatchObject({ verification_type: "third_party" });
  const other = accounts.machine(await accounts.key(stranger, "verify"));
  expect(await verify(other, at.company)).toMatchObject({ code: "forbidden" });
  expect(await verify(other, mine)).toMatchObject({ code: "forbidden" });
  // Naming a company is not being it.
  expect(await verify(accounts.anybody as typeof key, mine)).toMatchObject({ code: "forbidden" });
  const own = accounts.machine(await accounts.key(publisher, "verify"));
  expect(await verify(own, at.company)).toMatchObject({ verification_type: "first_party" });
  const reading = accounts.machine(await accounts.key(buyer, "read"));
  expect(await verify(reading, mine)).toMatchObject({ status: 403, code: "scope_required" });
  const batch = await key.post("/api/verify/batch", {
    items: [
      { ...asked, company_id: mine },
      { ...asked, company_id: hex(12) },
    ],
  });
  expect(await batch.json()).toMatchObject({
    items: [{ valid: true, verification_type: "third_party" }, { reason: "forbidden" }],
  });
});

test("verifications with a key are logged by company, those without are counted", async ({
  parties: { accounts, buyer, at, form, share },
  database,
}) => {
  const id = await form.certificate();
  await share(id);
  const key = accounts.machine(await accounts.key(buyer, "verify"));
  const company_id = buyer.me.company.id;
  for (let n = 0; n < 3; n++) {
    const body = { certificate_id: id, company_id, property_id: at.property, consent: tcpa };
    await key.post("/api/verify/match", body);
  }
  const logged = () =>
    database.rows(
      `SELECT v.count FROM verifications v JOIN certificates c USING (certificate)
        WHERE c.hash = ? AND v.company_id = ?`,
      hashOf(id),
      company_id,
    );
  await expect.poll(logged).toEqual([{ count: 3 }]);
});

test("a lead matches by phone and e-mail, however they are written", async ({
  parties: { publisher, lead },
}) => {
  const certificate_id = await lead({ phone, email });
  const match = async (body: object) =>
    await (await publisher.post("/api/verify/match-lead", { certificate_id, ...body })).json();
  expect(await match({ phone: "(305) 555-0123", email: " Maria.Lopez@Example.com" })).toEqual({
    valid: true,
    reason: null,
    certificate_id,
    phone: "match",
    email: "match",
  });
  expect(await match({ phone: "305-555-0199", email })).toMatchObject({
    valid: false,
    reason: "contact_mismatch",
    phone: "mismatch",
    email: "match",
  });
  expect(await match({ phone })).toMatchObject({ valid: true, email: null });
  expect(await match({})).toMatchObject({ status: 422, code: "no_contact" });
  const unbound = await lead({ email });
  const answer = await publisher.post("/api/verify/match-lead", {
    certificate_id: unbound,
    phone,
  });
  expect(await answer.json()).toMatchObject({ valid: false, reason: "contact_not_bound" });
});

test("a few wrong contacts per certificate and company, and then none", async ({
  parties: { publisher, buyer, lead, share },
}) => {
  const certificate_id = await lead({ phone });
  await share(certificate_id);
  const ask = async (caller: Person, last: number) => {
    const body = { certificate_id, phone: `+1305555${last}` };
    return await (await caller.post("/api/verify/match-lead", body)).json();
  };
  await Promise.all(Array.from({ length: 12 }, (_, n) => ask(buyer, 2000 + n)));
  // Not even the right one is told any more: a guess would be one too many.
  const right = await buyer.post("/api/verify/match-lead", { certificate_id, phone });
  expect(await right.json()).toMatchObject({ status: 429, code: "too_many_mismatches" });
  // Another company is not concerned, and what was answered is answered again.
  expect(await ask(publisher, 2000)).toMatchObject({ reason: "contact_mismatch" });
  const own = await publisher.post("/api/verify/match-lead", { certificate_id, phone });
  expect(await own.json()).toMatchObject({ valid: true });
  for (let n = 0; n < 6; n++) {
    await ask(publisher, 3000 + n);
  }
  const again = await publisher.post("/api/verify/match-lead", { certificate_id, phone });
  expect(await again.json()).toMatchObject({ valid: true });
});

test("nobody without ownership, claim or share may ask, and nothing is told that does not hold", async ({
  parties: { publisher, stranger, lead },
  database,
}) => {
  const certificate_id = await lead({ phone });
  const ask = async (caller: Person) =>
    await (await caller.post("/api/verify/match-lead", { certificate_id, phone })).json();
  expect(await ask(stranger)).toMatchObject({ status: 403, code: "forbidden" });
  await publisher.post(`/api/certificates/${certificate_id}/erase`, {});
  expect(await ask(publisher)).toMatchObject({ valid: false, reason: "contact_erased" });
  await publisher.post(`/api/certificates/${certificate_id}/revoke`, {});
  expect(await ask(publisher)).toMatchObject({ code: "opted_out", revoked_at: expect.any(String) });
  const change =
    "UPDATE records SET committed = x'' WHERE certificate = (SELECT certificate FROM certificates WHERE hash = ?)";
  database.tamper("records", change, hashOf(certificate_id));
  expect(await ask(publisher)).toMatchObject({ reason: "signature_invalid" });
});
