// What a visitor could not see is no consent: it is withheld, with the reason.
import { disclosure, expect, test } from "../support/tracker.ts";

const words = (style: string, around = (html: string) => html) =>
  around(`<p id="tcpa" data-consent-type="main-implied" style="${style}">${disclosure}</p>`);
const within = (style: string) => (html: string) => `<div style="${style}">${html}</div>`;

const hidden: Record<string, string> = {
  "display none": words("display: none"),
  "display none of an ancestor": words("", within("display: none")),
  "visibility hidden": words("visibility: hidden"),
  "an opacity of 0": words("opacity: 0"),
  "an ancestor with an opacity of 0": words("", within("opacity: 0")),
  "the hidden attribute": words("").replace("<p", "<p hidden"),
  "a closed details element": `<details><summary>More</summary>${words("")}</details>`,
  "a font size of 0": words("font-size: 0"),
  "a scale of 0": words("transform: scale(0)"),
  "a position left of the page": words("position: absolute; left: -9999px"),
  "an indent out of the page": words("text-indent: -9999px; white-space: nowrap"),
  "a fixed position outside of the window": words("position: fixed; top: 200vh"),
  "a box without height that clips": words("", within("height: 0; overflow: hidden")),
  "a pixel for screen readers": words(
    "position: absolute; width: 1px; height: 1px; overflow: hidden; clip: rect(0, 0, 0, 0)",
  ),
  "a clip path that leaves nothing": words("clip-path: inset(50%)"),
  "a place in a clipped box where nobody gets": words(
    "position: absolute; top: 300px",
    within("position: relative; height: 50px; overflow: hidden"),
  ),
  "a slide beside the one that a box shows": words(
    "position: absolute; left: 400px; width: 300px",
    within("position: relative; width: 300px; height: 300px; overflow-x: hidden"),
  ),
  "a panel beside a page that does not scroll sideways": `<style>body { overflow-x: hidden }</style>
    ${words("position: absolute; left: 100vw; width: 300px")}`,
};

const shown: Record<string, string> = {
  "plain words": words(""),
  "words below the fold": words("margin-top: 300vh"),
  "words to scroll to in a box": words(
    "margin-top: 300px",
    within("height: 100px; overflow: auto"),
  ),
  "words in a box without height that clips nothing": words("", within("height: 0")),
  "words with display contents": words("display: contents"),
  "words placed outside of a box that does not position them": words(
    "position: absolute; top: 300px",
    within("height: 50px; overflow: hidden"),
  ),
  "words in a fixed bar": words("", within("position: fixed; bottom: 0; width: 100%")),
  "words with display contents in a shadow root": `<div><template shadowrootmode="open">
    ${words("display: contents")}</template></div>`,
  "words above what a body that scrolls by itself shows": `<style>html { overflow: hidden }
    html, body { height: 100% } body { overflow: auto }</style>${words("")}
    <div style="height: 300vh"></div><script>document.body.scrollTop = 1e4</script>`,
  "words on a page that reads from the right": words("").replace("<p", '<p dir="rtl"'),
};

const submitted = (html: string) =>
  `<form method="post" action="/leads">${html}<button>Get My Quote</button></form>`;

for (const [name, html] of Object.entries(hidden)) {
  test(`withheld: ${name}`, async ({ open, publisher, ingest }) => {
    const page = await open(submitted(html));
    await page.getByRole("button").press("Enter");
    const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
    expect(commit.consents).toEqual([]);
    expect(commit.withheld).toMatchObject([{ id: "tcpa", reason: "not_visible" }]);
    expect(Object.values(commit.texts)).toEqual([disclosure]);
  });
}

for (const [name, html] of Object.entries(shown)) {
  test(`seen: ${name}`, async ({ open, publisher, ingest }) => {
    const page = await open(submitted(html));
    await page.getByRole("button").press("Enter");
    const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
    expect(commit.withheld).toEqual([]);
    expect(commit.consents).toMatchObject([{ id: "tcpa", value: "visible" }]);
  });
}

