// People at the dashboard: each in a browser context of their own, as different companies are on
// different machines. What the console says is kept: a page that works has nothing to say there.
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "@playwright/test";
import type { Accounts, Person } from "./accounts.ts";
import { test as base, expect } from "./test.ts";

/** A browser window with the dashboard in it. */
export class Desk {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings of the console, and exceptions that nobody caught. */
  readonly complaints: string[] = [];

  constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) {
        this.complaints.push(message.text());
      }
    });
  }

  /** Opens a page and waits until its data is there. */
  async open(path: string): Promise<void> {
    await this.page.goto(path);
    await this.settled();
  }

  async settled(): Promise<void> {
    await expect(this.page.locator("h1")).toBeVisible();
    await expect(this.page.locator(".skeleton")).toHaveCount(0);
  }

  /** No violation of accessibility rules, in either theme. */
  async expectAccessible(): Promise<void> {
    for (const colorScheme of ["light", "dark"] as const) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const { violations } = await new AxeBuilder({ page: this.page }).analyze();
      const found = violations.map(({ id, nodes }) => ({
        id,
        theme: colorScheme,
        where: nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`),
      }));
      expect(found, this.page.url()).toEqual([]);
    }
  }
}

/** Makes windows, and closes them. */
export class Office {
  readonly #browser: Browser;
  readonly #accounts: Accounts;
  readonly #origin: string;
  readonly desks: Desk[] = [];

  constructor(browser: Browser, accounts: Accounts, origin: string) {
    this.#browser = browser;
    this.#accounts = accounts;
    this.#origin = origin;
  }

  /** Somebody's window; nobody is signed in there unless said. */
  async desk(person?: Person): Promise<Desk> {
    const context = await this.#browser.newContext({ baseURL: this.#origin });
    if (person) {
      const [name = "", value = ""] = person.cookie.split("=");
      await context.addCookies([{ name, value, url: this.#accounts.origin }]);
    }
    const desk = new Desk(context, await context.newPage());
    this.desks.push(desk);
    return desk;
  }

  async close(): Promise<void> {
    for (const { context } of this.desks) {
      await context.close();
    }
  }
}

export const test = base.extend<{ office: Office }>({
  office: async ({ browser, accounts, workerUrl }, use) => {
    const office = new Office(browser, accounts, workerUrl);
    await use(office);
    await office.close();
  },
});

export { expect } from "./test.ts";
