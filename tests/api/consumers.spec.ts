// What a company does about one consumer: revocation, reinstatement, erasure; dated, in the chain,
// for that company only, and without losing what was valid before.
import { Accounts, newEmail, type Person } from "../support/accounts.ts";
import { checkedChain } from "../support/custody.ts";
import { hashOf, hex, Page, type Property, tcpa } from "../support/evidence.ts";
import { test as base, expect } from "../support/test.ts";

interface Lead {
  phone?: string;
  email?: string;
}

interface Publisher {
  owner: Person;
  at: Property;
  form: Page;
  /** A certificate that is bound to a lead. */
  lead: (contact: Lead) => Promise<string>;
}

const test = base.extend<{ newPublisher: () => Promise<Publisher>; publisher1: Publisher }>({
  newPublisher: async ({ worker, request }, use) => {
    const accounts = new Accounts(worker.port);
    await use(async () => {
      const owner = await accounts.owner(newEmail(), "LeadGen Co");
      const origin = `https://${hex(6)}.leadgen.com`;
      const answer = await owner.post("/api/properties", { name: "Quotes", origins: [origin] });
      const { id } = (await answer.json()) as { id: string };
      const at = { company: owner.me.company.id, property: id, origin };
      const form = new Page(request, at);
      const lead = async (contact: Lead) => {
        const commit = { ...form.commit({ session: await form.startSession() }), contact };
        expect((await form.send(commit)).status()).toBe(201);
        return commit.certificate_id;
      };
      return { owner, at, form, lead };
    });
  },
  publisher1: async ({ newPublisher }, use) => {
    await use(await newPublisher());
  },
});

const act = async (owner: Person, id: string, action: string, body: object = {}) =>
  await (await owner.post(`/api/certificates/${id}/${action}`, body)).json();

test("a revoked certificate answers opted_out with its date, and a restored one is valid again", async ({
  publisher1: { owner, form },
  database,
  worker,
}) => {
  const id = await form.certificate();
  const revoked = (await act(owner, id, "revoke", { reason: "Asked by phone" })) as {
    revoked_at: string;
  };
  expect(revoked).toMatchObject({ certificate_id: id, changed: true });
  const answer = await form.verify(id);
  expect(answer.status()).toBe(403);
  expect(await answer.json()).toMatchObject({ code: "opted_out", revoked_at: revoked.revoked_at });
  const [listed] = (
    (await (await owner.get("/certificates?status=revoked")).json()) as { items: object[] }
  ).items;
  expect(listed).toMatchObject({
    certificate_id: id,
    status: "revoked",
    revoked_at: revoked.revoked_at,
  });
  expect(await act(owner, id, "revoke")).toEqual({ ...revoked, changed: false });

  expect(await act(owner, id, "restore")).toEqual({
    certificate_id: id,
    changed: true,
    revoked_at: null,
  });
  expect(await (await form.verify(id)).json()).toMatchObject({ valid: true });
  expect(await act(owner, id, "restore")).toMatchObject({ changed: false });
  const chain = checkedChain(database, worker, id);
  expect(chain.map(({ type, actor }) => [type, actor]).slice(2)).toEqual([
    ["revoked", owner.me.company.id],
    ["restored", owner.me.company.id],
  ]);
  expect(chain[2]?.details).toMatchObject({ reason: "Asked by phone" });
  const { items } = (await (await owner.get("/certificates?status=active")).json()) as {
    items: object[];
  };
  expect(items).toHaveLength(1);
});

test("a batch says which of its certificates are revoked, and since when", async ({
  publisher1: { owner, form, at },
  request,
}) => {
  const [revoked, valid] = [await form.certificate(), await form.certificate()];
  const { revoked_at } = (await act(owner, revoked, "revoke")) as { revoked_at: string };
  const item = { company_id: at.company, property_id: at.property, consent: tcpa };
  const answer = await request.post("/api/verify/batch", {
    data: { items: [revoked, valid].map((certificate_id) => ({ ...item, certificate_id })) },
  });
  const { items } = (await answer.json()) as { items: object[] };
  expect(items).toEqual([
    { valid: false, reason: "opted_out", certificate_id: revoked, revoked_at },
    expect.objectContaining({ valid: true, certificate_id: valid }),
  ]);
});

test("the page of a revoked certificate says so and shows what was valid before", async ({
  publisher1: { owner, form },
  request,
}) => {
  const id = await form.certificate();
  await act(owner, id, "revoke");
  const page = await (await request.get(`/certificate/${id}`)).text();
  expect(page).toContain("What follows is what had been agreed to before");
  expect(page).toContain(tcpa);
});

