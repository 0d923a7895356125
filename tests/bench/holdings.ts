// What a buyer's list costs with few rows and with many.
import { Database } from "../support/database.ts";
import { compare, type Measured, measure, prepare } from "./measure.ts";
import { startBare } from "./runtime.ts";

/** Rows as the projection writes them: of fifty publishers, in every status, a second apart. */
const fill = `
  WITH RECURSIVE count (n) AS (SELECT ?2 UNION ALL SELECT n + 1 FROM count WHERE n < ?3)
  INSERT INTO partner_certificates (company_id, claim_id, version, certificate_id, property_id,
    publisher_company_id, publisher_name, publisher_canonical, domain, captured_at, shared_at,
    claimed_at, by_ip, score, level, status, has_recording, access_level)
  SELECT ?1, n * 256 + 7, 1, 'EC-07' || lower(hex(randomblob(16))) || '-' || hex(randomblob(21)) || 'A',
    printf('%024x', n % 50), printf('%024x', n % 50), printf('Publisher %02d LLC', n % 50),
    printf('publisher %02d llc', n % 50), printf('forms.publisher-%02d.com', n % 50),
    1776000000000 + n * 1000, 1776000060000 + n * 1000,
    iif(n % 10 < 7, 1776000120000 + n * 1000, NULL), 'FL', iif(n % 10 < 7, n % 101, NULL),
    iif(n % 10 < 7, 'partial', 'not_checked'),
    CASE n % 10 WHEN 7 THEN 'pending' WHEN 8 THEN 'pending' WHEN 9 THEN 'rejected'
      WHEN 0 THEN 'flagged' ELSE 'claimed' END, n % 2, 'claim'
  FROM count`;

export async function holdings(state: string, sizes: [number, number]): Promise<void> {
  const { at, key } = await prepare(state);
  const database = new Database(state);
  const results: Map<string, Measured>[] = [];
  let filled = 0;
  for (const size of sizes) {
    const start = performance.now();
    database.run(fill, at.company, filled + 1, size);
    filled = size;
    console.log(`${size} rows (${((performance.now() - start) / 1000).toFixed(0)} s)`);
    const { certificate_id } = database.row(
      "SELECT certificate_id FROM partner_certificates WHERE company_id = ? AND claim_id = ?",
      at.company,
      (size >> 1) * 256 + 7,
    );
    const list = (name: string, query: string) => {
      return { name, key, path: `/certificate-sharing/partner-certificates${query}` };
    };
    const runtime = await startBare(state, { counts: true });
    const kinds = [
      list("first page", ""),
      list("page in the middle", `?page=${Math.ceil(size / 50)}`),
      list("last page", `?page=${Math.ceil(size / 25)}`),
      list("search for one", `?search=${certificate_id}`),
      list("search for a fiftieth", "?search=publisher%2007"),
      list("sort by score", "?sort=-score"),
      list("status, sort by capture", "?status=flagged&sort=captured_at"),
    ];
    results.push(await measure(runtime.url, kinds));
    await runtime.stop();
  }
  database.close();
  compare(sizes, results);
}
