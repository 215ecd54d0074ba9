import type { Page } from "@playwright/test";
import { signIn } from "../../kit/demo";
import { expect, test } from "../../kit/test";

// The program must still be the one that was loaded: a panic would leave links that load the page anew, or none at all.
async function opened(page: Page, path: string): Promise<() => Promise<void>> {
  await page.goto(path);
  await page.waitForLoadState("networkidle");
  await page.evaluate(() => Object.assign(window, { sameProgram: true }));
  return async () => {
    await page.getByRole("navigation", { name: "Modules" }).getByRole("link", { name: "Subscribers", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Subscribers" })).toBeVisible();
    expect(await page.evaluate(() => "sameProgram" in window), "the page was loaded anew").toBe(true);
  };
}

// A refused form is answered with 422, which the browser itself reports.
test.use({ expectedErrors: [/status of 422/] });

test.beforeEach(async ({ page }, info) => {
  test.skip(info.project.name !== "desktop", "the same program on the phone");
  await signIn(page, "admin");
});

test("list, tab and search of the pipeline leave the program alive", async ({ page }) => {
  const expectAlive = await opened(page, "/sales/leads");
  const view = page.getByRole("navigation", { name: "How leads are shown" });
  await page.getByPlaceholder("Name, phone, building…").fill("a");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/q=a/);
  await view.getByRole("link", { name: "List" }).click();
  await expect(page.getByRole("table", { name: "Leads" })).toBeVisible();
  await page.getByRole("navigation", { name: "Status" }).getByRole("link", { name: "All" }).click();
  await page.getByRole("navigation", { name: "Status" }).getByRole("link", { name: "Contacted" }).click();
  await expect(page).toHaveURL(/status=contacted/);
  await view.getByRole("link", { name: "Board" }).click();
  await expect(page.getByRole("region", { name: "Contacted" })).toBeVisible();
  await expectAlive();
});

test("direction and state of the messages leave the program alive", async ({ page }) => {
  const expectAlive = await opened(page, "/comms/messages");
  const direction = page.getByRole("navigation", { name: "Direction" });
  await direction.getByRole("link", { name: "Received" }).click();
  await expect(page).toHaveURL(/tab=in/);
  await direction.getByRole("link", { name: "Sent" }).click();
  await expect(page).not.toHaveURL(/tab=in/);
  await page.getByRole("button", { name: "State", exact: true }).click();
  await page.getByRole("link", { name: "Delivered", exact: true }).click();
  await expect(page).toHaveURL(/state=delivered/);
  await page.getByRole("link", { name: /Delivered/ }).first().click();
  await expect(page).not.toHaveURL(/state=/);
  await expectAlive();
});

test("a lead that is dragged between two cards lies between them", async ({ page }) => {
  await opened(page, "/sales/leads");
  const [from, to] = [page.getByRole("region", { name: "New" }), page.getByRole("region", { name: "Contacted" })];
  const lead = from.getByRole("listitem").filter({ has: page.getByRole("link") }).first();
  const above = to.getByRole("listitem").filter({ has: page.getByRole("link") }).first();
  const name = await lead.locator(".lead-card__name").innerText();
  await lead.dragTo(above);
  await expect(page.getByRole("status").filter({ hasText: name }).first()).toBeVisible();
  await expect(to.locator(".lead-card__name").first()).toHaveText(name);
  // As it was, for the other journeys.
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(from.locator(".lead-card__name", { hasText: name })).toBeVisible();
});

test("a refused form keeps what was chosen from its list", async ({ page }) => {
  await opened(page, "/support/tickets");
  await page.getByLabel("Priority").selectOption("urgent");
  await page.getByRole("button", { name: "Open ticket" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByLabel("Priority")).toHaveValue("urgent");
});
