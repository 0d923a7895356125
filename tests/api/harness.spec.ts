import { expect, test } from "../support/test.ts";

test("the worker answers on the real runtime", async ({ request }) => {
  const answer = await request.get("/api/");
  expect(answer.headers()["content-type"]).toBeDefined();
  expect(answer.status()).toBeLessThan(500);
});

test("a test can read and write the worker's database while it runs", ({ database }) => {
  database.run("CREATE TABLE IF NOT EXISTS harness_note (id INTEGER PRIMARY KEY, text TEXT)");
  expect(database.run("INSERT INTO harness_note (text) VALUES (?)", "written")).toBe(1);
  expect(database.row("SELECT text FROM harness_note")).toMatchObject({ text: "written" });
  database.run("DROP TABLE harness_note");
});
