// End to end: real workerd, real Chromium. `cargo xtask test --only e2e` builds
// first; `npx playwright test --config tests/playwright.config.ts` uses what is built.
import { defineConfig } from "@playwright/test";
import { chromiumPath, launchArguments } from "./support/browser.ts";

export default defineConfig({
  globalSetup: "./support/global-setup.ts",
  outputDir: "results/artifacts",
  reporter: [["list"], ["./support/matrix.ts"], ["json", { outputFile: "results/report.json" }]],
  fullyParallel: true,
  workers: 3,
  forbidOnly: Boolean(process.env.CI),
  // A busy machine is no failure: what is slow is late, and only what never comes fails.
  timeout: 300_000,
  expect: { timeout: 30_000 },
  use: {
    launchOptions: { executablePath: chromiumPath(), args: launchArguments },
    // `--trace on` shows how a test failed. Always on, it costs each test its share, and on a busy
    // machine its last snapshot of a page that is just leaving never comes.
    trace: "off",
  },
  projects: [
    // The longest test first, so that others run beside it.
    { name: "fuzz", testDir: "fuzz" },
    { name: "api", testDir: "api" },
    { name: "browser", testDir: "browser" },
  ],
});
