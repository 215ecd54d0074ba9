import { signIn } from "../../kit/demo";
import { expect, test } from "../../kit/test";

// A refused form is answered with 422, which the browser itself reports.
test.use({ expectedErrors: [/status of 422/] });

test("a technician takes a repair from the day's list to its end", async ({ page }, info) => {
  test.skip(info.project.name !== "phone", "played once, on the phone");
  await signIn(page, "tech");
  await expect(page).toHaveURL(/\/tech$/);
  await page.getByRole("link", { name: /Repair/ }).click();
  await page.getByRole("button", { name: "I am on my way" }).click();
  await expect(page.getByText("On the way")).toBeVisible();
  await page.getByRole("button", { name: "I have arrived" }).click();
  await expect(page.getByText("On site")).toBeVisible();

  const complete = page.getByRole("button", { name: "Complete job" });
  await complete.click();
  await expect(page.getByRole("alert")).toContainText("3 things stop this");

  await page.getByLabel("Signal level in dBm").fill("-21.4");
  await page.getByLabel("Reason for no photo").fill("Nothing was changed that a photo would show");
  await page.getByLabel("Subscriber's name").fill("Ouma");
  await complete.click();
  await expect(page.getByText("This job is completed.")).toBeVisible();
});
