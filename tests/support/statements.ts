// How the database goes about the statements that the worker has made: none walks through a whole
// table, however few rows a test has in it.
import { Database } from "./database.ts";
import type { Worker } from "./worker.ts";

/** What a statement walks through without an index that leads it there; empty for a good one. */
export function scans(database: Database, sql: string): string[] {
  const plan = database.rows(`EXPLAIN QUERY PLAN ${sql}`).map(({ detail }) => String(detail));
  const made = plan.flatMap((step) => /^(?:MATERIALIZE|CO-ROUTINE) (\S+)/.exec(step)?.[1] ?? []);
  return plan.filter((step) => {
    const [, name = "", how = ""] = /^SCAN (\S+)(.*)$/.exec(step) ?? [];
    // A table that an INSERT does not name refers to the one that it writes to: SQLite looks there
    // only when a reference is open already, and here none ever is.
    const referring = /^\s*INSERT\b/.test(sql) && !new RegExp(`\\b${name}\\b`).test(sql);
    if (name === "" || referring) {
      return false;
    }
    // What the statement itself has made, a row of nothing but subqueries, and a list that it was
    // given.
    if (made.includes(name) || name === "CONSTANT" || how.includes("VIRTUAL TABLE")) {
      return false;
    }
    // What is left to do: an index that holds nothing else.
    const [, index] = /INDEX (\S+)/.exec(how) ?? [];
    return index === undefined || !isPartial(database, index);
  });
}

function isPartial(database: Database, index: string): boolean {
  const [found] = database.rows("SELECT sql FROM sqlite_master WHERE name = ?", index);
  return /\bWHERE\b/.test(String(found?.sql));
}

/** The statements that the worker has made so far. */
export async function statementsOf(worker: Worker): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${worker.port}/api/dev/statements`);
  return (await answer.json()) as string[];
}

/** Fails when one of the statements that a worker was made to make, by whatever tests, scans. */
export async function refuseScans(worker: Worker): Promise<void> {
  const database = new Database(worker.state);
  const found = (await statementsOf(worker)).flatMap((sql) =>
    scans(database, sql).map((step) => `${step}\n${sql}`),
  );
  database.close();
  if (found.length > 0) {
    throw new Error(`statements that scan a table:\n${found.join("\n\n")}`);
  }
}
