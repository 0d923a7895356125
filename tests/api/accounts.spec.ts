// Accounts: what it takes to get one, to keep it, and what a stranger cannot find out.
import { cookieOf, newEmail, password } from "../support/accounts.ts";
import { expect, test } from "../support/test.ts";

test.describe("an account", () => {
  test("comes to be by signing up and following the link in the mail", async ({ accounts }) => {
    const email = newEmail();
    const asked = await accounts.signUp(email, "LeadGen Co");
    expect(asked.status()).toBe(202);
    expect(asked.headers()["set-cookie"]).toBeUndefined();
    const token = await accounts.linkToken(email, "verify_email");
    const answer = await accounts.anybody.post("/api/auth/verify-email", { token, password });
    expect(await answer.json()).toMatchObject({
      user: { email, name: "Maria Lopez" },
      company: { name: "LeadGen Co" },
      role: "owner",
    });
    const me = await (await accounts.person(answer)).get("/api/auth/me");
    expect(await me.json()).toEqual(await answer.json());
  });

  test("is not there before its mailbox was shown", async ({ accounts, database }) => {
    const email = newEmail();
    await accounts.signUp(email);
    const answer = await accounts.signIn(email);
    expect(await answer.json()).toMatchObject({ status: 401, code: "wrong_credentials" });
    expect(database.row("SELECT count(*) AS n FROM users WHERE email = ?", email)).toEqual({
      n: 0,
    });
  });

  test("is not confirmed for whoever signed up in somebody else's name", async ({ accounts }) => {
    const email = newEmail("victim");
    await accounts.signUp(email);
    const token = await accounts.linkToken(email, "verify_email");
    // The victim follows the link, and does not know the stranger's password.
    const answer = await accounts.anybody.post("/api/auth/verify-email", {
      token,
      password: "my very own password",
    });
    expect(answer.status()).toBe(401);
    expect((await accounts.signIn(email)).status()).toBe(401);
  });

  test("is confirmed by its link once", async ({ accounts }) => {
    const email = newEmail();
    await accounts.owner(email);
    await accounts.signUp(email);
    const kinds = (await accounts.mails(email)).map((mail) => mail.kind).sort();
    expect(kinds).toEqual(["has_account", "verify_email"]);
    const token = await accounts.linkToken(email, "verify_email");
    const again = await accounts.anybody.post("/api/auth/verify-email", { token, password });
    expect(await again.json()).toMatchObject({ status: 404, code: "link_invalid" });
  });

  test("takes a password that is not guessed first", async ({ accounts }) => {
    const email = newEmail();
    for (const weak of ["short", "aaaaaaaaaaaaaaaa", email]) {
      const answer = await accounts.anybody.post("/api/auth/sign-up", {
        email,
        password: weak,
        name: "Maria",
        company_name: "LeadGen Co",
      });
      expect(await answer.json()).toMatchObject({ status: 422, code: "weak_password" });
    }
    expect(await accounts.mails(email)).toEqual([]);
  });

  test("nobody finds out whether an address has one", async ({ accounts }) => {
    const known = newEmail();
    await accounts.owner(known);
    const answers = async (email: string) => [
      await (await accounts.signUp(email)).text(),
      await (await accounts.anybody.post("/api/auth/reset-request", { email })).text(),
      await (await accounts.signIn(email, "not the right one")).text(),
    ];
    expect(await answers(known)).toEqual(await answers(newEmail("nobody")));
  });
});

test.describe("a sign-in", () => {
  test("is a cookie that scripts and other sites do not get", async ({ accounts }) => {
    const email = newEmail();
    await accounts.owner(email);
    const answer = await accounts.signIn(email);
    // Secure and the __Host- prefix come with https; their own test is in the worker.
    expect(answer.headers()["set-cookie"]).toMatch(
      /^econsent_sign_in=[0-9a-f]{64}; Path=\/; Max-Age=1209600; HttpOnly; SameSite=Lax$/,
    );
    expect(answer.headers()["cache-control"]).toBe("no-store");
  });

  test("is stored as a digest only", async ({ accounts, database }) => {
    const owner = await accounts.owner();
    const [, token = ""] = owner.cookie.split("=");
    const tables = database.rows("SELECT name FROM sqlite_master WHERE type = 'table'");
    for (const { name } of tables) {
      const rows = JSON.stringify(database.rows(`SELECT * FROM "${String(name)}"`));
      expect(rows).not.toContain(token);
      expect(rows).not.toContain(password);
    }
  });

  test("is new each time: one that was slipped in beforehand is worth nothing", async ({
    accounts,
  }) => {
    const email = newEmail();
    await accounts.owner(email);
    const attacker = await accounts.owner();
    const fixed = `econsent_sign_in=${"ab".repeat(32)}`;
    for (const planted of [fixed, attacker.cookie]) {
      const answer = await accounts.holder(planted).post("/api/auth/sign-in", { email, password });
      expect(cookieOf(answer)).not.toBe(planted);
      expect((await accounts.holder(planted).get("/api/auth/me")).status()).toBe(401);
      expect((await (await accounts.person(answer)).get("/api/auth/me")).status()).toBe(200);
    }
  });

  test("ends with sign-out, also for whoever kept the cookie", async ({ accounts }) => {
    const owner = await accounts.owner();
    const out = await owner.post("/api/auth/sign-out");
    expect(out.status()).toBe(204);
    expect(out.headers()["set-cookie"]).toContain("Max-Age=0");
    expect((await owner.get("/api/auth/me")).status()).toBe(401);
    expect((await owner.post("/api/keys", { name: "k", scopes: ["read"] })).status()).toBe(401);
  });

  test("ends elsewhere when the password is changed, and stays here", async ({ accounts }) => {
    const email = newEmail();
    const here = await accounts.owner(email);
    const there = await accounts.person(await accounts.signIn(email));
    const wrong = await here.post("/api/auth/password", {
      current: "not the right one",
      password: "a whole new password",
    });
    expect(await wrong.json()).toMatchObject({ status: 403, code: "wrong_password" });
    const right = { current: password, password: "a whole new password" };
    expect((await here.post("/api/auth/password", right)).status()).toBe(204);
    expect((await here.get("/api/auth/me")).status()).toBe(200);
    expect((await there.get("/api/auth/me")).status()).toBe(401);
    expect((await accounts.signIn(email)).status()).toBe(401);
    expect((await accounts.signIn(email, "a whole new password")).status()).toBe(200);
  });

  test("is not to be had by guessing, whatever the address it is tried from", async ({
    accounts,
  }) => {
    const email = newEmail();
    await accounts.owner(email);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect((await accounts.signIn(email, `guess number ${attempt}`)).status()).toBe(401);
    }
    const answer = await accounts.signIn(email);
    expect(await answer.json()).toMatchObject({ status: 429, code: "too_many_attempts" });
    expect(answer.headers()["retry-after"]).toBe("900");
  });
});

