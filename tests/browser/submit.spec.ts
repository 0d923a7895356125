// However a page submits. A: the form's data carries the id. B: the certificate exists, and the
// page's own script can read it, when the request is made.
import type { Page } from "@playwright/test";
import { disclosure, expect, settled, site, stateOf, test } from "../support/tracker.ts";

const fields = `
  <label>Phone <input id="phone" name="phone" type="tel" value="(305) 555-0123"></label>
  <label>E-mail <input id="email" name="email" type="email" value="jorg@example.com"></label>`;
const consent = `<p id="tcpa" data-consent-type="main-implied">${disclosure}</p>`;
const hidden = `<input type="hidden" id="econsent_hidden" name="econsent_hidden">`;
const post = `<form id="lead" method="post" action="/leads">${fields}${consent}`;
const plain = `${post}${hidden}<button>Get My Quote</button></form>`;

interface Way {
  html: string;
  act?: (page: Page) => Promise<unknown>;
}

const press = async (page: Page) => await page.getByText("Get My Quote", { exact: true }).click();

const carried: Record<string, Way> = {
  "a native POST": { html: plain },
  "a native GET": { html: plain.replace('method="post"', 'method="get"') },
  "a form without the hidden field": {
    html: `${post}<button>Get My Quote</button></form>`,
  },
  "requestSubmit from code": {
    html: plain,
    act: (page) => page.locator("form").evaluate((form: HTMLFormElement) => form.requestSubmit()),
  },
  "submit from code": {
    html: plain,
    act: (page) => page.locator("form").evaluate((form: HTMLFormElement) => form.submit()),
  },
  "submit from code where a control is named submit": {
    html: `${post}${hidden}<button name="submit">Get My Quote</button></form>`,
    act: (page) =>
      page.evaluate(() => {
        HTMLFormElement.prototype.submit.call(document.getElementById("lead") as HTMLFormElement);
      }),
  },
  "controls named like the methods of a form": {
    html: `${post}<input name="id" type="hidden"><input name="closest" type="hidden">
      <input name="getAttribute" type="hidden"><input name="appendChild" type="hidden">
      <input name="querySelectorAll" type="hidden"><button>Get My Quote</button></form>`,
    // Playwright’s own click asks the form for its attributes.
    act: (page) => page.evaluate(() => document.querySelector("button")?.click()),
  },
  "FormData and fetch after the submit event was stopped": {
    html: `${plain}<script>
      document.getElementById("lead").addEventListener("submit", (event) => {
        event.preventDefault();
        event.stopImmediatePropagation();
        fetch("/leads", { method: "POST", body: new FormData(event.target) });
      });</script>`,
  },
  "FormData and XMLHttpRequest on a click": {
    html: `${post}<button type="button" id="go">Get My Quote</button></form><script>
      document.getElementById("go").onclick = () => {
        const request = new XMLHttpRequest();
        request.open("POST", "/leads");
        request.send(new FormData(document.getElementById("lead")));
      };</script>`,
  },
  "a button outside the form": {
    html: `${post}${hidden}</form><button form="lead">Get My Quote</button>`,
  },
  "a hidden field outside the form": {
    html: `${post}<button>Get My Quote</button></form>
      <input type="hidden" name="econsent_hidden" form="lead">`,
  },
  "a button with an action of its own": {
    html: `${post}${hidden}<button formaction="/leads/partner">Get My Quote</button></form>`,
  },
  "a form that opens a new window": {
    html: plain.replace("<form", '<form target="_blank"'),
  },
  "the second of two forms": {
    html: `<form action="/search"><input name="q"><button>Search</button></form>${plain}`,
  },
  "a form added after load": {
    html: `<main></main><script>
      setTimeout(() => { document.querySelector("main").innerHTML = ${JSON.stringify(plain)}; }, 300);
      </script>`,
  },
  "a form that a framework replaced": {
    html: `<main>${plain}</main>`,
    act: async (page) => {
      await page.evaluate(() => {
        const main = document.querySelector("main") as HTMLElement;
        main.replaceChildren(...[...main.children].map((child) => child.cloneNode(true)));
      });
      await press(page);
    },
  },
  "a form in an open shadow root": {
    html: `<lead-form></lead-form><script>
      customElements.define("lead-form", class extends HTMLElement {
        connectedCallback() {
          this.attachShadow({ mode: "open" }).innerHTML = ${JSON.stringify(plain)};
        }
      });</script>`,
  },
  "a form in a declared shadow root": {
    html: `<div><template shadowrootmode="open">${plain}</template></div>`,
  },
  "a disclosure in a shadow root of its own": {
    html: `<form method="post" action="/leads">${fields}<consent-text></consent-text>
      <button>Get My Quote</button></form><script>setTimeout(() => {
      customElements.define("consent-text", class extends HTMLElement {
        connectedCallback() {
          this.attachShadow({ mode: "open" }).innerHTML = ${JSON.stringify(consent)};
        }
      }); }, 300);</script>`,
    act: async (page) => {
      await page.locator("#tcpa").waitFor();
      await press(page);
    },
  },
};

for (const [name, { html, act = press }] of Object.entries(carried)) {
  test(`A: ${name}`, async ({ open, publisher, ingest }) => {
    const page = await open(html);
    await page.getByText("Get My Quote", { exact: true }).waitFor();
    await act(page);
    const lead = await publisher.submission();
    expect(lead.fields.phone).toBe("(305) 555-0123");
    const commit = await ingest.commit(lead.fields.econsent_hidden);
    expect(ingest.idOf(commit, site)).toBe(commit.certificate_id);
    expect(commit.consents).toMatchObject([{ id: "tcpa", value: "visible" }]);
    expect(commit.withheld).toEqual([]);
    expect(ingest.commits).toHaveLength(1);
  });
}

