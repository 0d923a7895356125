// Funnels: each step keeps what it showed, as it was seen then, until the lead's certificate.
import { createHash } from "node:crypto";
import type { Page } from "@playwright/test";
import type { Ingest } from "../support/ingest.ts";
import type { Publisher } from "../support/publisher.ts";
import { disclosure, expect, settled, stateOf, test } from "../support/tracker.ts";

const phone = `<label>Phone <input name="phone" type="tel" value="(305) 555-0123"></label>`;
const consent = `<p id="tcpa" data-consent-type="main-implied">${disclosure}</p>`;
const partners = `<label><input type="checkbox" name="partners" data-consent-type="main-explicit">
  Acme’s lending partners may contact me, too.</label>`;

/** Submits, and gives the commit of the lead's certificate. */
async function sent(page: Page, publisher: Publisher, ingest: Ingest) {
  await page.getByText("Get My Quote", { exact: true }).click();
  return await ingest.commit((await publisher.submission()).fields.econsent_hidden);
}

test("a pane that a click closed keeps its records as they were seen then", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(`
    <form method="post" action="/leads">
      <fieldset>${partners}<button type="button" id="next">Next</button></fieldset>
      <fieldset hidden>${phone}${consent}<button>Get My Quote</button></fieldset>
    </form>
    <script>
      document.getElementById("next").onclick = () => {
        const [first, second] = document.querySelectorAll("fieldset");
        first.hidden = true;
        second.hidden = false;
      };
    </script>`);
  await page.getByLabel("lending partners").check();
  await page.getByText("Next").click();
  const commit = await sent(page, publisher, ingest);
  expect(commit.consents).toMatchObject([
    { id: "partners", step: 1, value: "true" },
    { id: "tcpa", step: 2, value: "visible" },
  ]);
  expect(commit.withheld).toEqual([]);
});

test("coming back to a pane replaces what it showed before", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(`
    <form method="post" action="/leads"><main></main></form>
    <script>
      const panes = [
        ${JSON.stringify(`${partners}<button type="button">Next</button>`)},
        ${JSON.stringify(`${phone}${consent}<button type="button">Back</button><button>Get My Quote</button>`)},
      ];
      const show = (n) => {
        const main = document.querySelector("main");
        main.innerHTML = panes[n];
        main.querySelector("[type=button]").onclick = () => show(1 - n);
      };
      show(0);
    </script>`);
  await page.getByLabel("lending partners").check();
  await page.getByText("Next").click();
  await page.getByText("Back").click();
  await page.getByText("Next").click();
  const commit = await sent(page, publisher, ingest);
  expect(commit.consents).toMatchObject([
    { id: "partners", value: "false" },
    { id: "tcpa", value: "visible" },
  ]);
  expect(commit.withheld).toEqual([]);
});

test("a pane of another form belongs to every form once the address has changed, with nothing else", async ({
  open,
  ingest,
}) => {
  const page = await open(`
    <form id="quote"><div>${partners}<button type="button">Next</button></div></form>
    <form id="callback">${phone}${consent}<input type="hidden" name="econsent_hidden"></form>
    <script>
      document.querySelector("button").onclick = ({ target }) => target.parentNode.remove();
    </script>`);
  await page.getByLabel("lending partners").check();
  await page.getByText("Next").click();
  const captured = async () => {
    const id = await page.evaluate(() => {
      const form = document.getElementById("callback");
      const { econsent } = window as unknown as {
        econsent: { capture(of: object): Promise<string> };
      };
      return econsent.capture({ form });
    });
    return (await ingest.commit(id)).consents;
  };
  expect(await captured()).toMatchObject([{ id: "tcpa", step: 1 }]);
  await page.evaluate(() => history.pushState({}, "", "/callback"));
  expect(await captured()).toMatchObject([
    { id: "partners", step: 1, value: "true" },
    { id: "tcpa", step: 2 },
  ]);
});

test("panes that use one id for other words are all kept, and words that change in place are one", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(`
    <form method="post" action="/leads"><main></main></form>
    <script>
      const pane = (words, rest) => \`<p id="tcpa" data-consent-type="main-implied">\${words}</p>\${rest}\`;
      const panes = [
        pane("By continuing I agree to be called by Acme.", '<button type="button">Next</button>'),
        pane(${JSON.stringify(disclosure)}, ${JSON.stringify(`${phone}<button type="button">Name the partner</button><button>Get My Quote</button>`)}),
      ];
      const main = document.querySelector("main");
      main.innerHTML = panes[0];
      main.onclick = ({ target }) => {
        if (target.textContent === "Next") main.innerHTML = panes[1];
        if (target.type === "button") document.getElementById("tcpa").append(" Partner: Acme Lending.");
      };
    </script>`);
  await page.getByText("Next").click();
  await page.getByText("Name the partner").click();
  const commit = await sent(page, publisher, ingest);
  expect(commit.consents).toMatchObject([
    { id: "tcpa", step: 1 },
    { id: "tcpa~2", step: 2 },
  ]);
  expect(Object.values(commit.texts ?? {})).toEqual(
    expect.arrayContaining(["By continuing I agree to be called by Acme."]),
  );
  expect(commit.withheld).toEqual([]);
});

