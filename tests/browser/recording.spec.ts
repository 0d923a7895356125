// The recorder in a publisher's page, and the replay of what it recorded: real Chromium, real
// bucket, a real multi-step form.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { Bucket, type Event, type Manifest, manifestOf } from "../support/recording.ts";
import { trackerTag } from "../support/test.ts";
import { test as base, demo, disclosure, expect, settled, stateOf } from "../support/tracker.ts";
import { root } from "../support/worker.ts";

interface Fixtures {
  bucket: Bucket;
  /** Sets the demo's property for this test; settings that pages were told stay with their origin. */
  setting(column: "recording" | "record_after_notice" | "unmasked", value: string | number): void;
}

const test = base.extend<Fixtures>({
  bucket: async ({ worker }, use) => await use(new Bucket(worker.state)),
  setting: async ({ database }, use) => {
    const set = (column: string, value: string | number) =>
      database.run(
        `UPDATE properties SET ${column} = ? WHERE property_id = ?`,
        value,
        demo.property,
      );
    await use(set);
    set("recording", 1);
    set("record_after_notice", 0);
    set("unmasked", "[]");
  },
});

/** The real form that pages of the trade have: steps without a page load, a modal, a box, a phone. */
const quoteForm = `
  <style>
    body { font-family: sans-serif; max-width: 40rem; margin: 2rem auto; }
    .step[hidden], dialog:not([open]) { display: none; }
    .tall { height: 1400px; background: linear-gradient(#fff, #dde); }
  </style>
  <h1>Car insurance quotes</h1>
  <form id="quote" method="post" action="/lead">
    <section class="step" id="one">
      <label>First name <input name="first_name" autocomplete="given-name"></label>
      <label>E-mail <input name="email" type="email"></label>
      <label>City <input name="city"></label>
      <button type="button" id="next">Next</button>
    </section>
    <section class="step" id="two" hidden>
      <p id="hello"></p>
      <label>Phone <input name="phone" type="tel"></label>
      <label>Password <input name="password" type="password"></label>
      <label>Card number <input name="card_number" inputmode="numeric"></label>
      <label>Notes <textarea name="notes"></textarea></label>
      <p id="echo"></p>
      <div class="tall">Compare offers from 12 insurers.</div>
      <a href="#terms" id="terms-link">Terms</a>
      <label data-consent-type="main-explicit" data-consent-id="tcpa">
        <input type="checkbox" name="optin" id="optin"> ${disclosure}</label>
      <p data-econsent-mask id="account">Account 99-4711-22, balance $1,204.17</p>
      <div class="chat" data-econsent-block>Chat with agent Smith: hello Maria</div>
      <button id="go">Get My Quote</button>
    </section>
  </form>
  <dialog id="terms"><p>Terms of this offer.</p><button id="close" type="button">Close</button></dialog>
  <script>
    const $ = (id) => document.getElementById(id);
    const form = $("quote");
    $("next").onclick = () => {
      $("one").hidden = true;
      $("two").hidden = false;
      $("hello").textContent = "Hello " + form.first_name.value + ", almost done!";
      history.pushState({}, "", "/quote/step-2?email=" + encodeURIComponent(form.email.value));
    };
    form.phone.oninput = () => {
      $("echo").textContent = "We will call " + form.phone.value + ".";
      $("echo").title = "Phone of " + form.first_name.value;
    };
    form.card_number.oninput = () => { $("echo").dataset.card = form.card_number.value; };
    $("terms-link").onclick = (event) => { event.preventDefault(); $("terms").showModal(); };
    $("close").onclick = () => $("terms").close();
  </script>`;

const secrets = {
  first_name: "Marisol",
  email: "marisol.vega@acmemail.com",
  city: "Tallahassee",
  phone: "(305) 555-0147",
  password: "hunter2-Sunshine",
  card_number: "4111 1111 1111 1111",
  notes: "my knee hurts since the crash",
};

/** Until the recorder's first snapshot has arrived. */
const recording = (ingest: { request(path: string, index?: number): Promise<unknown> }) =>
  ingest.request("/api/recordings");

async function shot(page: Page, name: string) {
  const folder = join(root, "tests/results/replay");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

function eventsIn(bucket: Bucket, session: string): Event[] {
  const text = bucket.text(`recordings/${demo.company}/${demo.property}/${session}/`);
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event);
}

