// `cargo xtask bench tracker|recorder|dashboard`: figures, which no test asserts.
import { defineConfig } from "@playwright/test";
import { chromiumPath, launchArguments } from "../support/browser.ts";

export default defineConfig({
  globalSetup: "../support/global-setup.ts",
  outputDir: "../results/bench",
  testMatch: "*.bench.ts",
  reporter: "line",
  workers: 1,
  timeout: 600_000,
  use: { launchOptions: { executablePath: chromiumPath(), args: launchArguments } },
});