test("boxes that a script draws say what is ticked, whatever they are made of", async ({
  open,
  publisher,
  ingest,
}) => {
  const box = (id: string, checked: boolean, more = "") =>
    `<button type="button" role="checkbox" id="${id}" aria-checked="${checked}" ${more}><svg
      width="16" height="16"><path d="M3 8l4 4 6-8" stroke="currentColor"/></svg></button>
      <label for="${id}">Text me about my quote</label>`;
  const page = await open(
    submitted(`
      <div id="partners" data-consent-type="main-explicit">${box("one", false)}</div>
      <p>${box("texts", true, 'data-consent-type="secondary-explicit"')}</p>
      <p>${box("mail", false, 'data-consent-type="secondary-explicit"')}</p>
      <div id="calls" data-consent-type="secondary-explicit">May we call you?
        <button type="button" role="radio" aria-checked="true" value="yes">Yes</button>
        <button type="button" role="radio" aria-checked="false" value="no">No</button></div>
      <script>
        document.getElementById("one").onclick = ({ currentTarget }) =>
          currentTarget.setAttribute("aria-checked", "true");
      </script>`),
  );
  await page.locator("#one path").click();
  await page.getByRole("button").press("Enter");
  const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
  expect(commit.withheld).toEqual([]);
  expect(
    commit.consents.map(({ id, value, text_sha256 }) => [id, value, commit.texts[text_sha256]]),
  ).toEqual([
    ["partners", "true", "Text me about my quote"],
    ["texts", "true", "Text me about my quote"],
    ["mail", "false", "Text me about my quote"],
    ["calls", "yes", expect.stringContaining("May we call you?")],
  ]);
  expect(commit.presentation).toMatchObject([
    { id: "partners", interaction: "manual", pre_checked: false },
    { id: "texts", interaction: "pre-selected", pre_checked: true },
    { id: "mail", interaction: "non-interactive", pre_checked: false },
    { id: "calls", interaction: "pre-selected", pre_checked: true },
  ]);
});

test("controls tell what the visitor did, and of what was typed only that it was", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(
    submitted(`
      <label><input type="checkbox" name="partners" data-consent-type="main-explicit">
        Acme’s lending partners may contact me</label>
      <p><input type="checkbox" name="texts" data-consent-type="secondary-explicit" checked>
        Text me about my quote</p>
      <label data-consent-type="secondary-explicit" data-consent-id="calls">
        <input type="checkbox" style="opacity: 0" checked> Call me about my quote</label>
      <label>When may we call? <select id="when" data-consent-type="secondary-explicit">
        <option value="">Choose</option><option value="am" selected>Weekday mornings</option>
      </select></label>
      <label>Signature <input id="signature" data-consent-type="secondary-explicit"
        value="Jörg Meyer"></label>
      <label>Initials <input id="initials" data-consent-type="secondary-explicit"></label>
      <div id="mail" data-consent-type="Secondary-Explicit">Letters, too?
        <label><input type="radio" name="letters" value="yes"> Yes</label>
        <label><input type="radio" name="letters" value="no" checked> No</label></div>
      <span id="switch" role="switch" aria-checked="true" data-consent-type="secondary-explicit">
        Send me offers</span>`),
  );
  await page.getByRole("button").press("Enter");
  const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
  expect(commit.withheld).toEqual([]);
  expect(
    commit.consents.map(({ id, value, text_sha256 }) => [
      id,
      value,
      commit.texts[text_sha256]?.split(/\s*\n/)[0],
    ]),
  ).toEqual([
    ["partners", "false", "Acme’s lending partners may contact me"],
    ["texts", "true", "Text me about my quote"],
    ["calls", "true", "Call me about my quote"],
    ["when", "Weekday mornings", expect.stringContaining("When may we call?")],
    ["signature", "provided", "Signature"],
    ["initials", "", "Initials"],
    ["mail", "false", expect.stringContaining("Letters, too?")],
    ["switch", "true", "Send me offers"],
  ]);
  expect(JSON.stringify(ingest.received)).not.toContain("Meyer");
});

// Long after everything was looked at for the first time.
const tied: Record<string, { html: string; name: string; value: string; given: string }> = {
  "a box by its label": {
    html: `<label id="consent" data-consent-type="main-explicit">Acme’s partners may contact me</label>
      <input type="checkbox" id="box" checked>`,
    name: "for",
    value: "box",
    given: "true",
  },
  "a field of a form by its name": {
    html: `<form id="other"></form><input id="consent" form="other" value="Maria Lopez"
      aria-label="Signature" data-consent-type="main-explicit">`,
    name: "form",
    value: "quote",
    given: "provided",
  },
  "a box by its role": {
    html: `<span id="consent" aria-checked="true" data-consent-type="main-explicit">Call me</span>`,
    name: "role",
    value: "checkbox",
    given: "true",
  },
};

for (const [what, { html, name, value, given }] of Object.entries(tied)) {
  test(`tied late, as it is at the submit: ${what}`, async ({ open, publisher, ingest }) => {
    const form = `<form id="quote" method="post" action="/leads">
      <input type="hidden" name="econsent_hidden"><button>Get My Quote</button></form>`;
    const page = await open(
      name === "form" ? `${form}${html}` : form.replace("<button>", `${html}<button>`),
    );
    await page.waitForTimeout(1_500);
    await page.evaluate(
      ([name, value]) => {
        document.getElementById("consent")?.setAttribute(name, value);
        (document.getElementById("quote") as HTMLFormElement).requestSubmit();
      },
      [name, value] as const,
    );
    const commit = await ingest.commit((await publisher.submission()).fields.econsent_hidden);
    expect(commit.consents.map(({ id, value }) => [id, value])).toEqual([["consent", given]]);
  });
}