/** What a certificate has sealed, once all of it has arrived: each stream's chunks in order. */
async function sealedIn(bucket: Bucket, session: string, manifest: Manifest | undefined) {
  const path = `recordings/${demo.company}/${demo.property}/${session}/`;
  const streams = manifest?.streams ?? [];
  const names = streams.map(({ stream, chunks }) =>
    Array.from({ length: chunks }, (_, number) => `${path}${stream}/${number}`),
  );
  await expect.poll(() => bucket.keys(path)).toEqual(expect.arrayContaining(names.flat()));
  const stored = bucket.read(path);
  const pages = streams.map(({ stream }, page) => ({
    stream,
    chunks: (names[page] ?? []).map((name) => String(stored.get(name))),
  }));
  // Digests and counts, from the contract alone.
  expect(manifestOf(pages)).toEqual(manifest);
  return pages.flatMap(({ chunks }) => chunks).join("");
}

/** Fills both steps, ticks, and submits. Says what the page showed at three moments. */
async function fillIn(page: Page, look?: (moment: string) => Promise<void>): Promise<void> {
  await page.locator("[name=first_name]").pressSequentially(secrets.first_name);
  await page.locator("[name=email]").fill(secrets.email);
  await page.locator("[name=city]").pressSequentially(secrets.city);
  await look?.("typed");
  await page.click("#next");
  await page.locator("[name=phone]").pressSequentially(secrets.phone);
  await page.locator("[name=password]").fill(secrets.password);
  await page.locator("[name=card_number]").pressSequentially(secrets.card_number);
  await page.locator("[name=notes]").fill(secrets.notes);
  await page.click("#terms-link");
  await look?.("modal");
  await page.click("#close");
  await page.locator("#optin").scrollIntoViewIfNeeded();
  await page.check("#optin");
  await look?.("ticked");
}

/** Structure and what can be seen of it, without what is masked by intent. */
const outline = () => {
  const shown = (element: Element) => (element as HTMLElement).checkVisibility();
  const all = [...document.body.querySelectorAll("h1,section,p,label,input,button,dialog,div")];
  return all
    .filter((element) => shown(element) && !element.closest(".chat,#hello,#echo,#account"))
    .map((element) => {
      const words = element.children.length ? "" : (element.textContent ?? "").trim();
      const { checked, type, name, value } = element as HTMLInputElement;
      const ticked = checked ? " ticked" : "";
      // Of what was typed only its length is recorded, and of passwords and cards not even that.
      const isTyped = /^(text|email|tel)$/.test(type) && name !== "card_number";
      const typed = isTyped ? value.replace(/\S/g, "*") : "";
      return `${element.localName}#${element.id} ${words}${ticked}${typed}`;
    });
};

test("a recorded visit is sealed with its tick and click, and plays as the page was", async ({
  open,
  ingest,
  bucket,
  accounts,
  database,
  publisher,
  context,
}) => {
  publisher.serve("/lead", "<!doctype html><h1>Thank you</h1>");
  const page = await open(quoteForm);
  await recording(ingest);
  const live = new Map<string, string[]>();
  const moments = new Map<string, number>();
  await fillIn(page, async (moment) => {
    await page.waitForTimeout(300);
    moments.set(moment, await page.evaluate(() => performance.timeOrigin + performance.now()));
    live.set(moment, await page.evaluate(outline));
    await shot(page, `live-${moment}`);
    await page.waitForTimeout(300);
  });
  await page.click("#go");
  const lead = await publisher.submission();
  const id = lead.fields.econsent_hidden ?? "";
  const commit = await ingest.commit(id);

  // Everything that was sealed arrives, though the page is gone.
  const session = id.slice(3, -44);
  const sealed = await sealedIn(bucket, session, commit.recording);
  expect(sealed).toContain('"isChecked":true');
  // The click is in, though the certificate is minted before rrweb hears of it.
  const button = /"tagName":"button","attributes":\{"id":"go"\}[^}]*\}\],"id":(\d+)/.exec(
    sealed,
  )?.[1];
  const last = JSON.parse(sealed.trim().split("\n").at(-1) ?? "") as Event;
  expect(last.data.tag).toBe("submit");
  expect(last.data.payload).toMatchObject({ type: "click", node: Number(button) });

  const owner = await accounts.owner();
  database.run(
    "INSERT INTO memberships VALUES (?, ?, 'member', 0)",
    demo.company,
    owner.me.user?.id ?? "",
  );
  const switched = await owner.post("/api/auth/switch", { company_id: demo.company });
  expect(switched.status()).toBe(200);
  const [name = "", value = ""] = (
    switched.headers()["set-cookie"]?.split(";")[0] ?? owner.cookie
  ).split("=");
  await context.addCookies([{ name, value, url: accounts.origin }]);
  const viewer = await context.newPage();
  const failures: string[] = [];
  viewer.on("pageerror", (error) => failures.push(error.message));
  await viewer.goto(`${accounts.origin}/certificate/${id}/replay`);
  await expect(viewer.locator("#verdict")).toContainText("Recording complete");
  await expect(viewer.locator("#marks button")).toContainText([
    "consent shown",
    "checkbox changed (ticked)",
    "submit",
  ]);
  await shot(viewer, "player");

  const frame = viewer.frameLocator(".replayer-wrapper iframe");
  const begins = eventsIn(bucket, session)[0]?.timestamp ?? 0;
  for (const [moment, at] of moments) {
    await viewer.evaluate(
      (seconds) => {
        location.hash = `t=${seconds}`;
      },
      (at - begins) / 1000,
    );
    const played = async () => await frame.locator("body").evaluate(outline);
    await expect.poll(played, { message: moment }).toEqual(live.get(moment));
    await shot(viewer, `replay-${moment}`);
  }
  expect(failures).toEqual([]);

  // The stored lines are plain events of rrweb: its own replayer reads them without our viewer.
  const plain = await context.newPage();
  await plain.addScriptTag({ path: join(root, "node_modules/rrweb/dist/rrweb.umd.min.cjs") });
  await plain.evaluate(
    (events) => {
      type Replayer = { pause(at: number): void };
      const { rrweb } = window as never as {
        rrweb: { Replayer: new (events: object[]) => Replayer };
      };
      new rrweb.Replayer(events).pause(1e9);
    },
    eventsIn(bucket, session),
  );
  await expect(plain.frameLocator("iframe").locator("#optin")).toBeChecked();
});

