// A buyer's list: its pages, filters, searches and orders with many rows, and that it leads to what
// was shared with the buyer and to nothing else.
import { hashOf, hex } from "../support/evidence.ts";
import { expect, type Holding, type Listed, ok, test } from "../support/sharing.ts";

const path = "/certificate-sharing/partner-certificates";

/** Rows of a buyer's list as its projection has them, many of them equal in every order. */
function rows(count: number, company: string) {
  const statuses = ["pending", "claimed", "flagged", "rejected", "gone"];
  return Array.from({ length: count }, (_, n) => ({
    company_id: company,
    claim_id: (n + 1) * 256 + 7,
    version: 1,
    certificate_id: `EC-${hex(17)}-${"A".repeat(43)}`,
    property_id: hex(12),
    publisher_company_id: hex(12),
    publisher_name: n % 2 === 0 ? "LeadGen Co" : "Quote Wizards",
    publisher_canonical: n % 2 === 0 ? "leadgen co" : "quote wizards",
    domain: n % 3 === 0 ? "forms.leadgen.com" : "quotes.example.org",
    captured_at: 1_776_000_000_000 + (n % 5),
    shared_at: 1_776_000_000_000 + (n % 7),
    score: n % 4 === 0 ? null : n % 100,
    level: "not_checked",
    status: statuses[n % 5] ?? "pending",
    has_recording: 0,
    access_level: "claim",
  }));
}

test("a certificate whose place somebody changed stands in no other's way", async ({
  market,
  database,
}) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  const [broken, whole] = [
    await market.certificate(publisher),
    await market.certificate(publisher),
  ];
  await market.share(publisher, broken, buyer);
  await market.holdings(buyer, ({ total }) => total === 1);
  const change = "UPDATE certificate_rows SET place = NULL WHERE hash = ?";
  database.tamper("certificate_rows", change, hashOf(broken));
  database.run("UPDATE holders SET changes = changes + 1 WHERE company_id = ?", buyer.id);
  const { claim_token } = await market.share(publisher, whole, buyer);
  const { items } = await market.holdings(buyer, ({ total }) => total === 2);
  expect(items.map(({ certificate_id }) => certificate_id).sort()).toEqual([broken, whole].sort());
  const shares = await ok<{ items: object[] }>(
    await publisher.api.get("/certificate-sharing/shares"),
  );
  expect(shares.items).toMatchObject([
    { certificate_id: whole, claim_token },
    { certificate_id: broken, property_id: null, claim_token: null },
  ]);
});

test("pages of every order hold each row once, with and without a status", async ({
  market,
  database,
}) => {
  const buyer = market.buyer();
  const all = rows(700, buyer.id);
  for (const row of all) {
    const names = Object.keys(row);
    const places = names.map(() => "?").join(", ");
    const sql = `INSERT INTO partner_certificates (${names.join(", ")}) VALUES (${places})`;
    database.run(sql, ...Object.values(row));
  }
  const given = all.filter(({ status }) => status !== "gone");
  for (const sort of [
    "shared_at",
    "-shared_at",
    "captured_at",
    "-captured_at",
    "score",
    "-score",
  ]) {
    for (const status of ["", "claimed"]) {
      const expected = given.filter((row) => status === "" || row.status === status);
      const seen: number[] = [];
      for (let page = 1; seen.length < expected.length; page++) {
        const query = `?limit=100&page=${page}&sort=${sort}${status && `&status=${status}`}`;
        const { items, total } = await ok<Listed<Holding>>(await buyer.api.get(path + query));
        expect(total).toBe(expected.length);
        expect(items.length).toBe(Math.min(100, expected.length - seen.length));
        seen.push(...items.map(({ claim_id }) => claim_id));
      }
      expect(new Set(seen)).toEqual(new Set(expected.map(({ claim_id }) => claim_id)));
      expect(seen.length).toBe(expected.length);
    }
  }
  // Neither a page's rows nor its total cost more because the list is long.
  for (const query of ["?limit=10", "?limit=10&sort=-score", "?limit=10&status=claimed"]) {
    const answer = await buyer.api.get(path + query);
    expect(Number(answer.headers()["econsent-rows-read"]), query).toBeLessThan(40);
  }
  const search = async (text: string) => {
    const query = `?limit=1&search=${encodeURIComponent(text)}`;
    return (await ok<Listed<Holding>>(await buyer.api.get(path + query))).total;
  };
  const [one] = given;
  expect(await search(one?.certificate_id ?? "")).toBe(1);
  expect(await search(one?.certificate_id.slice(3, 37) ?? "")).toBe(1);
  expect(await search("FORMS.lead")).toBe(given.filter((r) => r.domain.startsWith("f")).length);
  expect(await search("quote wiz")).toBe(
    given.filter((row) => row.publisher_name === "Quote Wizards").length,
  );
  expect(await search("'; DROP TABLE shares; --")).toBe(0);
  expect(await search("%")).toBe(0);
});

