// Where a certificate cannot be in the form: frames that can, submits whose reason the owner's
// install check tells, and limitations, each of which is named here and in docs/tracker.md.
import type { Frame, Page } from "@playwright/test";
import { trackerTag } from "../support/test.ts";
import { demo, disclosure, expect, site, test } from "../support/tracker.ts";

const phone = `<label>Phone <input id="phone" name="phone" type="tel" value="(305) 555-0123"></label>`;
const consent = `<p id="tcpa" data-consent-type="main-implied">${disclosure}</p>`;
const form = `<form id="lead" method="post" action="/leads">${phone}${consent}
  <input type="hidden" name="econsent_hidden"><button>Get My Quote</button></form>`;
const press = async (page: Page | Frame) =>
  await page.getByText("Get My Quote", { exact: true }).click();

for (const [kind, host] of [
  ["of the same origin", site],
  ["of another site", "www.partner-offers.test"],
] as const) {
  test(`A: a form in a frame ${kind}`, async ({ page, publisher, ingest }) => {
    const tag = trackerTag(ingest.url);
    publisher.serve("/frame", `<!doctype html><meta charset=utf-8>${tag}<body>${form}`);
    const source = `${publisher.origin(site)}/frame`;
    publisher.serve(
      "/offer",
      `<!doctype html><body><iframe src="${source}" title="Quote"></iframe>`,
    );
    await page.goto(`${publisher.origin(host)}/offer`);
    const frame = page.frame({ url: source }) as Frame;
    await frame.waitForFunction(
      () =>
        (window as unknown as { econsentState?: { session_id?: string } }).econsentState
          ?.session_id,
    );
    await press(frame);
    const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
    expect(ingest.idOf(commit, site)).toBe(commit.certificate_id);
    expect(commit.page).toBe(source);
    expect(commit.consents).toMatchObject([{ id: "tcpa", value: "visible" }]);
  });
}

test.describe("the install check says why a submit came without a certificate", () => {
  const reasons: Record<string, { html: string; headers?: Record<string, string> }> = {
    no_tagged_consent: {
      html: form
        .replace("data-consent-type", "data-consent")
        .replace(`<input type="hidden" name="econsent_hidden">`, ""),
    },
    wasm_blocked: {
      html: form,
      headers: { "content-security-policy": "script-src 'unsafe-inline' http://*.test:*" },
    },
  };
  for (const [reason, { html, headers }] of Object.entries(reasons)) {
    test(`C: ${reason}`, async ({ open, publisher, ingest, database }) => {
      const until = headers ? "loaded" : "session";
      const page = await open(html, { until, ...(headers ? { headers } : {}) });
      if (headers) {
        await ingest.request("/api/installs");
      }
      await press(page);
      expect((await publisher.submission()).fields.econsent_hidden ?? "").toBe("");
      expect(JSON.parse((await ingest.request("/api/installs")).body)).toMatchObject({ reason });
      const seen = () =>
        database.rows(
          "SELECT reason FROM install_checks WHERE property_id = ? AND origin = ?",
          demo.property,
          publisher.origin(site),
        );
      await expect.poll(seen).toEqual([{ reason }]);
      expect(ingest.commits).toEqual([]);
    });
  }

  test("none: a search form has no lead, and so no reason to tell", async ({ open, ingest }) => {
    const page = await open(`<form target="answer" action="/search"><input name="q" value="car">
      <button>Get My Quote</button></form><iframe name="answer" title="Answer"></iframe>`);
    await press(page);
    await page.waitForTimeout(300);
    expect(ingest.received.filter(({ path }) => path === "/api/installs")).toEqual([]);
  });
});

const limitations: Record<string, string> = {
  "a form in a closed shadow root that was there before the tracker": `<div id="host"></div><script>
    const inner = document.getElementById("host").attachShadow({ mode: "closed" });
    inner.innerHTML = ${JSON.stringify(form)};
    addEventListener("test:press", () => inner.querySelector("button").click());
    document.currentScript.remove();</script>`,
  "form data that was built before the submit": `${form}<script>
    const early = new FormData(document.getElementById("lead"));
    document.getElementById("lead").addEventListener("submit", (event) => {
      event.preventDefault();
      fetch("/leads", { method: "POST", body: early });
    });</script>`,
  "form data of a form that is not in the document": `<template>${form}</template>
    <h2 id="go">Get My Quote</h2><script>
    const lead = document.querySelector("template").content.firstElementChild;
    document.getElementById("go").onclick = () =>
      fetch("/leads", { method: "POST", body: new FormData(lead) });
    document.querySelector("template").remove();</script>`,
  "a heading that submits by script and that nobody tagged": `${phone}${consent}
    <h2 id="go">Get My Quote</h2><script>
    document.getElementById("go").onclick = () => {
      const data = new FormData();
      data.set("phone", document.getElementById("phone").value);
      fetch("/leads", { method: "POST", body: data });
    };</script>`,
};

for (const [name, html] of Object.entries(limitations)) {
  test(`limitation: ${name} carries no id`, async ({ open, publisher }) => {
    // In head, before the tag: what is there when the tracker comes.
    const page = await open(html);
    const button = page.getByText("Get My Quote", { exact: true });
    if (await button.count()) {
      await button.click();
    } else {
      // Nobody outside of a closed root finds what is in it.
      await page.evaluate(() => dispatchEvent(new Event("test:press")));
    }
    const { fields } = await publisher.submission();
    expect(fields.phone).toBe("(305) 555-0123");
    expect(fields.econsent_hidden ?? "").toBe("");
  });
}

test("limitation: a frame of another site that has no tag of its own carries no id", async ({
  open,
  publisher,
}) => {
  publisher.serve("/frame", `<!doctype html><meta charset=utf-8><body>${form}`);
  const source = `${publisher.origin("www.partner-offers.test")}/frame`;
  const page = await open(`<iframe src="${source}" title="Quote"></iframe>`);
  await press(page.frame({ url: source }) as Frame);
  expect((await publisher.submission()).fields.econsent_hidden).toBe("");
});
