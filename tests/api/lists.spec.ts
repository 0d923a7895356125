// `GET /certificates`: the owner finds each of its certificates, and nobody else's; what a page
// costs does not depend on how many there are.
import { Accounts, type Answer, type Caller, newEmail, type Person } from "../support/accounts.ts";
import { setExpiry } from "../support/custody.ts";
import { hex, impliedConsent, Page, type Property, partners, sms } from "../support/evidence.ts";
import { test as base, expect } from "../support/test.ts";

interface Item {
  certificate_id: string;
  session_id: string;
  property_id: string;
  property: string;
  domain: string;
  received_at: string;
  consent_types: string[];
  country: string | null;
  state: string | null;
  status: string;
  claims: number;
  revoked_at: string | null;
}

interface List {
  items: Item[];
  limit: number;
  next_cursor: string | null;
}

interface Publisher {
  owner: Person;
  at: Property;
  form: Page;
  ids: (query?: string) => Promise<string[]>;
}

const test = base.extend<{ publisher1: Publisher; newPublisher: () => Promise<Publisher> }>({
  newPublisher: async ({ worker, request }, use) => {
    const accounts = new Accounts(worker.port);
    await use(async () => {
      const owner = await accounts.owner(newEmail(), "LeadGen Co");
      const at = await newSite(owner);
      const ids = async (query = "") => (await list(owner, query)).items.map(idOf);
      return { owner, at, form: new Page(request, at), ids };
    });
  },
  publisher1: async ({ newPublisher }, use) => {
    await use(await newPublisher());
  },
});

const idOf = ({ certificate_id }: Item) => certificate_id;

/** A website of the owner's company. */
async function newSite(owner: Person, host = `${hex(6)}.leadgen.com`): Promise<Property> {
  const origin = `https://${host}`;
  const answer = await owner.post("/api/properties", { name: "Quotes", origins: [origin] });
  const { id } = (await answer.json()) as { id: string };
  return { company: owner.me.company.id, property: id, origin };
}

async function list(caller: Caller, query = ""): Promise<List> {
  const answer = await caller.get(`/certificates${query}`);
  expect(answer.status(), await answer.text()).toBe(200);
  return (await answer.json()) as List;
}

async function refusal(answer: Answer): Promise<unknown> {
  return await answer.json();
}

test("a list shows what each certificate is, the newest first", async ({ publisher1 }) => {
  const { form, owner, at } = publisher1;
  const old = await form.certificate({
    consents: [
      { id: "sms", type: "secondary-explicit", value: "true", text: sms },
      impliedConsent,
      { id: "p", type: "main-explicit", value: "false", text: partners },
    ],
  });
  const young = await form.certificate();
  const { items, limit, next_cursor } = await list(owner);
  expect(items.map(idOf)).toEqual([young, old]);
  expect({ limit, next_cursor }).toEqual({ limit: 50, next_cursor: null });
  expect(items[1]).toMatchObject({
    session_id: old.slice(3, -44),
    property_id: at.property,
    property: "Quotes",
    domain: new URL(at.origin).hostname,
    consent_types: ["main-implied", "secondary-explicit"],
    country: "US",
    status: "active",
    claims: 0,
    revoked_at: null,
  });
});

test("a certificate is found by its id, session, domain, state, and the words of its texts", async ({
  publisher1,
}) => {
  const { form, owner, ids, at } = publisher1;
  const id = await form.certificate();
  const other = await form.certificate({
    consents: [
      {
        id: "es",
        type: "main-implied",
        value: "visible",
        text: "Acepto recibir llamadas según los términos",
      },
    ],
  });
  const [, listed] = (await list(owner)).items;
  const search = (typed: string) => ids(`?search=${encodeURIComponent(typed)}`);
  expect(await search(id)).toEqual([id]);
  expect(await search(`${id.replace(/_/g, "/").replace(/-/g, "-")}=`)).toEqual([id]);
  expect(await search(id.slice(3, -44))).toEqual([id]);
  expect(await search(new URL(at.origin).hostname)).toEqual([other, id]);
  expect(await search("elsewhere.leadgen.com")).toEqual([]);
  expect(await search(listed?.state ?? "")).toEqual([other, id]);
  expect(await search("Wyoming")).toEqual([]);
  expect(await search("autodialer")).toEqual([id]);
  expect(await search("Acme insur")).toEqual([id]);
  expect(await search("“Get My Quote”")).toEqual([id]);
  expect(await search("terminos según")).toEqual([other]);
  expect(await search("autodialer términos")).toEqual([]);
  expect(await search('x" OR company:"a')).toEqual([]);
});

