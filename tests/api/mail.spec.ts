// Mail in production: handed over to a provider's HTTP API, and again until it is taken.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Accounts, newEmail, password } from "../support/accounts.ts";
import { Database } from "../support/database.ts";
import { Receiver } from "../support/receiver.ts";
import { expect, test } from "../support/test.ts";
import { root, startWorker } from "../support/worker.ts";

interface Handed {
  from: string;
  to: string[];
  subject: string;
  text: string;
}

test("a mail that the provider refuses at first arrives once, under one id, and its link works", async ({
  browserName: _,
}) => {
  const provider = await Receiver.start();
  const state = mkdtempSync(join(tmpdir(), "econsent-e2e-mail-"));
  const worker = await startWorker(state, join(root, "tests/results/worker-mail.log"), [
    `MAIL_URL:${provider.url("/emails")}`,
    "MAIL_FROM:certificates@econsent.test-mail.com",
    "MAIL_TOKEN:re_test_0123456789",
  ]);
  const database = new Database(state);
  try {
    provider.answers.push({ status: 503 });
    const accounts = new Accounts(worker.port);
    const email = newEmail();
    expect((await accounts.signUp(email)).status()).toBe(202);
    await expect.poll(() => provider.deliveries.length).toBe(1);
    await expect
      .poll(() => database.rows("SELECT next_attempt_at FROM mails WHERE attempts = 1").length)
      .toBe(1);

    database.run("UPDATE mails SET next_attempt_at = 1 WHERE next_attempt_at > 1");
    await fetch(`http://127.0.0.1:${worker.port}/__scheduled`);
    await expect.poll(() => provider.deliveries.length).toBe(2);
    const [first, second] = provider.deliveries;
    expect(second?.path).toBe("/emails");
    expect(second?.headers.authorization).toBe("Bearer re_test_0123456789");
    expect(second?.headers["idempotency-key"]).toBe(first?.headers["idempotency-key"]);
    const mail = JSON.parse(second?.body ?? "") as Handed;
    expect(mail).toMatchObject({
      from: "certificates@econsent.test-mail.com",
      to: [email],
      subject: "Confirm your e-mail address",
    });
    const [, token] = mail.text.split("/verify-email.html#");
    const verified = await accounts.anybody.post("/api/auth/verify-email", { token, password });
    expect(verified.status()).toBe(200);

    // What was taken is not handed over again.
    await fetch(`http://127.0.0.1:${worker.port}/__scheduled`);
    expect(provider.deliveries).toHaveLength(2);
  } finally {
    database.close();
    await worker.stop();
    await provider.stop();
    rmSync(state, { recursive: true, force: true });
  }
});
