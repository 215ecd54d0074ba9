import { expectAccessible } from "../../kit/accessible";
import { signIn } from "../../kit/demo";
import { expect, test } from "../../kit/test";

// What an admin opens on an ordinary day. Each page answers, wakes up without a complaint, and has its own title.
const PAGES: [string, string][] = [
  ["/", "Dashboard"],
  ["/subscribers", "Subscribers"],
  ["/sales/leads", "Pipeline"],
  ["/billing/invoices", "Invoices"],
  ["/billing/payments", "Payments"],
  ["/network/sessions", "Sessions"],
];

test("an admin opens the pages of the day", async ({ page }) => {
  await signIn(page, "admin");
  for (const [path, title] of PAGES) {
    const response = await page.goto(path);
    expect(response?.status(), path).toBe(200);
    await expect(page.getByRole("heading", { level: 1 }).first(), path).toContainText(title);
  }
});

test("the dashboard can be used by everybody", async ({ page }) => {
  await signIn(page, "admin");
  await page.goto("/");
  await expectAccessible(page);
});

test("support sees subscribers and no amount of money", async ({ page }) => {
  await signIn(page, "support");
  await page.goto("/subscribers");
  await expect(page.getByText("KSh")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Invoices" })).toHaveCount(0);
});
