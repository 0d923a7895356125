// What every worker of the tests is asked before it ends: whether one of the statements that it was
// made to make walks through a table. Here, that the question is asked of the right ones and finds
// what it looks for.
import { refuseScans, scans, statementsOf } from "../support/statements.ts";
import { expect, test } from "../support/test.ts";

test("a statement without an index is found, and one with an index is not", async ({
  database,
}) => {
  const found = (sql: string) => scans(database, sql);
  expect(found("SELECT * FROM shares WHERE kid = ?1")).toEqual(["SCAN shares"]);
  expect(found("UPDATE shares SET status = 'revoked' WHERE kid = ?1")).toHaveLength(1);
  expect(found("SELECT company_id FROM shares ORDER BY company_id")).toHaveLength(1);
  expect(found("SELECT * FROM shares WHERE share_id = ?1")).toEqual([]);
  expect(found("SELECT n FROM holders WHERE projected < changes ORDER BY n LIMIT 9")).toEqual([]);
  const listed = "SELECT s.kid FROM json_each(?1) q CROSS JOIN shares s ON s.share_id = q.value";
  expect(found(listed)).toEqual([]);
});

test("the worker tells the statements that it has made, each once", async ({ worker, request }) => {
  await request.get("/.well-known/jwks.json");
  await request.get(`/certificate/EC-1-${"A".repeat(43)}`);
  await request.get(`/certificate/EC-1-${"A".repeat(43)}`);
  const made = await statementsOf(worker);
  expect(made.filter((sql) => sql.includes("custody_events"))).not.toHaveLength(0);
  expect(new Set(made).size).toBe(made.length);
  await refuseScans(worker);
});
