// Flood control by address: it slows down who floods, says for how long, and leaves the forms of
// everybody else's visitors alone.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "../support/test.ts";
import { root, startWorker } from "../support/worker.ts";

test("an address that floods pages is told to wait, and forms still start their sessions", async ({
  browserName: _,
}) => {
  const state = mkdtempSync(join(tmpdir(), "econsent-e2e-flood-"));
  const worker = await startWorker(state, join(root, "tests/results/worker-flood.log"), [
    "FLOOD_CONTROL:on",
  ]);
  const base = `http://127.0.0.1:${worker.port}`;
  try {
    let refused: Response | undefined;
    // The limit is 600 a minute, and a minute may end on the way.
    for (let sent = 0; sent < 1_300 && refused === undefined; sent += 20) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => fetch(`${base}/certificate/EC-none/pdf`)),
      );
      refused = answers.find(({ status }) => status === 429);
    }
    expect(refused?.headers.get("retry-after")).toBe("60");
    expect(await refused?.json()).toMatchObject({ status: 429, code: "too_many_requests" });
    const session = await fetch(`${base}/api/sessions`, { method: "POST", body: "{}" });
    expect(session.status).toBe(403);
  } finally {
    await worker.stop();
    rmSync(state, { recursive: true, force: true });
  }
});