test("many who revoke the same certificate at once write one event", async ({
  publisher1: { owner, form },
  database,
  worker,
}) => {
  const id = await form.certificate();
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => owner.post(`/api/certificates/${id}/revoke`, {})),
  );
  expect(answers.map((answer) => answer.status())).toEqual(Array(6).fill(200));
  const types = checkedChain(database, worker, id).map(({ type }) => type);
  expect(types).toEqual(["created", "signed", "revoked"]);
});

test("another company's certificate cannot be revoked, restored or erased", async ({
  publisher1,
  newPublisher,
  database,
  worker,
}) => {
  const id = await publisher1.form.certificate();
  const { owner } = await newPublisher();
  for (const action of ["revoke", "restore", "erase"]) {
    expect(await act(owner, id, action)).toMatchObject({ status: 404, code: "not_found" });
  }
  expect(checkedChain(database, worker, id)).toHaveLength(2);
});

test("a certificate whose chain was changed takes no event", async ({
  publisher1: { owner, form },
  database,
}) => {
  const id = await form.certificate();
  const change = "UPDATE certificate_rows SET head_hmac = zeroblob(32) WHERE hash = ?";
  database.tamper("certificate_rows", change, hashOf(id));
  expect(await act(owner, id, "revoke")).toMatchObject({ status: 409, code: "custody_invalid" });
});

test("webhooks are told of a revocation, in the same batch", async ({
  publisher1: { owner, form },
  database,
}) => {
  const id = await form.certificate();
  await owner.post("/api/webhooks", {
    url: "https://hooks.acme-insurance.com/e",
    events: ["consent.revoked"],
  });
  const { revoked_at } = (await act(owner, id, "revoke")) as { revoked_at: string };
  const { body } = database.row("SELECT body FROM deliveries WHERE about = ?", id);
  expect(JSON.parse(String(body))).toEqual({
    type: "consent.revoked",
    created_at: revoked_at,
    data: { certificate_id: id, revoked_at },
  });
});

test("one call revokes all certificates of a consumer, and no other's", async ({
  publisher1,
  newPublisher,
  request,
}) => {
  const phone = `+1305555${Math.floor(1000 + Math.random() * 9000)}`;
  const email = `maria.${hex(4)}@example.com`;
  const [byPhone, byEmail, byBoth] = [
    await publisher1.lead({ phone }),
    await publisher1.lead({ email }),
    await publisher1.lead({ phone, email }),
  ];
  const other = await publisher1.lead({ phone: "+13055550199" });
  const publisher2 = await newPublisher();
  const elsewhere = await publisher2.lead({ phone, email });

  const order = (await (
    await publisher1.owner.post("/api/revocations", { phone: phone.slice(2), email })
  ).json()) as { id: string };
  // What a step left over goes on by the clock.
  await request.get("/__scheduled?cron=*/5+*+*+*+*");
  const done = await (await publisher1.owner.get(`/api/orders/${order.id}`)).json();
  expect(done).toMatchObject({ action: "revoke", certificates: 3, skipped: 0 });
  expect((done as { done_at: string | null }).done_at).not.toBeNull();
  for (const id of [byPhone, byEmail, byBoth]) {
    expect((await publisher1.form.verify(id)).status()).toBe(403);
  }
  expect((await publisher1.form.verify(other)).status()).toBe(200);
  expect((await publisher2.form.verify(elsewhere)).status()).toBe(200);
  expect((await publisher2.owner.get(`/api/orders/${order.id}`)).status()).toBe(404);
  // Consent that is given anew is not revoked by the past.
  const anew = await publisher1.lead({ phone });
  expect((await publisher1.form.verify(anew)).status()).toBe(200);
});

test("a consumer with more certificates than one step takes is done in the background", async ({
  publisher1: { owner, lead },
  request,
}) => {
  const phone = "+13055550142";
  for (let n = 0; n < 45; n++) {
    await lead({ phone });
  }
  const order = (await (await owner.post("/api/revocations", { phone })).json()) as { id: string };
  for (let n = 0; n < 4; n++) {
    await request.get("/__scheduled?cron=*/5+*+*+*+*");
  }
  const done = await (await owner.get(`/api/orders/${order.id}`)).json();
  expect(done).toMatchObject({ certificates: 45, skipped: 0, done_at: expect.any(String) });
});

