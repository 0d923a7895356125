// Whatever happens to us, the visitor's form goes its way: its events and requests come in the
// order in which they come without the tracker, nothing waits, and the console shows at most one
// warning.
import type { Page } from "@playwright/test";
import type { Fault, Ingest } from "../support/ingest.ts";
import { disclosure, expect, site, test } from "../support/tracker.ts";

const form = `
  <form id="lead" method="post" action="/leads">
    <label>Phone <input name="phone" type="tel" value="(305) 555-0123"></label>
    <p id="tcpa" data-consent-type="main-implied">${disclosure}</p>
    <input type="hidden" name="econsent_hidden">
    <button>Get My Quote</button>
  </form>
  <script>
    for (const type of ["click", "submit", "formdata"]) {
      document.addEventListener(type, () => {
        sessionStorage.heard = (sessionStorage.heard ?? "") + type + " ";
      });
    }
  </script>`;

interface Trouble {
  /** Page script that runs before the tracker. */
  before?: string;
  headers?: Record<string, string>;
  faults?: Record<string, Fault>;
  act?: (page: Page) => Promise<unknown>;
  /** What the form's hidden field holds. */
  carries: "an id" | "nothing";
  /** Whether what the page showed gets to the server without the wasm. */
  sendsRaw?: boolean;
}

const troubles: Record<string, Trouble> = {
  "the server hangs": { faults: { "/": "hang" }, carries: "nothing" },
  "the server is down": { faults: { "/": "drop" }, carries: "nothing" },
  "the server answers 500": { faults: { "/": "500" }, carries: "nothing" },
  "the server answers nonsense": { faults: { "/": "nonsense" }, carries: "nothing" },
  "the wasm never arrives": {
    faults: { "/t/": "hang" },
    carries: "nothing",
    sendsRaw: true,
  },
  "the API hangs": { faults: { "/api/": "hang" }, carries: "an id" },
  "the API is down": { faults: { "/api/": "drop" }, carries: "an id" },
  "the API answers 500": { faults: { "/api/": "500" }, carries: "an id" },
  "the API answers nonsense": { faults: { "/api/": "nonsense" }, carries: "an id" },
  "the content security policy forbids wasm": {
    headers: { "content-security-policy": "script-src 'unsafe-inline' http://*.test:*" },
    carries: "nothing",
    sendsRaw: true,
  },
  "storage is blocked": {
    before: `Object.defineProperty(window, "sessionStorage", {
      get() { throw new DOMException("blocked", "SecurityError"); } });`,
    carries: "an id",
  },
  "cookies are blocked": {
    before: `Object.defineProperty(document, "cookie", {
      set() { throw new DOMException("blocked", "SecurityError"); } });`,
    carries: "an id",
  },
  "the page replaces DOM methods afterwards": {
    act: (page) =>
      page.evaluate(() => {
        const broken = () => {
          throw new Error("not for you");
        };
        Element.prototype.getAttribute = broken;
        Element.prototype.closest = broken;
        Element.prototype.getBoundingClientRect = broken;
        Node.prototype.getRootNode = broken;
        window.fetch = broken;
        window.getComputedStyle = broken;
        Date.now = () => 0;
      }),
    carries: "an id",
  },
  "the page replaces what reading it takes": {
    act: (page) =>
      page.evaluate(() => {
        Range.prototype.selectNodeContents = () => {
          throw new Error("not for you");
        };
      }),
    carries: "nothing",
    sendsRaw: true,
  },
  "the page has replaced fetch by something that throws": {
    before: `window.fetch = () => { throw new Error("not for you"); };`,
    carries: "nothing",
  },
  "the page's own script throws in a listener": {
    before: `document.addEventListener("econsent:certificate", () => { throw new Error("mine"); });`,
    carries: "an id",
  },
  "the wasm panics": {
    // It has no memory left, and what it cannot allocate ends it.
    before: `const { instantiate } = WebAssembly;
      WebAssembly.instantiate = async (...given) => {
        const result = await instantiate(...given);
        const memory = Object.values(result.instance.exports)
          .find((value) => value instanceof WebAssembly.Memory);
        window.exhaust = () => {
          for (let pages = 16384; pages >= 1; pages /= 2) {
            try { for (;;) memory.grow(pages); } catch {}
          }
        };
        return result;
      };`,
    act: async (page) => {
      await page.waitForFunction("window.exhaust");
      await page.evaluate((words) => {
        (window as unknown as { exhaust(): void }).exhaust();
        // More than what is free.
        document.body.insertAdjacentHTML(
          "beforeend",
          `<p data-tf-element-role="consent-language" hidden>${words.repeat(2_000)}</p>`,
        );
      }, disclosure);
    },
    carries: "nothing",
    sendsRaw: true,
  },
};