test("A: a disclosure in a shadow root that the parser made after the tracker had come", async ({
  open,
  page,
  publisher,
  ingest,
}) => {
  await page.route("**/slow.js", async (route) => {
    await settled(page);
    await route.fulfill({ contentType: "text/javascript", body: "" });
  });
  await open(`<form method="post" action="/leads">${fields}<script src="/slow.js"></script>
    <div><template shadowrootmode="open">${consent}</template></div>
    <button>Get My Quote</button></form>`);
  await press(page);
  const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
  expect(commit.consents).toMatchObject([{ id: "tcpa", value: "visible" }]);
});

const json = `fetch("/leads", { method: "POST", headers: { "content-type": "application/json" },
  body: JSON.stringify({ phone: phone.value, certificate: econsentState.certificate }) })`;

const readable: Record<string, Way> = {
  "JSON built on submit": {
    html: `${post}<button>Get My Quote</button></form><script>
      document.getElementById("lead").addEventListener("submit", (event) => {
        event.preventDefault();
        ${json};
      });</script>`,
  },
  "JSON built on the click of a submit button that never submits": {
    html: `${post}<button onclick='event.preventDefault(); ${json}'>Get My Quote</button></form>`,
  },
  "JSON built on the click of a plain button in a form": {
    html: `${post}<button type="button" onclick='${json}'>Get My Quote</button></form>`,
  },
  "a link as button, without a form": {
    html: `<section>${fields}${consent}
      <a href="#" onclick='${json}'>Get My Quote</a></section>`,
  },
  "a box as button, without a form": {
    html: `<section>${fields}${consent}
      <div style="cursor: pointer" id="go"><span>Get My Quote</span></div></section>
      <script>document.getElementById("go").addEventListener("click", () => ${json})</script>`,
  },
  "a picture in a box as button, without a form": {
    html: `<section>${fields}${consent}
      <div style="cursor: pointer" id="go"><svg width="40" height="40" role="img"
        aria-label="Get My Quote"><rect width="40" height="40"/></svg></div></section>
      <script>document.getElementById("go").addEventListener("click", () => ${json})</script>`,
    act: async (page) => await page.getByRole("img").click(),
  },
  "a button with a role, in a shadow root": {
    html: `<div><template shadowrootmode="open"><section>${fields}${consent}
      <span role="button" tabindex="0">Get My Quote</span></section></template></div>
      <script>
        const root = document.querySelector("div").shadowRoot;
        const phone = root.getElementById("phone");
        root.querySelector("[role=button]").addEventListener("click", () => ${json});
      </script>`,
  },
  "whatever the owner marked as submitting": {
    html: `${consent}<input type="hidden" id="phone" value="(305) 555-0123">
      <img alt="Get My Quote" data-econsent-submit onclick='${json}'>`,
    act: async (page) => await page.getByAltText("Get My Quote").click(),
  },
  "an explicit call": {
    html: `<section>${fields}${consent}</section><h2 id="go">Get My Quote</h2><script>
      document.getElementById("go").onclick = async () => {
        const id = await econsent.capture();
        if (id === econsentState.certificate) ${json};
      }</script>`,
  },
};

for (const [name, { html, act = press }] of Object.entries(readable)) {
  test(`B: ${name}`, async ({ open, publisher, ingest }) => {
    const page = await open(html);
    await act(page);
    const lead = await publisher.submission();
    expect(lead.fields.phone).toBe("(305) 555-0123");
    const commit = await ingest.commit(lead.fields.certificate);
    expect(ingest.idOf(commit, site)).toBe(commit.certificate_id);
    expect(commit.consents).toMatchObject([{ id: "tcpa", value: "visible" }]);
    expect((await stateOf(page)).certificate).toBe(commit.certificate_id);
    expect(ingest.commits).toHaveLength(1);
  });
}

const others: Record<string, string> = {
  "a tab": `<button role="tab">Get My Quote</button>`,
  "an accordion": `<button aria-expanded="false" aria-controls="more">Get My Quote</button>`,
  "a link to the privacy policy": `<a href="/privacy">Get My Quote</a>`,
  "a link that opens the terms on the page": `<a href="#">Terms <b>Get My Quote</b></a>`,
  "a step of the funnel": `<button type="button" aria-label="Get My Quote">Next step</button>`,
  "a label": `<label>Get My Quote</label>`,
};

for (const [name, html] of Object.entries(others)) {
  test(`none: ${name} beside consent and contact does not submit`, async ({ open, ingest }) => {
    const page = await open(`<section>${fields}${consent}${html}</section>`);
    await page
      .getByText(/Get My Quote|Next step/, { exact: false })
      .last()
      .click();
    await page.waitForTimeout(300);
    expect(ingest.commits).toEqual([]);
  });
}

test("none: a script's click on the document or the window, which is nobody's", async ({
  open,
  ingest,
}) => {
  const page = await open(`<section>${fields}${consent}</section>`);
  const warnings: string[] = [];
  page.on("console", (message) => warnings.push(message.text()));
  await page.evaluate(() => {
    document.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    dispatchEvent(new Event("click"));
  });
  await page.waitForTimeout(300);
  expect(warnings).toEqual([]);
  expect(ingest.commits).toEqual([]);
});
