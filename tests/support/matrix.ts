// Prints the tracker's matrix after a run: every way to submit with its outcome, and every
// limitation. The rows are the tests whose titles begin with their outcome.
import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";

const outcomes: Record<string, string> = {
  A: "the form's data carries the id",
  B: "the certificate exists, and econsentState has it at the time of the request",
  server: "the server mints from raw evidence",
  C: "neither, and the install check says why",
  none: "no submit, no certificate",
  limitation: "does not work, and is documented",
};
const row = /^(A|B|C|server|none|limitation): (.*)$/;

export default class Matrix implements Reporter {
  readonly #rows = new Map<string, [outcome: string, way: string, result: string]>();

  onTestEnd(test: TestCase, { status }: TestResult): void {
    const [, outcome, way] = row.exec(test.title) ?? [];
    if (outcome && way) {
      this.#rows.set(test.id, [outcome, way, status === "passed" ? "✓" : `✗ ${status}`]);
    }
  }

  onEnd(): void {
    if (this.#rows.size === 0) {
      return;
    }
    console.log("\nThe tracker's matrix");
    for (const [outcome, meaning] of Object.entries(outcomes)) {
      const rows = [...this.#rows.values()].filter(([own]) => own === outcome);
      if (rows.length) {
        console.log(`  ${outcome}: ${meaning}`);
      }
      for (const [, way, result] of rows) {
        console.log(`    ${result}  ${way}`);
      }
    }
  }

  printsToStdio(): boolean {
    return false;
  }
}
