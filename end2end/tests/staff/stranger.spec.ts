// Somebody whom nobody knows writes, without the words of a partner's message: staff make a lead of it.
import { signIn, simulators } from "../../kit/demo";
import { expect, test } from "../../kit/test";

test("what a stranger writes becomes a lead with two clicks", async ({ page, context }, info) => {
  // Desk and phone share the demo: each has a stranger of its own.
  const number = info.project.name === "phone" ? "0733 111 333" : "0733 111 222";
  const wish = `Habari, I want internet in Kimbo, call me on ${number}`;
  await signIn(page, "admin");
  await page.goto("/");
  const phone = await context.newPage();
  await phone.goto(`${await simulators(page)}/messages`);
  await phone.getByLabel("Your number").fill(number);
  await phone.getByLabel("Your name").fill("Otieno");
  await phone.getByLabel("WhatsApp", { exact: true }).check();
  await phone.getByLabel("Message", { exact: true }).fill(wish);
  await phone.getByRole("button", { name: "Send message" }).click();
  await expect(phone.locator("#thread")).toContainText("Delivered");
  await page.goto("/comms/messages?tab=in");
  const row = page.locator("tbody tr", { hasText: wish });
  await row.getByRole("link", { name: "Make a lead" }).click();
  await expect(page.getByLabel("Phone")).toHaveValue(new RegExp(number.slice(1).replaceAll(" ", " ?")));
  await expect(page.getByLabel("Note")).toHaveValue(wish);
  await page.getByLabel("Name").fill("Otieno Kimani");
  await page.getByRole("button", { name: "Add lead" }).click();
  await expect(page.getByRole("heading", { name: "Otieno Kimani" })).toBeVisible();
  await expect(page.getByText(wish)).toBeVisible();
});
