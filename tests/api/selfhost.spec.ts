// On a machine of one's own: a public name whose address is this machine leads nowhere.
import { spawn } from "node:child_process";
import { appendFileSync, createWriteStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Accounts } from "../support/accounts.ts";
import { expect, test } from "../support/test.ts";
import { freePort, prepareState, root, stop, untilReady, workerHost } from "../support/worker.ts";

const hook = "hooks.acme-insurance.com";

/** Serves with that name resolving to loopback, tries a delivery, and says how often port 443 of
 * this machine was called for it. */
async function callsOfOneDelivery(...options: string[]): Promise<number> {
  const state = mkdtempSync(join(tmpdir(), "econsent-e2e-selfhost-"));
  let calls = 0;
  const inside = createServer((socket) => {
    calls += 1;
    socket.destroy();
  });
  await new Promise<void>((ready, failed) => {
    inside.once("error", failed).listen(443, "127.0.0.1", ready);
  });
  const { environment, secrets } = prepareState(state);
  const port = await freePort();
  appendFileSync(secrets, `PUBLIC_URL=http://${workerHost}:${port}\nDEMO=true\n`);
  const hosts = join(state, "hosts");
  writeFileSync(hosts, `127.0.0.1 localhost ${hook}\n`);
  const log = join(root, "tests/results/worker-selfhost.log");
  const serve = `mount --bind ${hosts} /etc/hosts && exec node ${join(root, "selfhost/serve.ts")}`;
  const child = spawn(
    "unshare",
    ["--mount", "sh", "-c", `${serve} "$@"`, "sh", "--port", String(port), "--state", state].concat(
      ["--env-file", secrets, ...options],
    ),
    { cwd: root, env: environment, stdio: ["ignore", "pipe", "pipe"] },
  );
  const output = createWriteStream(log);
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  try {
    await untilReady(child, port, log);
    const owner = await new Accounts(port).owner();
    const asked = { url: `https://${hook}/econsent`, events: ["certificate.claimed"] };
    const { id } = (await (await owner.post("/api/webhooks", asked)).json()) as { id: string };
    expect((await owner.post(`/api/webhooks/${id}/test`)).status()).toBe(202);
    const deliveries = async () =>
      (await (await owner.get(`/api/webhooks/${id}/deliveries`)).json()) as { attempts: number }[];
    await expect.poll(async () => (await deliveries())[0]?.attempts).toBe(1);
    expect(await deliveries()).toMatchObject([{ last_status: null, delivered_at: null }]);
    return calls;
  } finally {
    await stop(child);
    await new Promise((closed) => inside.close(closed));
    rmSync(state, { recursive: true, force: true });
  }
}

test("a webhook's name that resolves to this machine reaches nothing", async ({
  browserName: _,
}) => {
  test.skip(process.getuid?.() !== 0, "a hosts file of its own takes root");
  expect(await callsOfOneDelivery()).toBe(0);
  // The same delivery does get there where a development setting lets it.
  expect(await callsOfOneDelivery("--private-network")).toBeGreaterThan(0);
});
