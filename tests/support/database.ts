// The worker's local D1 database, read and written behind its back: for tests
// that tamper, seed, or look at what was stored.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from "node:sqlite";
import { root } from "./worker.ts";

export type Row = Record<string, SQLOutputValue>;

export class Database {
  readonly #sqlite: DatabaseSync;

  /** Opens the database of the worker whose state lies in `state`. */
  constructor(state: string) {
    const folder = join(state, "v3/d1/miniflare-D1DatabaseObject");
    const files = readdirSync(folder).filter(
      (name) => name.endsWith(".sqlite") && name !== "metadata.sqlite",
    );
    const [file] = files;
    if (file === undefined || files.length > 1) {
      throw new Error(`expected one database in ${folder}, found ${files.length}`);
    }
    this.#sqlite = new DatabaseSync(join(folder, file), { timeout: 5_000 });
  }

  /** All rows of a query. */
  rows(sql: string, ...parameters: SQLInputValue[]): Row[] {
    return this.#sqlite.prepare(sql).all(...parameters);
  }

  /** The only row of a query. */
  row(sql: string, ...parameters: SQLInputValue[]): Row {
    const [row, ...more] = this.rows(sql, ...parameters);
    if (row === undefined || more.length > 0) {
      throw new Error(`expected one row, found ${row ? more.length + 1 : 0}: ${sql}`);
    }
    return row;
  }

  /** Runs a statement and says how many rows it changed. */
  run(sql: string, ...parameters: SQLInputValue[]): number {
    const statement = this.#sqlite.prepare(sql);
    for (let tries = 1; ; tries += 1) {
      try {
        return Number(statement.run(...parameters).changes);
      } catch (error) {
        // The worker's own connection may hold the file for longer than SQLite waits.
        if (tries === 5 || !String(error).includes("database is locked")) {
          throw error;
        }
      }
    }
  }

  /** Changes a row of a table as somebody with the file in hand would: its triggers set aside. */
  tamper(table: string, sql: string, ...parameters: SQLInputValue[]): void {
    this.tamperMany(1, table, sql, ...parameters);
  }

  /** The same of so many rows. */
  tamperMany(count: number, table: string, sql: string, ...parameters: SQLInputValue[]): void {
    const triggers = this.rows(
      "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?",
      table,
    );
    this.#sqlite.exec("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE");
    try {
      for (const { name } of triggers) {
        this.#sqlite.exec(`DROP TRIGGER ${name}`);
      }
      if (this.run(sql, ...parameters) !== count) {
        throw new Error(`expected to change ${count} rows: ${sql}`);
      }
      for (const { sql } of triggers) {
        this.#sqlite.exec(String(sql));
      }
      this.#sqlite.exec("COMMIT");
    } catch (error) {
      this.#sqlite.exec("ROLLBACK");
      throw error;
    } finally {
      this.#sqlite.exec("PRAGMA foreign_keys = ON");
    }
  }

  /** Runs an SQL file of the repository, such as a seed. */
  runFile(path: string): void {
    this.#sqlite.exec(readFileSync(join(root, path), "utf8"));
  }

  close(): void {
    this.#sqlite.close();
  }
}