test("what people type is nowhere in what is stored, nor what repeats it", async ({
  open,
  ingest,
  bucket,
  publisher,
}) => {
  publisher.serve("/lead", "<!doctype html><h1>Thank you</h1>");
  // In a drawing it is called like a field, and has nothing of one.
  const page = await open(`${quoteForm}<svg width="1" height="1"><input></svg>`);
  await recording(ingest);
  await fillIn(page);
  const { session_id } = await stateOf(page);
  await page.click("#go");
  const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
  await sealedIn(bucket, session_id ?? "", commit.recording);
  const path = `recordings/${demo.company}/${demo.property}/${session_id}/`;
  const stored = bucket.text(path);
  expect(stored).toContain("Car insurance quotes");
  expect(stored).toContain(disclosure.slice(0, 40));
  // It was recorded that something was typed, and that the page repeated it.
  const inputs = eventsIn(bucket, session_id ?? "").filter(({ data }) => data.source === 5);
  expect(inputs.map(({ data }) => data.text)).toEqual(
    expect.arrayContaining(["*".repeat(secrets.first_name.length), "********", "on"]),
  );
  expect(stored).toMatch(/Hello \*{7}, almost done!/);
  expect(stored).toMatch(/We will call [* ]+\./);
  const digits = stored.replace(/[^0-9]/g, "");
  for (const [field, secret] of Object.entries(secrets)) {
    expect(stored.toLowerCase(), field).not.toContain(secret.toLowerCase());
    expect(stored, field).not.toContain(encodeURIComponent(secret));
  }
  expect(digits).not.toContain("4111111111111111");
  expect(digits).not.toContain("3055550147");
  // When and where something happened are numbers, in which four digits can come up by themselves.
  const said = stored.replace(/"(timestamp|timeOffset|x|y)":-?[0-9.]+/g, "").toLowerCase();
  for (const part of ["marisol", "vega@", "hunter2", "0147", "4711-22", "1,204", "Smith", "knee"]) {
    expect(said, part).not.toContain(part.toLowerCase());
  }
});

test("thanks that take a form's place repeat nothing of it, though the form was not recorded", async ({
  open,
  ingest,
  bucket,
}) => {
  const page = await open(`
    <h1>Car insurance quotes</h1>
    <form data-econsent-block>
      <label>Phone <input name="phone" type="tel"></label>
      <p data-consent-type="main-implied">${disclosure}</p><button>Get My Quote</button>
    </form>
    <script>
      const form = document.querySelector("form");
      form.onsubmit = (event) => {
        event.preventDefault();
        const phone = form.phone.value;
        form.outerHTML = "<h2>Thanks, we will call " + phone + ".</h2>";
      };
    </script>`);
  await recording(ingest);
  const { session_id } = await stateOf(page);
  await page.locator("[name=phone]").fill("(305) 555-0147");
  await page.getByRole("button").click();
  const path = `recordings/${demo.company}/${demo.property}/${session_id}/`;
  await expect.poll(() => bucket.text(path)).toContain("Thanks, we will call");
  expect(bucket.text(path)).toMatch(/Thanks, we will call [*( )-]+\./);
  expect(bucket.text(path).replace(/[^0-9]/g, "")).not.toContain("3055550147");
});

const withNotice = (shown: boolean) => `${quoteForm}
  <p id="notice" data-econsent-notice ${shown ? "" : "hidden"}>This visit is recorded.</p>`;

