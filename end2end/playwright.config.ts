import { defineConfig } from "@playwright/test";

// script/test starts a server of its own and names it here; by hand, the one of script/run is used.
const baseURL = process.env.MTANDAO_URL ?? "http://localhost:3000";

const STORY = "story.spec.ts";

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  // One story, one database, one clock: the journeys run one after another.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["json", { outputFile: process.env.MTANDAO_REPORT ?? "playwright-report/report.json" }]],
  use: {
    baseURL,
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    locale: "en-KE",
    timezoneId: "Africa/Nairobi",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    // A colour in the middle of a transition would be measured as if it stayed.
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: {
      executablePath: process.env.MTANDAO_CHROMIUM || "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "desktop", testIgnore: STORY, use: { browserName: "chromium", viewport: { width: 1440, height: 900 } } },
    {
      name: "phone",
      testIgnore: STORY,
      use: {
        browserName: "chromium",
        viewport: { width: 360, height: 780 },
        deviceScaleFactor: 2,
        hasTouch: true,
        isMobile: true,
      },
    },
    // Last, because it moves the clock of the demo by two months.
    { name: "story", testMatch: STORY, use: { browserName: "chromium", viewport: { width: 1440, height: 900 } } },
  ],
});