test("totals follow what becomes of each row", async ({ market, database }) => {
  const [publisher, buyer] = [market.publisher(), market.buyer()];
  const shares = [];
  for (let n = 0; n < 4; n++) {
    shares.push(await market.share(publisher, await market.certificate(publisher), buyer));
  }
  await market.holdings(buyer, ({ total }) => total === 4);
  await market.claim(buyer, shares[0]?.claim_token ?? "");
  const { share_id } = database.row(
    "SELECT max(share_id) AS share_id FROM shares WHERE target_company_id = ? AND status = 'pending'",
    buyer.id,
  );
  await publisher.api.send("DELETE", `/certificate-sharing/shares/${share_id}`);
  await market.holdings(buyer, ({ total, items }) => {
    return total === 3 && items.some(({ status }) => status === "claimed");
  });
  const totalOf = async (status: string) =>
    (await market.holdings(buyer, undefined, `?status=${status}`)).total;
  expect(await Promise.all(["pending", "claimed", "flagged"].map(totalOf))).toEqual([2, 1, 0]);
  // Whatever tests did before: the counts are those of the rows.
  const wrong = database.rows(
    `SELECT * FROM partner_certificate_counts c WHERE count <> (SELECT count(*)
      FROM partner_certificates p WHERE p.company_id = c.company_id AND p.status = c.status)`,
  );
  expect(wrong).toEqual([]);
});

test("publishers and domains are found in any case and form of their letters", async ({
  market,
  database,
}) => {
  const buyer = market.buyer();
  const named = async (name: string, origin: string) => {
    const publisher = market.publisher(origin);
    database.run("UPDATE companies SET name = ? WHERE company_id = ?", name, publisher.id);
    const certificate = await market.certificate(publisher);
    await market.share(publisher, certificate, buyer);
    return certificate;
  };
  const spanish = await named("Ñandú Seguros", "https://seguros.example");
  const german = await named("Ärzte Büro Ｎｏｒｄ", `https://${hex(4)}.xn--bro-hoa.example`);
  await market.holdings(buyer, ({ total }) => total === 2);
  const search = async (text: string) => {
    const query = `?search=${encodeURIComponent(text)}`;
    const answer = await buyer.api.get(path + query);
    // Who calls, the page and its count: nothing of it grows with the list.
    expect(Number(answer.headers()["econsent-rows-read"])).toBeLessThan(40);
    return (await ok<Listed<Holding>>(answer)).items.map((item) => item.certificate_id);
  };
  for (const typed of ["ñandú", "ÑANDÚ seguros", "N\u{303}ANDU\u{301}", "Ñandú"]) {
    expect(await search(typed), typed).toEqual([spanish]);
  }
  for (const typed of ["ärzte", "ÄRZTE BÜRO nord", "Ärzte\u{ad} Büro"]) {
    expect(await search(typed), typed).toEqual([german]);
  }
  const { items } = await market.holdings(buyer);
  const host = items.find((item) => item.certificate_id === german)?.property_domain ?? "";
  expect(await search(host.replace("xn--bro-hoa", "BÜRO"))).toEqual([german]);
  expect(await search("Seguros.EXAMPLE")).toEqual([spanish]);
  expect(await search("Arzte")).toEqual([]);
});

test("what is no page, limit, status, order or parameter is refused", async ({ market }) => {
  const buyer = market.buyer();
  for (const query of [
    "?page=0",
    "?limit=101",
    "?limit=0",
    "?page=x",
    "?status=gone",
    "?status=Claimed",
    "?sort=claim_id",
    "?sort=--score",
    "?company_id=67fa8acb61f623d0e200ec4d",
    `?search=${"x".repeat(201)}`,
  ]) {
    const answer = await buyer.api.get(path + query);
    expect(await answer.json(), query).toMatchObject({ status: 400, code: "invalid_parameter" });
  }
});

