import { createHash } from "node:crypto";
import { demo, disclosure, expect, site, stateOf, test } from "../support/tracker.ts";

const form = `
  <form method="post" action="/leads">
    <label>Phone <input name="phone" type="tel" value="(305) 555-0123"></label>
    <label><input type="checkbox" name="partners" data-consent-type="secondary-explicit">
      Acme’s lending partners may contact me, too.</label>
    <p id="tcpa" data-consent-type="main-implied">${disclosure}</p>
    <input type="hidden" id="econsent_hidden" name="econsent_hidden" value="">
    <button>Get My Quote</button>
  </form>`;

test("a native form post carries the id of a certificate that the server has by then", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(form);
  const session = (await stateOf(page)).session_id;
  await page.getByLabel("lending partners").check();
  await page.getByRole("button").click();

  const lead = await publisher.submission();
  expect(lead.fields.econsent_hidden).toMatch(new RegExp(`^EC-${session}-[\\w-]{43}$`));
  const commit = await ingest.commit(lead.fields.econsent_hidden);
  expect(ingest.idOf(commit, site)).toBe(lead.fields.econsent_hidden);
  expect(commit).toMatchObject({
    v: 1,
    company_id: demo.company,
    property_id: demo.property,
    page: `${publisher.origin(site)}/quote`,
    token: ingest.sessions[0]?.token,
    supersedes: null,
    dropped: { consents: 0, withheld: 0 },
    withheld: [],
    consents: [
      { id: "partners", step: 1, type: "secondary-explicit", value: "true", category: "EXPLICIT" },
      { id: "tcpa", step: 1, type: "main-implied", value: "visible", category: "IMPLIED" },
    ],
  });
  const digest = createHash("sha256").update(disclosure).digest("hex");
  expect(commit.consents[1]?.text_sha256).toBe(digest);
  expect(commit.texts[digest]).toBe(disclosure);
  // Of a type that needs no permission asked beforehand; packed bytes have none.
  for (const { path, contentType, body } of ingest.received) {
    const isPacked = path === "/api/recordings" && body.split("\n", 1)[0]?.includes('"gzip"');
    expect(contentType, path).toBe(isPacked ? "" : "text/plain;charset=UTF-8");
  }
});

test("session and certificate are in the page's state and cookies, the token is in neither", async ({
  open,
  context,
  ingest,
}) => {
  const page = await open(`${form}<iframe name="answer"></iframe>`);
  await page.locator("form").evaluate((element: HTMLFormElement) => {
    element.target = "answer";
  });
  await page.getByRole("button").click();
  const [commit] = [await ingest.request("/api/certificates")];
  const state = await stateOf(page);
  expect(JSON.parse(commit.body).certificate_id).toBe(state.certificate);
  const cookies = await context.cookies();
  const byName = Object.fromEntries(cookies.map((cookie) => [cookie.name, cookie]));
  expect(byName.econsent_session).toMatchObject({ value: state.session_id, sameSite: "Lax" });
  expect(byName.econsent_certificate).toMatchObject({ value: state.certificate, sameSite: "Lax" });
  expect(Object.keys(byName)).toHaveLength(2);
});

test("the tracker adds econsent and econsentState to the page and nothing else", async ({
  open,
}) => {
  const page = await open(form, { before: "window.before = Object.keys(window)" });
  const added = await page.evaluate(() =>
    Object.keys(window).filter(
      (name) => !(window as never as { before: string[] }).before.includes(name),
    ),
  );
  expect(added.sort()).toEqual(["before", "econsent", "econsentState"]);
});

test("what is wrapped calls the original first, with the same this, arguments and result", async ({
  open,
}) => {
  const page = await open(form, {
    before: `
      window.calls = [];
      const original = Element.prototype.attachShadow;
      Element.prototype.attachShadow = function (...given) {
        const root = original.apply(this, given);
        window.calls.push([this, given, root]);
        return root;
      };`,
  });
  const result = await page.evaluate(() => {
    const { calls } = window as unknown as { calls: [Element, unknown[], ShadowRoot][] };
    const host = document.body.appendChild(document.createElement("div"));
    const options = { mode: "open", delegatesFocus: true } as const;
    const root = host.attachShadow(options);
    const [on, given, made] = calls[0] ?? [];
    let refusal = "";
    try {
      document.createElement("input").attachShadow({ mode: "open" });
    } catch (error) {
      refusal = (error as DOMException).name;
    }
    return [on === host, given?.length === 1 && given[0] === options, made === root, refusal];
  });
  expect(result).toEqual([true, true, true, "NotSupportedError"]);
  const native = await page.evaluate(() =>
    [
      HTMLFormElement.prototype.submit,
      HTMLFormElement.prototype.requestSubmit,
      window.fetch,
      XMLHttpRequest.prototype.send,
      FormData,
    ].map((method) => /\[native code\]/.test(Function.prototype.toString.call(method))),
  );
  expect(native).toEqual([true, true, true, true, true]);
});

test("the next page of the tab goes on with the session", async ({ open, ingest, publisher }) => {
  const page = await open(form);
  const { session_id } = await stateOf(page);
  publisher.serve("/other", "");
  await open(form, { path: "/other" });
  await ingest.request("/api/sessions", 1);
  await page.getByRole("button").click();
  const lead = await publisher.submission();
  expect(lead.fields.econsent_hidden).toContain(session_id);
});

test("a submit before the server has answered is minted in a session of the page", async ({
  open,
  publisher,
  ingest,
}) => {
  ingest.faults.set("/api/sessions", "hang");
  const page = await open(form, { until: "ready" });
  await page.getByRole("button").click();
  const lead = await publisher.submission();
  const commit = await ingest.commit(lead.fields.econsent_hidden);
  expect(commit.token).toBeNull();
  expect(ingest.idOf(commit, site)).toBe(commit.certificate_id);
});
