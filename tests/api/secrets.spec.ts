// What is secret stays out of the worker's log and out of what it answers when it refuses.
import { readFileSync } from "node:fs";
import { newEmail, password } from "../support/accounts.ts";
import { expect, test } from "../support/test.ts";

test("no secret that was sent, right or wrong, is in the log or in a refusal", async ({
  accounts,
  worker,
}) => {
  const email = newEmail("planted");
  const owner = await accounts.owner(email);
  const key = await accounts.key(owner, "read");
  await accounts.anybody.post("/api/auth/reset-request", { email });
  const link = await accounts.linkToken(email, "reset");
  const [, cookie = ""] = owner.cookie.split("=");
  const wrongPassword = "planted wrong password 1";
  const phone = "+13055550147";
  const secrets = [email, key, link, cookie, password, wrongPassword, phone];

  const refusals = [
    await accounts.signIn(email, wrongPassword),
    await accounts.anybody.post("/api/auth/sign-in", { email: phone, password: wrongPassword }),
    await accounts.anybody.post("/api/auth/sign-in", { email, password: [wrongPassword] }),
    await accounts.anybody.post("/api/auth/sign-in", wrongPassword),
    await accounts.anybody.post("/api/auth/sign-in", { email: { address: email }, password }),
    await accounts.anybody.post("/api/auth/reset", { token: `${link}0`, password }),
    await accounts.anybody.post("/api/auth/reset", { token: link, password: email }),
    await accounts.anybody.post("/api/auth/verify-email", { token: link, password }),
    await accounts.machine(`${key}0`).get("/api/properties"),
    await accounts.machine(key).post("/api/keys", { name: "k", scopes: [key] }),
    await owner.post("/api/keys", { name: "k", scopes: key }),
    await owner.post("/api/keys", { name: "k", scopes: [key] }),
    await owner.post("/api/properties", { name: "Quotes", retention: cookie }),
    await owner.post("/api/webhooks", { url: phone, events: [phone] }),
    await accounts.holder(`${owner.cookie}0`).get("/api/auth/me"),
    await owner.with({ origin: "https://evil.example" }).post("/api/keys", { name: key }),
  ];
  for (const refusal of refusals) {
    expect(refusal.status()).toBeGreaterThanOrEqual(400);
    expect(refusal.status()).toBeLessThan(500);
    expect(refusal.headers()["content-type"]).toBe("application/problem+json");
    const told = JSON.stringify(refusal.headers()) + (await refusal.text());
    for (const secret of secrets) {
      expect(told).not.toContain(secret);
    }
  }
  const log = readFileSync(worker.log, "utf8");
  expect(log).toContain("/api/auth/sign-in");
  for (const secret of secrets) {
    expect(log).not.toContain(secret);
  }
});
