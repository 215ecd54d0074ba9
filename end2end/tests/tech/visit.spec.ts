import { signIn } from "../../kit/demo";
import { expect, test } from "../../kit/test";

// A refused form is answered with 422, which the browser itself reports, as it reports a lost connection.
// One pattern: a list of two would be read as a value with options.
test.use({ expectedErrors: [/status of 422|ERR_INTERNET_DISCONNECTED/] });

const PHOTO = {
  name: "box.png",
  mimeType: "image/png",
  buffer: Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  ),
};

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
  await expect(page.getByText("still missing")).toHaveCount(0);

  await page.context().setOffline(true);
  await complete.click();
  await expect(page.getByRole("alert")).toContainText("No connection");
  await expect(page.getByText("This could not be refreshed.")).toBeVisible();
  await expect(page.getByLabel("Signal level in dBm")).toHaveValue("-21.4");
  await expect(page.getByLabel("Subscriber's name")).toHaveValue("Ouma");
  await page.context().setOffline(false);

  await page.locator("input[type=file]").setInputFiles(PHOTO);
  await expect(page.getByText("1 photo saved")).toBeVisible();
  await expect(page.getByLabel("Signal level in dBm")).toHaveValue("-21.4");
  await expect(page.getByLabel("Subscriber's name")).toHaveValue("Ouma");
  await complete.click();
  await expect(page.getByText("This job is completed.")).toBeVisible();
});