async function ready(page: Page, ingest: Ingest): Promise<void> {
  if (ingest.faults.has("/") || ingest.faults.has("/t/")) {
    await page.waitForTimeout(300);
  } else {
    await page.waitForTimeout(700);
  }
}

for (const [name, trouble] of Object.entries(troubles)) {
  test(`the form goes its way when ${name}`, async ({ context, open, publisher, ingest }) => {
    const untracked = await context.newPage();
    publisher.serve("/untracked", `<!doctype html><body>${form}`);
    await untracked.goto(`${publisher.origin(site)}/untracked`);
    await untracked.locator("button").press("Enter");
    await publisher.submission();
    const heardBefore = await untracked.evaluate(() => sessionStorage.heard);
    for (const [path, fault] of Object.entries(trouble.faults ?? {})) {
      ingest.faults.set(path, fault);
    }
    const page = await open(form, {
      until: "loaded",
      ...(trouble.before ? { before: trouble.before } : {}),
      ...(trouble.headers ? { headers: trouble.headers } : {}),
    });
    const warnings: string[] = [];
    page.on("console", (message) => {
      if (message.text().includes("econsent")) {
        warnings.push(message.text());
      }
    });
    await ready(page, ingest);
    if (trouble.carries === "an id") {
      await page.waitForSelector("html[data-ready]", { state: "attached" });
    }
    await trouble.act?.(page);

    const begun = Date.now();
    await page.locator("button").press("Enter");
    const lead = await publisher.submission(1);
    // Far less than the ten seconds that a slow server takes.
    expect(Date.now() - begun).toBeLessThan(5_000);
    expect(lead.fields.phone).toBe("(305) 555-0123");
    expect(lead.fields.econsent_hidden).toMatch(trouble.carries === "an id" ? /^EC-/ : /^$/);
    if (trouble.sendsRaw) {
      const raw = JSON.parse((await ingest.request("/api/certificates/raw")).body);
      expect(raw.elements[0]).toEqual({
        id: "tcpa",
        type: "main-implied",
        value: "",
        text: disclosure,
        visible: true,
      });
    }
    if (name !== "storage is blocked") {
      expect(await page.evaluate(() => sessionStorage.heard)).toBe(heardBefore);
    }
    expect(warnings.length).toBeLessThan(2);
  });
}

test("a commit that did not get through is delivered on the next page of the tab", async ({
  open,
  publisher,
  ingest,
}) => {
  const page = await open(form);
  ingest.faults.set("/api/certificates", "drop");
  await page.locator("button").press("Enter");
  const id = (await publisher.submission()).fields.econsent_hidden;
  await page.waitForLoadState();
  expect(ingest.commits).toEqual([]);

  ingest.faults.clear();
  await open("<h1>Thank you</h1>", { path: "/thanks" });
  expect((await ingest.commit(id)).certificate_id).toBe(id);
  await expect
    .poll(() =>
      page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.includes("commit"))),
    )
    .toEqual([]);
});

test("server: a submit before the wasm has come, once", async ({ open, publisher, ingest }) => {
  ingest.faults.set("/t/", "hang");
  const page = await open(form, { until: "loaded" });
  // The tag is async: its loader may come after the page.
  await page.waitForFunction(() => "econsent" in window);
  await page.evaluate(() => {
    const lead = document.getElementById("lead") as HTMLFormElement;
    lead.addEventListener("submit", (event) => {
      event.preventDefault();
      void fetch("/leads", { method: "POST", body: new FormData(lead) });
    });
  });
  await page.locator("button").press("Enter");
  await publisher.submission();
  const raw = JSON.parse((await ingest.request("/api/certificates/raw")).body);
  expect(raw).toMatchObject({ v: 1, page: page.url(), language: "en-US" });
  await page.waitForTimeout(200);
  expect(ingest.received.filter(({ path }) => path.endsWith("/raw"))).toHaveLength(1);
});
