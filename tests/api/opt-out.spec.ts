// A consumer's request to opt out: it says nothing, changes nothing by itself, and reaches every
// company that it concerns, with its deadline.
import { Accounts, newEmail, type Person } from "../support/accounts.ts";
import { checkedChain } from "../support/custody.ts";
import { hex, Page } from "../support/evidence.ts";
import { test as base, expect } from "../support/test.ts";

interface OptOut {
  id: string;
  received_at: string;
  due_at: string;
  status: string;
  certificates: string[];
  order_id: string | null;
}

interface Publisher {
  owner: Person;
  form: Page;
  lead: (contact: { phone?: string; email?: string }) => Promise<string>;
  optOuts: (query?: string) => Promise<OptOut[]>;
}

const test = base.extend<{
  newPublisher: () => Promise<Publisher>;
  publisher1: Publisher;
  /** Lets what waits be done. */
  settle: () => Promise<void>;
}>({
  newPublisher: async ({ worker, request }, use) => {
    const accounts = new Accounts(worker.port);
    await use(async () => {
      const owner = await accounts.owner(newEmail(), "LeadGen Co");
      const origin = `https://${hex(6)}.leadgen.com`;
      const answer = await owner.post("/api/properties", { name: "Quotes", origins: [origin] });
      const { id } = (await answer.json()) as { id: string };
      const form = new Page(request, { company: owner.me.company.id, property: id, origin });
      return {
        owner,
        form,
        lead: async (contact) => {
          const commit = { ...form.commit({ session: await form.startSession() }), contact };
          expect((await form.send(commit)).status()).toBe(201);
          return commit.certificate_id;
        },
        optOuts: async (query = "") => {
          const answer = await owner.get(`/api/opt-outs${query}`);
          return ((await answer.json()) as { items: OptOut[] }).items;
        },
      };
    });
  },
  publisher1: async ({ newPublisher }, use) => {
    await use(await newPublisher());
  },
  settle: async ({ request, database }, use) => {
    await use(async () => {
      const waiting = "SELECT count(*) AS n FROM opt_out_requests";
      while (database.row(waiting).n !== 0) {
        await request.get("/__scheduled?cron=*/5+*+*+*+*");
      }
    });
  },
});

const newPhone = () => `+1305555${Math.floor(1000 + Math.random() * 9000)}`;

test("every company that holds the consumer's certificate is shown the request and its deadline", async ({
  publisher1,
  newPublisher,
  accounts,
  settle,
  database,
}) => {
  const [publisher2, stranger] = [await newPublisher(), await newPublisher()];
  const [phone, email] = [newPhone(), `maria.${hex(4)}@example.com`];
  const [one, two] = [await publisher1.lead({ phone }), await publisher2.lead({ email })];
  const answer = await accounts.anybody.post("/api/opt-out", {
    phone: `(${phone.slice(2, 5)}) ${phone.slice(5, 8)}-${phone.slice(8)}`,
    email,
  });
  expect(answer.status()).toBe(202);
  expect(await answer.json()).toEqual({ status: "received" });
  const kept = JSON.stringify(database.rows("SELECT * FROM opt_out_requests"));
  expect(kept).not.toContain(phone.slice(2));
  await settle();
  const [asked] = await publisher1.optOuts();
  expect(asked).toMatchObject({ status: "pending", certificates: [one], order_id: null });
  const days = (Date.parse(asked?.due_at ?? "") - Date.parse(asked?.received_at ?? "")) / 864e5;
  // Ten business days: two weeks, and a holiday or two.
  expect([14, 15, 16, 17, 18]).toContain(days);
  expect(await publisher2.optOuts()).toMatchObject([{ certificates: [two] }]);
  expect(await stranger.optOuts()).toEqual([]);
  // Nothing has changed by it.
  expect((await publisher1.form.verify(one)).status()).toBe(200);
});