test("words are found in any case and form of their letters", async ({ publisher1 }) => {
  const { form, ids } = publisher1;
  const shown = async (text: string) =>
    await form.certificate({ consents: [{ ...impliedConsent, text }] });
  const search = (typed: string) => ids(`?search=${encodeURIComponent(typed)}`);
  const spanish = await shown("Al pulsar “ENVIAR” acepto los T\u{e9}r\u{ad}minos de Señal Móvil");
  const greek = await shown("ΣΥΜΦΩΝΏ με τους ΌΡΟΥΣ της ασφάλειας");
  const wide = await shown("Ｉ ａｇｒｅｅ ｔｏ ｂｅ ｃａｌｌｅｄ by our ofﬁce");
  expect(await search("TÉRMINOS")).toEqual([spanish]);
  expect(await search("señal móvil")).toEqual([spanish]);
  expect(await search("SEÑAL MÓVIL")).toEqual([spanish]);
  expect(await search("συμφωνώ με τους όρους")).toEqual([greek]);
  expect(await search("I AGREE to be called")).toEqual([wide]);
  expect(await search("OFFICE")).toEqual([wide]);
  expect(await search("ｏｆｆｉｃｅ")).toEqual([wide]);
});

test("a domain is found as people write it", async ({ publisher1, newPublisher, request }) => {
  const { owner } = publisher1;
  const host = `${hex(4)}.xn--bro-hoa.example`;
  const at = await newSite(owner, host);
  const form = new Page(request, at);
  const id = await form.certificate();
  for (const typed of [
    host,
    host.replace("xn--bro-hoa", "büro"),
    host.replace("xn--bro-hoa", "BÜRO"),
  ]) {
    expect(await publisher1.ids(`?search=${encodeURIComponent(typed)}`), typed).toEqual([id]);
  }
  const other = await newPublisher();
  expect(await other.ids(`?search=${encodeURIComponent(host)}`)).toEqual([]);
});

test("filters narrow a list, alone and together", async ({ publisher1, database, worker }) => {
  const { form, owner, ids, at } = publisher1;
  const second = await newSite(owner);
  const explicit = { id: "sms", type: "secondary-explicit", value: "true", text: sms };
  const one = await form.certificate();
  const two = await form.certificate({ consents: [explicit] });
  const three = await form.certificate({ consents: [explicit, impliedConsent] });
  expect(await ids(`?property_id=${second.property}`)).toEqual([]);
  expect(await ids(`?property_id=${at.property}`)).toEqual([three, two, one]);
  expect(await ids("?type=secondary-explicit")).toEqual([three, two]);
  expect(await ids("?type=secondary-explicit&search=autodialer")).toEqual([three]);
  expect(await ids(`?type=main-implied&property_id=${at.property}&status=active`)).toEqual([
    three,
    one,
  ]);
  expect(await ids("?status=revoked")).toEqual([]);
  const [, , first] = (await list(owner)).items;
  const at1 = first?.received_at ?? "";
  expect(await ids(`?to=${at1}`)).toEqual([]);
  expect(await ids(`?from=${at1}`)).toEqual([three, two, one]);
  const today = new Date().toISOString().slice(0, 10);
  expect(await ids(`?from=${at1.slice(0, 10)}&to=${today}`)).toEqual([three, two, one]);
  expect(await ids("?to=2020-01-01")).toEqual([]);
  setExpiry(database, worker, two, new Date("2026-01-01T00:00:00.000Z"));
  expect(await (await owner.get(`/certificates?search=${two}`)).text()).toContain('"expired"');
});

test("an expired certificate stays in the list, without what went with its evidence", async ({
  publisher1,
  database,
  worker,
  request,
}) => {
  const { form, owner, ids } = publisher1;
  const [gone, kept] = [await form.certificate(), await form.certificate()];
  setExpiry(database, worker, gone, new Date("2026-01-01T00:00:00.000Z"));
  await request.get("/__scheduled?cron=*/5+*+*+*+*");
  expect(await ids("?status=expired")).toEqual([gone]);
  expect(await ids("?status=active")).toEqual([kept]);
  expect(await ids("?search=autodialer")).toEqual([kept]);
  expect(await ids()).toEqual([kept, gone]);
  const { items } = await list(owner, "?status=expired");
  expect(items[0]).toMatchObject({ consent_types: [], state: null, status: "expired" });
});

test("pages go on where the last one ended, whatever comes in meanwhile", async ({
  publisher1,
}) => {
  const { form, owner } = publisher1;
  const made: string[] = [];
  for (let n = 0; n < 7; n++) {
    made.unshift(await form.certificate());
  }
  for (const filter of ["", "&type=main-implied", "&search=autodialer&status=active"]) {
    const before = (await list(owner, "?limit=100")).items.map(idOf);
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const from: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page: List = await list(owner, `?limit=2${filter}${from}`);
      seen.push(...page.items.map(idOf));
      cursor = page.next_cursor;
      await form.certificate();
    }
    expect(seen).toEqual(before);
  }
  expect(made).toHaveLength(7);
});

