// The demo's logins and simulators, as the tests use them.
import { createHmac } from "node:crypto";
import { type Page, expect } from "@playwright/test";

/// Every demo login's password; it is printed at each start of the demo.
export const PASSWORD = "karibu mtandao demo";

/// Signs a staff member in and waits for the first page.
export async function signIn(page: Page, name: string): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("Phone or e-mail").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).not.toHaveURL(/login/);
  // A technician's day is in the phone program, which is loaded anew: the address is there before its page is.
  if (name === "tech") await expect(page.getByRole("heading", { level: 1, name: "Today" })).toBeVisible();
}

/// Signs a subscriber in at /my.
export async function signInSubscriber(page: Page, phone: string): Promise<void> {
  await page.goto("/my/login");
  await page.getByLabel("Phone number").fill(phone);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/my$/);
}

/// What an authenticator with the demo's seed shows now (RFC 6238).
function authenticatorCode(): string {
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", "mtandao-demo-totp-01").update(step).digest();
  const at = digest.readUInt8(digest.length - 1) & 0xf;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/// Signs the demo's operator in at /platform. A code works once, so another sign-in in the same half minute waits.
export async function signInOperator(page: Page): Promise<void> {
  await page.goto("/platform/login");
  await page.getByLabel("Phone or e-mail").fill("platform");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/platform\/mfa/);
  await expect(async () => {
    await page.getByLabel("Code").fill(authenticatorCode());
    await page.getByRole("button", { name: "Confirm" }).click();
    // The whole path: the address of the second step ends with the page that comes after it.
    await expect(page).toHaveURL(/^[^?]+\/platform$/, { timeout: 3_000 });
  }).toPass({ intervals: [10_000], timeout: 50_000 });
}

/// Where the simulators are: the demo's ribbon links to them.
export async function simulators(page: Page): Promise<string> {
  const href = await page.getByRole("link", { name: "Phones and messages" }).getAttribute("href");
  expect(href).toBeTruthy();
  return href as string;
}

/// Answers the prompt that a phone shows, as its owner would.
export async function answerPrompt(page: Page, url: string, phone: string, answer: object): Promise<void> {
  await expect
    .poll(async () => (await page.request.get(`${url}/daraja/_control/prompts`)).text(), { timeout: 15_000 })
    .toContain(phone);
  const answered = await page.request.post(`${url}/daraja/_control/answer`, { data: { phone, ...answer } });
  expect(answered.status(), await answered.text()).toBe(200);
}