test("a company confirms, which revokes, or declines with a reason, and each only once", async ({
  publisher1: { owner, lead, form, optOuts },
  newPublisher,
  accounts,
  settle,
  database,
  worker,
}) => {
  const [phone, email] = [newPhone(), `maria.${hex(4)}@example.com`];
  const [one, two] = [await lead({ phone }), await lead({ phone })];
  const other = await lead({ email });
  await accounts.anybody.post("/api/opt-out", { phone });
  await accounts.anybody.post("/api/opt-out", { email });
  await settle();
  const [byPhone, byEmail] = await optOuts();
  const path = `/api/opt-outs/${byPhone?.id}`;
  const stranger = (await newPublisher()).owner;
  for (const action of ["confirm", "decline"]) {
    const answer = await stranger.post(`${path}/${action}`, { reason: "Not mine" });
    expect(answer.status()).toBe(404);
  }
  const confirmed = await owner.post(`${path}/confirm`, {});
  expect(await confirmed.json()).toMatchObject({ status: "confirmed", certificates: [] });
  for (const id of [one, two]) {
    expect((await form.verify(id)).status()).toBe(403);
    expect(checkedChain(database, worker, id).at(-1)).toMatchObject({
      type: "revoked",
      actor: owner.me.company.id,
    });
  }
  expect((await owner.post(`${path}/confirm`, {})).status()).toBe(200);
  const late = await owner.post(`${path}/decline`, { reason: "Existing customer" });
  expect(await late.json()).toMatchObject({ status: 409, code: "already_decided" });

  const declined = await owner.post(`/api/opt-outs/${byEmail?.id}/decline`, {
    reason: "The consumer asked us to go on, on the phone, 17 April",
  });
  expect(await declined.json()).toMatchObject({ status: "declined" });
  expect((await form.verify(other)).status()).toBe(200);
  expect(await optOuts()).toEqual([]);
  expect(await optOuts("?status=confirmed")).toHaveLength(1);
  expect(await optOuts("?status=declined")).toHaveLength(1);
  const left = "SELECT count(*) AS n FROM opt_outs WHERE lookup IS NOT NULL AND company_id = ?";
  expect(database.row(left, owner.me.company.id)).toEqual({ n: 0 });
});

test("a thousand requests for others' phones change no verification and no page, and look alike", async ({
  publisher1: { owner, lead, form, optOuts },
  accounts,
  settle,
  request,
  database,
}) => {
  test.setTimeout(600_000);
  const phones = Array.from({ length: 5 }, (_, n) => `+130555501${10 + n}`);
  const ids: string[] = [];
  for (const phone of phones) {
    ids.push(await lead({ phone }));
  }
  const seen = async () =>
    await Promise.all(
      ids.map(async (id) => [
        await (await form.verify(id)).json(),
        (await (await request.get(`/certificate/${id}`)).text()).replace(
          /<footer>.*<\/footer>/s,
          "",
        ),
      ]),
    );
  const before = await seen();
  const answers = new Set<string>();
  for (let n = 0; n < 1000; n += 20) {
    const some = Array.from({ length: 20 }, async (_, at) => {
      const known = phones[(n + at) % phones.length];
      const phone = at % 2 === 0 ? known : `+1212555${String(1000 + n + at)}`;
      const answer = await accounts.anybody.post("/api/opt-out", { phone });
      // What development adds about its database is not there in production.
      const told = ["date", "econsent-round-trips", "econsent-rows-read"];
      const headers = Object.entries(answer.headers()).filter(([name]) => !told.includes(name));
      answers.add(JSON.stringify([answer.status(), await answer.text(), headers]));
    });
    await Promise.all(some);
  }
  expect([...answers]).toHaveLength(1);
  await settle();
  expect(await seen()).toEqual(before);
  // One per consumer at most, however often it was asked.
  expect((await optOuts()).length).toBeLessThanOrEqual(phones.length);
  expect(await (await owner.get("/certificates?status=revoked")).json()).toMatchObject({
    items: [],
  });
  // Limits are rows, and no phone is in them.
  const rows = "SELECT count(*) AS n FROM opt_outs WHERE company_id = ?";
  expect(Number(database.row(rows, owner.me.company.id).n)).toBeLessThanOrEqual(phones.length);
});

test("the form works without a script, and says when it cannot read something", async ({
  request,
  worker,
}) => {
  const page = await request.get("/opt-out");
  expect(page.headers()["content-security-policy"]).toContain("form-action 'self'");
  expect(await page.text()).toContain('<form method="post" action="/opt-out">');
  const form = { phone: "(305) 555-0177", email: "" };
  const sent = await request.post("/opt-out", { form });
  expect(sent.status()).toBe(202);
  expect(await sent.text()).toContain("Your request was received");
  const wrong = await request.post("/opt-out", { form: { phone: "<script>", email: "" } });
  expect(wrong.status()).toBe(422);
  expect(await wrong.text()).toContain("Please check what you entered");
  expect(await wrong.text()).not.toContain("<script");
  const none = await new Accounts(worker.port).anybody.post("/api/opt-out", {});
  expect(await none.json()).toMatchObject({ status: 422, code: "no_contact" });
});
