// The `test` that every journey imports: a console error, an uncaught error or a refused resource fails it.
import { test as base, expect, type BrowserContext } from "@playwright/test";

type Strict = {
  /**
   * Console errors that a journey causes on purpose, such as the browser's own line about a page that is not found.
   * Set it with `test.use({ expectedErrors: [/status of 404/] })` in the narrowest place.
   */
  expectedErrors: RegExp[];
  /** Watches another context that a journey opens by hand, as the one of the test is watched. */
  watch: (context: BrowserContext) => Promise<void>;
  strict: void;
};

const REPORT = "__reportPolicyViolation";

async function watchContext(context: BrowserContext, problems: string[]): Promise<void> {
  await context.exposeFunction(REPORT, (violation: string) => {
    problems.push(`content security policy: ${violation}`);
  });
  await context.addInitScript((report) => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const send = (window as unknown as Record<string, ((text: string) => void) | undefined>)[report];
      send?.(`${event.effectiveDirective} refused ${event.blockedURI} on ${event.documentURI}`);
    });
  }, REPORT);
  context.on("console", (message) => {
    if (message.type() === "error") {
      problems.push(`console: ${message.text()} (${message.location().url})`);
    }
  });
  context.on("weberror", (webError) => {
    problems.push(`page: ${webError.error().stack ?? webError.error().message}`);
  });
}

export const test = base.extend<Strict & { problems: string[] }>({
  expectedErrors: [[], { option: true }],
  problems: async ({}, use) => {
    await use([]);
  },
  watch: async ({ problems }, use) => {
    await use((context) => watchContext(context, problems));
  },
  strict: [
    async ({ context, problems, expectedErrors }, use) => {
      await watchContext(context, problems);
      await use();
      const unexpected = problems.filter((problem) => !expectedErrors.some((known) => known.test(problem)));
      expect(unexpected, "what the browser complained about").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
