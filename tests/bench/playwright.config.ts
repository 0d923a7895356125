// Measurements in a real browser, which nothing is asserted of: `cargo xtask bench recorder`, or
// `npx playwright test --config tests/bench/playwright.config.ts`, with what is built.
import { defineConfig } from "@playwright/test";
import { chromiumPath, launchArguments } from "../support/browser.ts";

export default defineConfig({
  testDir: ".",
  testMatch: "*.bench.ts",
  globalSetup: "../support/global-setup.ts",
  outputDir: "../results/bench",
  reporter: [["list"]],
  workers: 1,
  timeout: 300_000,
  use: { launchOptions: { executablePath: chromiumPath(), args: launchArguments } },
});
