// Phone numbers as the page reads them; the core's half of these cases is shared/tests/phones.rs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { phoneOf } from "../../tracker/contact.ts";
import { root } from "../support/worker.ts";

const cases = JSON.parse(readFileSync(join(root, "shared/tests/phones.json"), "utf8")) as [
  typed: string,
  expected: string | null,
][];

for (const [typed, expected] of cases) {
  test(`the page reads “${typed}” as the core does`, () => {
    expect(phoneOf(typed) ?? null).toBe(expected);
  });
}