test("a text that two publishers show leads each to its own certificates only", async ({
  publisher1,
  newPublisher,
}) => {
  const publisher2 = await newPublisher();
  const [mine, theirs] = [await publisher1.form.certificate(), await publisher2.form.certificate()];
  expect(await publisher1.ids("?search=autodialer")).toEqual([mine]);
  expect(await publisher2.ids("?search=autodialer")).toEqual([theirs]);
  expect(await publisher1.ids(`?search=${theirs}`)).toEqual([]);
  expect(await publisher1.ids(`?search=${theirs.slice(3, -44)}`)).toEqual([]);
  expect(await publisher1.ids(`?property_id=${publisher2.at.property}`)).toEqual([]);
  expect(await publisher1.ids(`?search=${new URL(publisher2.at.origin).hostname}`)).toEqual([]);
  const cursor = await publisher1.owner.get(`/certificates?cursor=${theirs}`);
  expect(await refusal(cursor)).toMatchObject({ status: 400, code: "invalid_cursor" });
});

test("what cannot be asked is refused by name", async ({ publisher1: { owner } }) => {
  for (const [query, code, status] of [
    ["?limit=0", "limit_exceeded", 422],
    ["?limit=101", "limit_exceeded", 422],
    ["?limit=x", "invalid_parameter", 400],
    ["?from=17/04/2026", "invalid_parameter", 400],
    ["?type=main", "invalid_parameter", 400],
    ["?status=lost", "invalid_parameter", 400],
    ["?search=%E2%80%A6%E2%80%A6", "invalid_parameter", 400],
    [`?search=${"a".repeat(513)}`, "invalid_parameter", 400],
    ["?cursor=EC-1", "invalid_parameter", 400],
    ["?colour=red", "invalid_parameter", 400],
  ] as const) {
    const answer = await owner.get(`/certificates${query}`);
    expect(await refusal(answer), query).toMatchObject({ status, code });
  }
});

test("words that are in too many texts have to be more", async ({ publisher1 }) => {
  const { form, owner } = publisher1;
  const consents = Array.from({ length: 64 }, (_, n) => ({
    ...impliedConsent,
    id: `c${n}`,
    text: `Calls from lender number ${n} of our panel`,
  }));
  await form.certificate({ consents });
  expect((await list(owner, "?search=lender")).items).toHaveLength(1);
  await form.certificate({ consents: [{ ...impliedConsent, text: "Another lender calls" }] });
  expect(await refusal(await owner.get("/certificates?search=lender"))).toMatchObject({
    status: 422,
    code: "search_too_broad",
  });
  expect((await list(owner, "?search=lender+another")).items).toHaveLength(1);
});

test("an export has everything that the filter lets through, in JSON and CSV", async ({
  publisher1,
}) => {
  const { form, owner, ids } = publisher1;
  for (let n = 0; n < 5; n++) {
    await form.certificate();
  }
  const json = await owner.get("/certificates/export?format=json&type=main-implied");
  expect(json.headers()["content-type"]).toBe("application/json");
  expect(((await json.json()) as Item[]).map(idOf)).toEqual(await ids());
  expect(await json.json()).toEqual((await list(owner)).items);
  const csv = await owner.get("/certificates/export?format=csv");
  expect(csv.headers()).toMatchObject({
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": 'attachment; filename="certificates.csv"',
    "cache-control": "no-store",
  });
  const [header, ...lines] = (await csv.text()).trimEnd().split("\r\n");
  expect(header).toContain('"certificate_id","session_id"');
  expect(lines.map((line) => line.split(",")[0])).toEqual((await ids()).map((id) => `"${id}"`));
  expect(await (await owner.get("/certificates/export?status=revoked")).json()).toEqual([]);
  expect(await refusal(await owner.get("/certificates/export?limit=5"))).toMatchObject({
    status: 400,
  });
});

test("no name that somebody chose is a formula in a spreadsheet", async ({ publisher1 }) => {
  const { owner, at, form } = publisher1;
  await form.certificate();
  await owner.send("PUT", `/api/properties/${at.property}`, {
    name: '=HYPERLINK("http://x.example","y")',
    origins: [at.origin],
  });
  const csv = await (await owner.get("/certificates/export?format=csv")).text();
  expect(csv).toContain(`"'=HYPERLINK(""http://x.example"",""y"")"`);
});

test("a page reads a bounded number of rows, in two round trips", async ({ publisher1 }) => {
  const { form, owner } = publisher1;
  for (let n = 0; n < 40; n++) {
    await form.certificate();
  }
  const cost = async (query: string) => {
    const headers = (await owner.get(`/certificates?limit=10${query}`)).headers();
    const [trips, rows] = [headers["econsent-round-trips"], headers["econsent-rows-read"]];
    return { trips: Number(trips), rows: Number(rows) };
  };
  const { next_cursor } = await list(owner, "?limit=30");
  // However far down a page is, what lies before it is not read again.
  expect((await cost(`&cursor=${next_cursor}`)).rows).toBeLessThan((await cost("")).rows + 5);
  for (const query of [
    "",
    `&cursor=${next_cursor}`,
    "&type=main-implied",
    "&search=autodialer",
    "&status=active",
    "&type=main-implied&status=active&search=autodialer",
    "&type=secondary-implied&status=active",
  ]) {
    const { trips, rows } = await cost(query);
    // One more to know who calls.
    expect(trips, query).toBeLessThanOrEqual(3);
    expect(rows, query).toBeGreaterThan(0);
    expect(rows, query).toBeLessThan(600);
  }
});
