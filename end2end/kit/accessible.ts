// Axe over the page as it stands, in the light and in the dark theme.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** Findings of these ranks fail; lesser ones are for a person to judge. */
const GRAVE = new Set(["serious", "critical"]);

export type ColorScheme = "light" | "dark";

/** Rule, place and reason of each serious or critical finding. Only colours can differ between the themes. */
export async function graveFindings(page: Page, colorSchemes: ColorScheme[]): Promise<string[]> {
  const findings: string[] = [];
  for (const [at, colorScheme] of colorSchemes.entries()) {
    await page.emulateMedia({ colorScheme });
    // The rows of a table are alike, and fifty of them take axe a second.
    const axe = new AxeBuilder({ page }).exclude("tbody > tr:nth-child(n + 6)").disableRules(["document-title"]);
    const { violations } = await (at === 0 ? axe : axe.withRules(["color-contrast", "link-in-text-block"])).analyze();
    for (const { id, help, impact, nodes } of violations) {
      if (!GRAVE.has(impact ?? "")) continue;
      for (const { target, failureSummary } of nodes) {
        findings.push(`${colorScheme}: ${id} (${help}) at ${target.join(" ")}: ${failureSummary ?? ""}`);
      }
    }
  }
  await page.emulateMedia({ colorScheme: null });
  return findings;
}

/** Fails with each serious or critical finding. */
export async function expectAccessible(page: Page): Promise<void> {
  expect(await graveFindings(page, ["light", "dark"]), `accessibility of ${page.url()}`).toEqual([]);
}