test("a buyer with one share of a publisher's 1,000 reaches exactly that one", async ({
  market,
  database,
}) => {
  test.setTimeout(600_000);
  const [publisher, buyer, rival] = [market.publisher(), market.buyer(), market.buyer("Rival")];
  const ids: string[] = [];
  while (ids.length < 1_000) {
    const some = Array.from({ length: 10 }, () => market.certificate(publisher));
    ids.push(...(await Promise.all(some)));
  }
  const [mine = "", theirs = "", ...rest] = ids;
  await market.share(publisher, mine, buyer);
  const foreign = await market.share(publisher, theirs, rival);
  const open = await market.share(publisher, rest[0] ?? "");
  await market.holdings(rival, ({ total }) => total === 1);
  const listed = await market.holdings(buyer, ({ total }) => total === 1);
  const claimId = listed.items[0]?.claim_id ?? 0;

  const texts: string[] = [];
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await buyer.api.send(method, path, body);
    texts.push(await answer.text());
    return answer.status();
  };
  const queries = ["", "?page=2", "?page=1000000", "?limit=100", "?search=EC-", "?search=forms"];
  for (const sort of ["shared_at", "-captured_at", "score", "-score"]) {
    queries.push(`?sort=${sort}`, `?sort=${sort}&status=pending`, `?sort=${sort}&status=claimed`);
  }
  queries.push(...ids.slice(1, 40).map((id) => `?search=${id}`), "?search=LeadGen", "?search=E");
  for (const query of queries) {
    expect(await ask("GET", `${path}${query}`)).toBe(200);
  }
  // Claim ids beside the buyer's own: those of the same database, and the same number elsewhere.
  for (let n = 0; n < 600; n++) {
    const id = claimId - 300 + n;
    if (id !== claimId) {
      expect(await ask("GET", `${path}/${id}/evidence`)).toBe(404);
    }
  }
  const theirsId = (await market.holdings(rival)).items[0]?.claim_id;
  for (const id of [theirsId, claimId + 256, claimId - 256, 0, -1, "x", "1e9", 2 ** 60]) {
    expect(await ask("GET", `${path}/${id}/evidence`)).toBe(404);
    expect(await ask("POST", `${path}/${id}/check`)).toBe(404);
  }
  for (const id of ids.slice(0, 40)) {
    const body = { certificate_ids: [id] };
    expect(await ask("POST", "/certificate-sharing/certificates/batch-share", body)).toBe(404);
    expect(await ask("POST", `/certificate-sharing/certificates/${id}/share`, {})).toBe(404);
    expect(await ask("GET", `/certificate-sharing/shares?certificate_id=${id}`)).toBe(200);
  }
  expect(await ask("GET", "/certificate-sharing/shares?limit=100")).toBe(200);
  for (const { share_id } of database.rows("SELECT share_id FROM shares")) {
    expect(await ask("DELETE", `/certificate-sharing/shares/${share_id}`)).toBe(404);
  }
  expect((await market.claim(buyer, foreign.claim_token)).status()).toBe(403);
  expect(await ask("GET", `${path}/${claimId}/evidence`)).toBe(200);
  // Neither others' ids nor others' tokens stand in anything that was answered.
  const told = texts.join("\n");
  for (const id of ids.slice(1)) {
    expect(told.includes(id.slice(-43))).toBe(false);
  }
  for (const { claim_token } of [foreign, open]) {
    expect(told).not.toContain(claim_token);
  }
  expect(told).toContain(mine);
  // The database says the same: one holding, and nothing that was written by all this but the look.
  const { n } = database.row("SELECT count(*) AS n FROM holders WHERE company_id = ?", buyer.id);
  expect(n).toBe(1);
});

test("tokens that nobody was given are refused, and guessing them is limited", async ({
  market,
}) => {
  const buyer = market.buyer();
  const guess = () => market.claim(buyer, `clm_${hex(24)}`);
  for (const malformed of ["clm_", "clm_xyz", `CLM_${hex(24)}`, "1"]) {
    const answer = await market.claim(buyer, malformed);
    expect(await answer.json()).toMatchObject({ status: 400, code: "invalid_claim_token" });
  }
  for (let n = 0; n < 50; n++) {
    expect((await guess()).status()).toBe(404);
  }
  const stopped = await guess();
  expect(await stopped.json()).toMatchObject({ status: 429, code: "too_many_attempts" });
  expect(Number(stopped.headers()["retry-after"])).toBeGreaterThan(0);
});