/** A company that claims what it is given, and relies on it with a key. */
async function newBuyer(accounts: Accounts, name: string) {
  const owner = await accounts.owner(newEmail("ben"), name);
  const key = accounts.machine(await accounts.key(owner, "read", "verify", "claim"));
  const claim = async ({ owner: publisher }: Publisher, id: string) => {
    const answer = await publisher.post(`/certificate-sharing/certificates/${id}/share`, {});
    const { claim_token } = (await answer.json()) as { claim_token: string };
    return await key.post(`/certificate-sharing/certificates/claim/${claim_token}`);
  };
  const verify = async ({ at }: Publisher, certificate_id: string) => {
    const company_id = owner.me.company.id;
    const asked = { certificate_id, company_id, property_id: at.property, consent: tcpa };
    return (await key.post("/api/verify/match", asked)).status();
  };
  return { owner, claim, verify };
}

const newPhone = () => `+1305555${Math.floor(1000 + Math.random() * 9000)}`;

test("a buyer revokes all that it has claimed of a consumer, and nobody else's", async ({
  publisher1,
  accounts,
  database,
  worker,
  request,
}) => {
  const [phone, email] = [newPhone(), `maria.${hex(4)}@example.com`];
  const [byPhone, byEmail] = [await publisher1.lead({ phone }), await publisher1.lead({ email })];
  const unclaimed = await publisher1.lead({ phone });
  const another = await publisher1.lead({ phone: "+13055550199" });
  const buyer = await newBuyer(accounts, "Acme Insurance");
  const rival = await newBuyer(accounts, "Rival Insurance");
  for (const id of [byPhone, byEmail, another]) {
    const answer = await buyer.claim(publisher1, id);
    expect(answer.status()).toBe(200);
    expect(answer.headers()["econsent-round-trips"]).toBe("3");
    expect((await rival.claim(publisher1, id)).status()).toBe(200);
  }
  const order = (await (
    await buyer.owner.post("/api/revocations", { phone: phone.slice(2), email })
  ).json()) as { id: string };
  await request.get("/__scheduled?cron=*/5+*+*+*+*");
  const done = await (await buyer.owner.get(`/api/orders/${order.id}`)).json();
  expect(done).toMatchObject({ certificates: 2, skipped: 0, done_at: expect.any(String) });
  for (const id of [byPhone, byEmail]) {
    expect(await buyer.verify(publisher1, id)).toBe(403);
    expect(await rival.verify(publisher1, id)).toBe(200);
    expect((await publisher1.form.verify(id)).status()).toBe(200);
    const revoked = checkedChain(database, worker, id).filter(({ type }) => type === "revoked");
    expect(revoked).toMatchObject([{ actor: buyer.owner.me.company.id }]);
  }
  expect(await buyer.verify(publisher1, another)).toBe(200);
  const chain = checkedChain(database, worker, unclaimed).map(({ type }) => type);
  expect(chain).toEqual(["created", "signed"]);

  // The publisher's own revocation is the publisher's.
  await publisher1.owner.post("/api/revocations", { phone });
  await request.get("/__scheduled?cron=*/5+*+*+*+*");
  expect((await publisher1.form.verify(byPhone)).status()).toBe(403);
  expect(await rival.verify(publisher1, byPhone)).toBe(200);
});

test("what a buyer's rules rejected, or was only shown to it, is not found by the contact", async ({
  publisher1,
  accounts,
  database,
}) => {
  const phone = newPhone();
  const id = await publisher1.lead({ phone });
  const buyer = await newBuyer(accounts, "Acme Insurance");
  await buyer.owner.post("/certificate-sharing/consent-rules", {
    rule_name: "Ours",
    required_phrases: ["Acme Bank"],
    mode: "reject",
  });
  const rejected = await (await buyer.claim(publisher1, id)).json();
  expect(rejected).toMatchObject({ status: "rejected" });
  await publisher1.owner.post(`/certificate-sharing/certificates/${id}/share`, {
    target_company_id: buyer.owner.me.company.id,
  });
  const order = await (await buyer.owner.post("/api/revocations", { phone })).json();
  expect(order).toMatchObject({ certificates: 0, skipped: 0, done_at: expect.any(String) });
  const { n } = database.row(
    `SELECT count(*) AS n FROM contact_lookups l JOIN certificates c USING (certificate)
      WHERE c.hash = ? AND l.holder IS NOT NULL`,
    hashOf(id),
  );
  expect(n).toBe(0);
});

