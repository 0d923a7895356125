// API keys: shown once, stored as a digest, gone when revoked.
import { sha256 } from "../support/evidence.ts";
import { expect, test } from "../support/test.ts";

test("a key is shown when it is made, and never again", async ({ accounts, database }) => {
  const owner = await accounts.owner();
  const answer = await owner.post("/api/keys", { name: "CRM import", scopes: ["verify", "read"] });
  const made = (await answer.json()) as { id: string; key: string };
  expect(answer.status()).toBe(201);
  expect(made.key).toMatch(/^eck_[0-9a-f]{48}$/);
  const listed = await (await owner.get("/api/keys")).text();
  expect(JSON.parse(listed)).toMatchObject([
    { id: made.id, name: "CRM import", scopes: ["read", "verify"], hint: made.key.slice(-4) },
  ]);
  expect(listed).not.toContain(made.key);
  const row = database.row("SELECT * FROM api_keys WHERE key_id = ?", made.id);
  expect(Buffer.from(row.token_sha256 as Uint8Array)).toEqual(sha256(made.key));
  expect(JSON.stringify(row)).not.toContain(made.key);
});

test("a key acts for its company, with its scopes", async ({ accounts }) => {
  const owner = await accounts.owner();
  const key = await accounts.key(owner, "read");
  const me = await accounts.machine(key).get("/api/auth/me");
  expect(await me.json()).toMatchObject({
    user: null,
    key: { scopes: ["read"] },
    company: { id: owner.me.company.id },
    role: null,
  });
});

test("a key that was revoked, or was never one, is nobody's", async ({ accounts }) => {
  const owner = await accounts.owner();
  const made = await owner.post("/api/keys", { name: "Old", scopes: ["manage"] });
  const { id, key } = (await made.json()) as { id: string; key: string };
  expect((await accounts.machine(key).get("/api/properties")).status()).toBe(200);
  expect((await owner.send("DELETE", `/api/keys/${id}`)).status()).toBe(204);
  expect((await owner.send("DELETE", `/api/keys/${id}`)).status()).toBe(204);
  for (const wrong of [key, key.slice(0, -1), `${key}0`, "eck_", key.toUpperCase(), ""]) {
    const answer = await accounts.machine(wrong).get("/api/properties");
    expect(await answer.json()).toMatchObject({ status: 401, code: "unauthenticated" });
    expect(answer.headers()["www-authenticate"]).toBe("Bearer");
  }
});

test("when a key was last used is told, some seconds later", async ({ accounts }) => {
  const owner = await accounts.owner();
  const key = await accounts.key(owner, "manage");
  await accounts.machine(key).get("/api/properties");
  const lastUsed = async () => {
    const [listed] = (await (await owner.get("/api/keys")).json()) as { last_used_at: string }[];
    return listed?.last_used_at ?? null;
  };
  await expect.poll(lastUsed).toMatch(/^20..-.*Z$/);
});

test("a key has a scope that there is, and a name", async ({ accounts }) => {
  const owner = await accounts.owner();
  const refused: [unknown, number, string][] = [
    [{ name: "k", scopes: [] }, 422, "no_scopes"],
    [{ name: "k", scopes: ["everything"] }, 400, "invalid_json"],
    [{ name: " ", scopes: ["read"] }, 400, "invalid_json"],
    [{ name: "k", scopes: ["read"], admin: true }, 400, "invalid_json"],
    [{ name: "k" }, 400, "invalid_json"],
  ];
  for (const [body, status, code] of refused) {
    expect(await (await owner.post("/api/keys", body)).json()).toMatchObject({ status, code });
  }
});