test.describe("a forgotten password", () => {
  test("is replaced by a link that works once and ends every sign-in", async ({ accounts }) => {
    const email = newEmail();
    const owner = await accounts.owner(email);
    const asked = await accounts.anybody.post("/api/auth/reset-request", { email });
    expect(asked.status()).toBe(202);
    const token = await accounts.linkToken(email, "reset");
    const change = { token, password: "something else entirely" };
    expect((await accounts.anybody.post("/api/auth/reset", change)).status()).toBe(204);
    expect((await owner.get("/api/auth/me")).status()).toBe(401);
    expect((await accounts.signIn(email, "something else entirely")).status()).toBe(200);
    const again = await accounts.anybody.post("/api/auth/reset", change);
    expect(await again.json()).toMatchObject({ status: 404, code: "link_invalid" });
    expect((await accounts.mails(email))[0]?.kind).toBe("password_changed");
  });

  test("is not replaced by a link that has expired", async ({ accounts, database }) => {
    const email = newEmail();
    await accounts.owner(email);
    await accounts.anybody.post("/api/auth/reset-request", { email });
    const token = await accounts.linkToken(email, "reset");
    database.run(
      "UPDATE resets SET expires_at = 1 WHERE user_id = (SELECT user_id FROM users WHERE email = ?)",
      email,
    );
    const answer = await accounts.anybody.post("/api/auth/reset", { token, password });
    expect(await answer.json()).toMatchObject({ status: 404, code: "link_invalid" });
  });

  test("fills nobody's mailbox", async ({ accounts }) => {
    const email = newEmail();
    await accounts.owner(email);
    for (let time = 0; time < 8; time += 1) {
      const answer = await accounts.anybody.post("/api/auth/reset-request", { email });
      expect(answer.status()).toBe(202);
    }
    const resets = (await accounts.mails(email)).filter((mail) => mail.kind === "reset");
    expect(resets).toHaveLength(4);
  });
});

test.describe("pages of other sites", () => {
  test("change nothing with a cookie that the browser sends along", async ({
    accounts,
    database,
  }) => {
    const owner = await accounts.owner();
    const evil = owner.with({ origin: "https://evil.example" });
    const silent = accounts.holder(owner.cookie).with({ origin: "" });
    for (const caller of [evil, silent]) {
      for (const [path, body] of [
        ["/api/keys", { name: "k", scopes: ["read"] }],
        ["/api/properties", { name: "Quotes" }],
        ["/api/invitations", { email: newEmail(), role: "owner" }],
        ["/api/auth/password", { current: password, password: "a whole new password" }],
      ] as const) {
        const answer = await caller.post(path, body);
        expect(await answer.json()).toMatchObject({ status: 403, code: "cross_site" });
      }
    }
    const sql = "SELECT count(*) AS n FROM api_keys WHERE company_id = ?";
    expect(database.row(sql, owner.me.company.id)).toEqual({ n: 0 });
  });

  test("do not sign anybody in or out", async ({ accounts }) => {
    const email = newEmail();
    const owner = await accounts.owner(email);
    const evil = accounts.anybody.with({ origin: "https://evil.example" });
    const signIn = await evil.post("/api/auth/sign-in", { email, password });
    expect(await signIn.json()).toMatchObject({ status: 403, code: "cross_site" });
    const out = await owner.with({ origin: "https://evil.example" }).post("/api/auth/sign-out");
    expect(out.status()).toBe(403);
    expect((await owner.get("/api/auth/me")).status()).toBe(200);
  });

  test("are not let read what a cookie opens", async ({ accounts }) => {
    const owner = await accounts.owner();
    const answer = await owner.with({ origin: "https://evil.example" }).get("/api/auth/me");
    expect(answer.headers()["access-control-allow-origin"]).toBeUndefined();
  });
});