test("a buyer erases its own copy by the contact, and the publisher keeps its own", async ({
  publisher1,
  accounts,
  database,
}) => {
  const phone = newPhone();
  const id = await publisher1.lead({ phone });
  const buyer = await newBuyer(accounts, "Acme Insurance");
  await buyer.claim(publisher1, id);
  const held = () =>
    database
      .rows(
        `SELECT iif(d.holder = '', c.company_id, d.holder) AS holder, (
            SELECT count(*) FROM contact_lookups l
            WHERE l.certificate = d.certificate AND coalesce(l.holder, '') = d.holder
          ) AS lookups
          FROM disclosures d JOIN certificates c USING (certificate) WHERE c.hash = ?`,
        hashOf(id),
      )
      .map(({ holder, lookups }) => [holder, lookups]);
  const [publisher, company] = [publisher1.at.company, buyer.owner.me.company.id];
  expect(new Map(held() as [string, number][])).toEqual(
    new Map([
      [publisher, 1],
      [company, 1],
    ]),
  );
  const order = await (await buyer.owner.post("/api/erasures", { phone })).json();
  expect(order).toMatchObject({ action: "erase", certificates: 1 });
  expect(held()).toEqual([[publisher, 1]]);
});

test("a consumer's request reaches those who have claimed too", async ({
  publisher1,
  accounts,
  request,
}) => {
  const phone = newPhone();
  const id = await publisher1.lead({ phone });
  const buyer = await newBuyer(accounts, "Acme Insurance");
  await buyer.claim(publisher1, id);
  await request.post("/api/opt-out", { data: { phone } });
  const waiting = async () => {
    await request.get("/__scheduled?cron=*/5+*+*+*+*");
    const found = (await (await buyer.owner.get("/api/opt-outs")).json()) as { items: unknown[] };
    return JSON.stringify(found).includes(id);
  };
  await expect.poll(waiting).toBe(true);
  expect(await buyer.verify(publisher1, id)).toBe(200);
});

test("erasure takes the personal values and leaves a certificate that verifies", async ({
  publisher1: { owner, lead, form },
  database,
  worker,
  request,
}) => {
  const id = await lead({ phone: "+13055550123", email: "maria.lopez@example.com" });
  const values = () =>
    database.row(
      `SELECT (SELECT count(*) FROM disclosures d WHERE d.certificate = c.certificate) AS values_,
        (SELECT count(*) FROM contact_lookups l WHERE l.certificate = c.certificate) AS lookups
        FROM certificates c WHERE c.hash = ?`,
      hashOf(id),
    );
  expect(values()).toEqual({ values_: 1, lookups: 2 });
  expect(await act(owner, id, "erase", { reason: "Deletion request" })).toMatchObject({
    changed: true,
  });
  expect(values()).toEqual({ values_: 0, lookups: 0 });
  expect(await act(owner, id, "erase")).toMatchObject({ changed: false });
  const chain = checkedChain(database, worker, id);
  expect(chain.map(({ type }) => type)).toEqual(["created", "signed", "erased"]);
  expect(await (await form.verify(id)).json()).toMatchObject({ valid: true });
  const headers = { accept: "application/json" };
  const bundle = await request.get(`/certificate/${id}`, { headers });
  expect(bundle.headers()["econsent-verdict"]).toBe("holds");
});

test("one call erases a consumer's values in all certificates", async ({
  publisher1: { owner, lead },
  database,
}) => {
  const email = `maria.${hex(4)}@example.com`;
  const ids = [await lead({ email }), await lead({ email, phone: "+13055550123" })];
  const answer = await owner.post("/api/erasures", { email: email.toUpperCase() });
  expect(answer.status()).toBe(202);
  expect(await answer.json()).toMatchObject({ action: "erase", certificates: 2 });
  for (const id of ids) {
    const left = "SELECT count(*) AS n FROM disclosures d JOIN certificates c USING (certificate)";
    expect(database.row(`${left} WHERE c.hash = ?`, hashOf(id))).toEqual({ n: 0 });
  }
});

test("what names no consumer is refused", async ({ publisher1: { owner } }) => {
  for (const [body, code] of [
    [{}, "no_contact"],
    [{ phone: "555" }, "invalid_phone"],
    [{ email: "maria" }, "invalid_email"],
    [{ phone: "(305) 555-0123", reason: "x".repeat(201) }, "limit_exceeded"],
  ] as const) {
    const answer = await owner.post("/api/revocations", body);
    expect(await answer.json()).toMatchObject({ status: 422, code });
  }
});