test("a property that waits for a notice records nothing before it", async ({
  open,
  page,
  ingest,
  bucket,
  setting,
}) => {
  setting("record_after_notice", 1);
  const loaded = page.waitForResponse(/econsent_recorder\.js$/);
  await open(withNotice(false));
  await loaded;
  await page.locator("[name=city]").fill("Pensacola");
  await page.evaluate(() => {
    const heading = document.querySelector("h1") as HTMLElement;
    heading.textContent = "Shown before the notice";
    heading.textContent = "Car insurance quotes";
  });
  await page.waitForTimeout(1_000);
  expect(ingest.received.map(({ path }) => path)).not.toContain("/api/recordings");
  await page.evaluate(() => {
    (window as never as { econsent: { notice(): void } }).econsent.notice();
  });
  await recording(ingest);
  const { session_id } = await stateOf(page);
  const stored = bucket.text(`recordings/${demo.company}/${demo.property}/${session_id}/`);
  expect(stored).toContain("Car insurance quotes");
  expect(stored).not.toContain("Shown before the notice");
});

test("a marked notice starts the recording when it can be seen", async ({
  open,
  page,
  ingest,
  setting,
}) => {
  setting("record_after_notice", 1);
  const loaded = page.waitForResponse(/econsent_recorder\.js$/);
  await open(withNotice(false));
  await loaded;
  await page.waitForTimeout(1_000);
  expect(ingest.received.map(({ path }) => path)).not.toContain("/api/recordings");
  await page.evaluate(() => {
    const notice = document.querySelector("#notice") as HTMLElement;
    document.body.prepend(notice);
    notice.hidden = false;
  });
  await recording(ingest);
});

test("a field that the property lists is shown, a card number in it is not", async ({
  open,
  page,
  ingest,
  bucket,
  setting,
}) => {
  setting("unmasked", '["[name=city]","[name=notes]","[name=password]"]');
  await open(quoteForm);
  await recording(ingest);
  await page.locator("[name=city]").fill(secrets.city);
  await page.locator("[name=first_name]").fill(secrets.first_name);
  await page.click("#next");
  await page.locator("[name=notes]").fill(secrets.card_number);
  await page.locator("[name=password]").fill(secrets.password);
  const { session_id } = await stateOf(page);
  const path = `recordings/${demo.company}/${demo.property}/${session_id}/`;
  await expect.poll(() => bucket.text(path)).toContain('"text":"********"');
  const stored = bucket.text(path);
  expect(stored).toContain(secrets.city);
  expect(stored).not.toContain(secrets.first_name);
  expect(stored).not.toContain(secrets.password);
  expect(stored).not.toContain("4111");
});

test("where recording is off, the recorder does not even come", async ({
  open,
  page,
  publisher,
  ingest,
  setting,
}) => {
  setting("recording", 0);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await open(quoteForm);
  await page.waitForTimeout(2_000);
  await page.click("#next");
  await page.click("#go");
  const { fields } = await publisher.submission();
  const commit = await ingest.commit(fields.econsent_hidden);
  expect(commit.recording).toBeUndefined();
  expect(asked.filter((path) => /recorder|recordings/.test(path))).toEqual([]);
});

test("a second page of the tab repeats nothing that was typed on the first, and is sealed with it", async ({
  open,
  page,
  publisher,
  ingest,
  bucket,
}) => {
  await open(
    `<form action="/step-2"><label>First name <input name="first_name"></label><button>Next</button></form>`,
    { path: "/step-1" },
  );
  await recording(ingest);
  const { session_id } = await stateOf(page);
  publisher.serve("/step-2", {
    html: `<!doctype html><title>Almost done</title>${trackerTag(ingest.url)}
      <h1>Almost done, Marisol</h1><form method="post" action="/lead">
      <label data-consent-type="main-explicit"><input type="checkbox" name="optin" id="optin">
      ${disclosure}</label><input name="phone" type="tel"><button id="go">Get My Quote</button></form>`,
  });
  await page.locator("[name=first_name]").fill("Marisol");
  await page.click("button");
  await settled(page);
  const path = `recordings/${demo.company}/${demo.property}/${session_id}/`;
  await expect.poll(() => bucket.text(path)).toContain("Almost done, *******");
  await page.check("#optin");
  await page.locator("[name=phone]").fill(secrets.phone);
  await page.click("#go");
  const lead = await publisher.submission(1);
  const commit = await ingest.commit(lead.fields.econsent_hidden);
  expect(commit.recording?.streams).toHaveLength(2);
  const sealed = await sealedIn(bucket, session_id ?? "", commit.recording);
  expect(sealed).toContain("Almost done, *******");
  expect(bucket.text(path).toLowerCase()).not.toContain("marisol");
});