test("a pane that a framework makes of the last one's elements takes nothing from it", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(`
    <form method="post" action="/leads">
      <label><input type="checkbox" id="email-ok" data-consent-type="main-explicit">
        <span>Acme may send me offers by e-mail.</span></label>
      <p data-consent-type="main-implied">Acme keeps your answers for 30 days.</p>
      <button type="button" id="next">Next</button>${phone}<button>Get My Quote</button>
    </form>
    <script>
      document.getElementById("next").onclick = () => {
        const box = document.querySelector("[type=checkbox]");
        [box.id, box.checked] = ["sms-ok", false];
        document.querySelector("span").textContent = "Acme may text me.";
        document.querySelector("p").textContent = ${JSON.stringify(disclosure)};
      };
    </script>`);
  await page.getByLabel("by e-mail").check();
  await page.getByText("Next").click();
  const commit = await sent(page, publisher, ingest);
  expect(commit.consents).toMatchObject([
    { id: "email-ok", step: 1, value: "true" },
    { type: "main-implied", step: 1 },
    { id: "sms-ok", step: 2, value: "false" },
    { type: "main-implied", step: 2 },
  ]);
  expect(Object.values(commit.texts ?? {})).toEqual(
    expect.arrayContaining(["Acme keeps your answers for 30 days.", disclosure]),
  );
});

test("words that change all the time take no other pane's place", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(`
    <form method="post" action="/leads"><main>${partners}<button type="button">Next</button></main></form>
    <script>
      let seconds = 90;
      const main = document.querySelector("main");
      const tick = () => {
        seconds -= 1;
        document.querySelector("section").innerHTML =
          \`<p id="tcpa" data-consent-type="main-implied">Within \${seconds} s: ${disclosure}</p>\`;
      };
      main.querySelector("[type=button]").onclick = () => {
        main.innerHTML = ${JSON.stringify(`${phone}<section></section><button type="button" id="tick">Again</button><button>Get My Quote</button>`)};
        document.getElementById("tick").onclick = tick;
        tick();
      };
    </script>`);
  await page.getByLabel("lending partners").check();
  await page.getByText("Next").click();
  for (let n = 0; n < 40; n += 1) {
    await page.getByText("Again").click();
  }
  const commit = await sent(page, publisher, ingest);
  expect(commit.consents[0]).toMatchObject({ id: "partners", step: 1, value: "true" });
  expect(commit.consents).toHaveLength(1 + 8 + 1);
  const last = createHash("sha256").update(`Within 49 s: ${disclosure}`).digest("hex");
  expect(commit.consents.at(-1)?.text_sha256).toBe(last);
});

test("a funnel over several pages is one session, and its certificate holds every step", async ({
  open,
  publisher,
  ingest,
}) => {
  publisher.serve("/step-2", "");
  const page = await open(`${partners}<a href="/step-2">Next</a>`);
  const { session_id } = await stateOf(page);
  await page.getByLabel("lending partners").check();
  await open(
    `<form method="post" action="/leads">${phone}${consent}<button>Get My Quote</button></form>`,
    {
      path: "/step-2",
    },
  );
  await page.getByText("Get My Quote", { exact: true }).click();
  const lead = await publisher.submission();
  expect(lead.fields.econsent_hidden).toContain(session_id);
  const commit = await ingest.commit(lead.fields.econsent_hidden);
  expect(commit.consents).toMatchObject([
    { id: "partners", step: 1, value: "true" },
    { id: "tcpa", step: 2 },
  ]);

  // The next lead of this tab begins anew.
  await open(
    `<form method="post" action="/leads">${phone}${consent}<button>Get My Quote</button></form>`,
    {
      path: "/another",
    },
  );
  await settled(page);
  await page.getByText("Get My Quote", { exact: true }).click();
  const next = await ingest.commit((await publisher.submission(1)).fields.econsent_hidden);
  expect(next.consents).toMatchObject([{ id: "tcpa", step: 1 }]);
});

test("a step that submits without a contact has a certificate, and the lead's holds its records", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(
    `<form method="post" action="/step-2">${partners}<button>Continue</button></form>`,
  );
  await page.getByText("Continue").click();
  const first = (await publisher.submission(0)).fields.econsent_hidden;
  await page.waitForURL(/step-2/);
  await open(
    `<form method="post" action="/leads">${phone}${consent}<button>Get My Quote</button></form>`,
    {
      path: "/step-2",
    },
  );
  await page.getByText("Get My Quote", { exact: true }).click();
  const last = (await publisher.submission(1)).fields.econsent_hidden;
  expect(first).toMatch(/^EC-/);
  const commit = await ingest.commit(last);
  expect(commit.consents.map(({ id, step }) => [id, step])).toEqual([
    ["partners", 1],
    ["tcpa", 2],
  ]);
});
