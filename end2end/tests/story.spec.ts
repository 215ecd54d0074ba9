// The main job, whole: a message becomes a lead, a subscriber, an installation; online, invoiced, cut off, paid, online again.
import { resolve } from "node:path";
import type { Browser, BrowserContext, Page } from "@playwright/test";
import { PASSWORD, signIn, simulators } from "../kit/demo";
import { Pictures } from "../kit/pictures";
import { expect, test } from "../kit/test";

// The referral partner of the demo who writes, and the person who wants internet.
const PARTNER = "0722 555 010";
const NAME = "Jane Wanjiru";
const PHONE = "0711 222 333";
const MSISDN = "254711222333";
const PASSPHRASE = "maji ni uhai kabisa";

const folder = resolve(__dirname, "../../target/main-job");

/** A person with a browser of their own. */
type Someone = { context: BrowserContext; page: Page };

test.describe.configure({ mode: "serial" });

test("a message becomes a paying subscriber who is cut off, pays by phone and is online again", async ({
  browser,
  baseURL,
  watch,
}) => {
  test.setTimeout(600_000);
  const pictures = new Pictures(folder, "Mtandao's main job");
  const opened: BrowserContext[] = [];

  async function someone(view: "desk" | "phone"): Promise<Someone> {
    const context = await (browser as Browser).newContext({
      baseURL,
      locale: "en-KE",
      timezoneId: "Africa/Nairobi",
      reducedMotion: "reduce",
      viewport: view === "desk" ? { width: 1440, height: 900 } : { width: 360, height: 780 },
      ...(view === "phone" ? { deviceScaleFactor: 2, hasTouch: true, isMobile: true } : {}),
    });
    await watch(context);
    opened.push(context);
    return { context, page: await context.newPage() };
  }
  async function staff(name: string): Promise<Page> {
    const { page } = await someone(name === "tech" ? "phone" : "desk");
    await signIn(page, name);
    return page;
  }

  const admin = await staff("admin");
  const provider = await simulators(admin);
  const street = (await someone("desk")).page;

  await test.step("A referral partner writes, and the message becomes a lead", async () => {
    await street.goto(`${provider}/messages`);
    await street.getByLabel("Your number").fill(PARTNER);
    await street.getByLabel("Your name").fill("Mzee Karanja");
    await street.getByLabel("WhatsApp", { exact: true }).check();
    await street.getByLabel("Message", { exact: true }).fill(`LEAD ${NAME} ${PHONE} Jacaranda Court B2 Home 20`);
    await street.getByRole("button", { name: "Send message" }).click();
    await expect(street.locator("#thread")).toContainText("Delivered");
    await expect(street.locator("#thread .bubble--theirs").last()).toContainText(/Jane/, { timeout: 15_000 });
    await pictures.take(street, "message", "A referral partner writes by WhatsApp; the reply says what was understood.");
  });

  const sales = await staff("sales");
  await test.step("The lead stands on the board and is moved by keyboard", async () => {
    await sales.goto("/sales/leads");
    await expect(sales.getByText(NAME).first()).toBeVisible();
    const card = sales.locator(".lead-card", { hasText: NAME });
    await card.focus();
    await card.press(" ");
    await card.press("ArrowRight");
    await card.press(" ");
    await expect(sales.getByRole("region", { name: "Contacted" })).toContainText(NAME);
    await pictures.take(sales, "board", "The lead stands on the board of sales, with the partner who brought it; the keyboard moves it.");
  });

  let subscriber = "";
  await test.step("Sales converts the lead", async () => {
    await sales.locator(".lead-card", { hasText: NAME }).click();
    await expect(sales.getByRole("heading", { name: NAME })).toBeVisible();
    await pictures.take(sales, "lead", "The lead with its message, coverage and history.");
    await sales.getByRole("link", { name: /Convert to subscriber/ }).click();
    await expect(sales.getByRole("heading", { name: `Convert ${NAME}` })).toBeVisible();
    await pictures.take(sales, "convert", "What the conversion will do stands beside the button that does it.");
    await sales.getByRole("button", { name: "Convert to subscriber" }).click();
    await expect(sales).toHaveURL(/\/subscribers\/[0-9a-f-]{36}/);
    subscriber = new URL(sales.url()).pathname;
  });

  const noc = await staff("noc");
  let order = "";
  await test.step("The network team approves, and a work order stands there", async () => {
    await noc.goto("/noc/approvals");
    await pictures.take(noc, "approvals", "The network team sees what waits for approval.");
    await noc.getByRole("button", { name: `Approve ${NAME}` }).click();
    await expect(noc.getByRole("link", { name: NAME })).toHaveCount(0);
    // A job opens it after the approval.
    await expect(async () => {
      await noc.goto(`/field/work-orders?q=${encodeURIComponent(NAME)}`);
      await noc.locator("tbody a").first().click({ timeout: 2000 });
    }).toPass();
    await expect(noc).toHaveURL(/work-orders\/[0-9a-f-]{36}/);
    order = new URL(noc.url()).pathname;
  });

  const serial = await test.step("Equipment is reserved by its serial and the visit is planned", async () => {
    const stores = await staff("stores");
    await stores.goto("/field/stock?tab=in_stock&q=HWTC");
    const serial = (await stores.locator("tbody tr").first().locator("td").first().innerText()).trim();
    await pictures.take(stores, "stock", "The store knows each piece by its serial.");
    await noc.goto(order);
    await noc.getByLabel("Serial").fill(serial);
    await noc.getByRole("button", { name: "Reserve piece" }).click();
    await expect(noc.locator(".work-items")).toContainText(serial);
    await noc.getByLabel("Technician").selectOption({ index: 1 });
    await noc.getByLabel("Day").fill(await today(noc));
    await noc.getByLabel("From").fill("09:00");
    await noc.getByRole("button", { name: "Plan visit" }).click();
    await expect(noc.getByText("Planned").first()).toBeVisible();
    await pictures.take(noc, "work-order", "The work order: equipment, visit, what is still missing.");
    return serial;
  });

  const tech = await staff("tech");
  await test.step("The technician installs, with a phone", async () => {
    await tech.goto("/tech");
    await pictures.take(tech, "technician-today", "The technician's day.");
    await tech.getByRole("link", { name: new RegExp(NAME) }).click();
    await tech.getByRole("button", { name: "I am on my way" }).click();
    await tech.getByRole("button", { name: "I have arrived" }).click();
    await expect(tech.getByRole("heading", { name: "Photos" })).toBeVisible();
    await tech.locator("input[type=file]").setInputFiles({ name: "box.png", mimeType: "image/png", buffer: await photo(tech) });
    await expect(tech.getByText("1 photo saved")).toBeVisible();
    await sign(tech);
    await expect(tech.getByText("The signature is saved.")).toBeVisible();
    await tech.getByLabel("Serial of the device").fill(serial);
    await tech.getByLabel("Signal level in dBm").fill("-19.5");
    await tech.locator("#complete").scrollIntoViewIfNeeded();
    await pictures.take(tech, "technician-job", "Serial, signal, photo and signature: all that the job needs.");
    await tech.getByRole("button", { name: "Complete job" }).click();
    await expect(tech.getByText("This job is completed.")).toBeVisible();
    await expect(tech.locator(".stage, li", { hasText: "Online" }).last()).toBeVisible();
  });

  await test.step("The service goes online", async () => {
    await admin.goto(subscriber);
    await expect(async () => {
      await admin.reload();
      await expect(admin.locator(".page-header, header").getByText("Online").first()).toBeVisible({ timeout: 1000 });
    }).toPass({ timeout: 60_000 });
    await pictures.take(tech, "technician-done", "The technician waits until the service is online.");
    await pictures.take(admin, "online", "The subscriber is online: why, since when, and what it costs, on one page.");
    await admin.goto(`${subscriber}?tab=money`);
    await expect(admin.getByText(/INV-/).first()).toBeVisible();
    await pictures.take(admin, "first-invoice", "The first invoice is prorated to the billing day.");
  });

  await test.step("Time passes without a payment, and the service is locked", async () => {
    await admin.goto(subscriber);
    for (const move of ["Next week", "Next week"]) {
      await passTime(admin, move);
    }
    await admin.goto(subscriber);
    await expect(admin.getByText("Overdue").first()).toBeVisible();
    await expect(admin.getByText("Walled garden").first()).toBeVisible();
    await pictures.take(admin, "locked", "The bill fell due, reminders went out, the lock came: the session is in the walled garden.");
  });

  const my = (await someone("phone")).page;
  await test.step("The subscriber sets a password by a code and sees why the internet is off", async () => {
    await my.goto("/my/password");
    const earlier = await newestCode(my, provider, MSISDN);
    await my.getByLabel("Phone number").fill(PHONE);
    await my.getByRole("button", { name: "Send the code" }).click();
    await expect(my).toHaveURL(/request=/);
    await expect.poll(() => newestCode(my, provider, MSISDN)).not.toBe(earlier);
    await my.getByLabel("Code").fill(await newestCode(my, provider, MSISDN));
    await my.getByLabel("New password").fill(PASSPHRASE);
    await my.getByRole("button", { name: "Set the password" }).click();
    await expect(my).toHaveURL(/\/my\/login/);
    await my.getByLabel("Phone number").fill(PHONE);
    await my.getByLabel("Password", { exact: true }).fill(PASSPHRASE);
    await my.getByRole("button", { name: "Sign in" }).click();
    await expect(my.getByText("Your internet is off")).toBeVisible();
    await pictures.take(my, "off", "The subscriber sees what is due and one button.");
  });

  await test.step("The subscriber pays by the prompt on the phone and is online again", async () => {
    await my.getByRole("button", { name: /Pay/ }).or(my.getByRole("link", { name: /Pay with M-Pesa/ })).first().click();
    await expect(my).toHaveURL(/\/my\/pay\//);
    await pictures.take(my, "waiting", "The prompt is on its way.");
    const handset = (await someone("phone")).page;
    await handset.goto(`${provider}/daraja/phone/${MSISDN}`);
    await handset.getByLabel("M-PESA PIN").first().fill("1234");
    await pictures.take(handset, "prompt", "The prompt on the phone of the payer.");
    await handset.getByRole("button", { name: "Send" }).click();
    await expect(my).toHaveURL(/\/my\/receipts\//, { timeout: 20_000 });
    await expect(my.getByText(/You are online again/)).toBeVisible({ timeout: 20_000 });
    await pictures.take(my, "receipt", "Paid, and online again.");
    const seconds = /online again, ([0-9.,]+) seconds/.exec(await my.locator("main").innerText())?.[1] ?? "";
    expect(Number(seconds.replace(",", "."))).toBeLessThanOrEqual(5);
    pictures.figure("Payment to online, this payment", `${seconds} s`);
    await handset.goto(`${provider}/outbox?to=${MSISDN}`);
    await expect(handset.getByText(/we received KSh/).first()).toBeVisible();
    await pictures.take(handset, "sms", "The receipt by SMS.");
  });

  await test.step("The payment's way is on one page", async () => {
    await admin.goto(`${subscriber}?tab=money`);
    await admin.locator("a[href^='/billing/payments/']").first().click();
    await expect(admin.getByRole("heading", { level: 1 })).toContainText("RCT-");
    await pictures.take(admin, "payment", "The payment's stages, each with its time.");
    await admin.goto(`${subscriber}?tab=timeline`);
    await pictures.take(admin, "timeline", "Everything that happened, in one line of time.");
  });

  await test.step("A device fails, and it is one incident with its subscribers", async () => {
    await noc.goto("/network/devices?q=OLT");
    await noc.getByRole("link", { name: /OLT/ }).first().click();
    await noc.getByRole("button", { name: "Report it down" }).click();
    const asked = noc.getByRole("dialog");
    await expect(asked).toContainText(/\d+ subscribers? will be told by SMS/);
    await asked.getByRole("button", { name: "Report it down" }).click();
    await noc.goto("/noc");
    // A job finds the incident; the page hears of it and shows it by itself.
    await expect(noc.getByText(/INC-/).first()).toBeVisible({ timeout: 15_000 });
    await expect(noc.locator(".leaflet-marker-icon").first()).toBeVisible();
    await pictures.take(noc, "incident-map", "One failure is one incident, with those whom it hits.");
    await noc.goto("/noc/incidents");
    await noc.locator("tbody a").first().click();
    await expect(noc.getByRole("heading", { name: "What is known" })).toBeVisible();
    await pictures.take(noc, "incident", "The incident: cause, subscribers, what was done.");
    await noc.goto("/network/devices?q=OLT");
    await noc.getByRole("link", { name: /OLT/ }).first().click();
    await noc.getByRole("button", { name: "Report it up" }).click();
  });

  await test.step("The reseller sees its own subscribers and commission, the manager the whole", async () => {
    const { page: partner } = await someone("desk");
    await partner.goto("/partner/login");
    await partner.getByLabel("Phone or e-mail").fill("chania");
    await partner.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await partner.getByRole("button", { name: "Sign in" }).click();
    await expect(partner).toHaveURL(/\/partner$/);
    await expect(partner.getByText(/Commission/).first()).toBeVisible();
    await expect(partner.getByText(NAME)).toHaveCount(0);
    await pictures.take(partner, "reseller", "The reseller sees its own subscribers and its commission.");
    await admin.goto("/");
    await expect(admin.getByText("Payment to online").first()).toBeVisible();
    await pictures.take(admin, "manager", "Money and growth for the manager, and the time from payment to online.");
  });

  pictures.write();
  for (const context of opened) {
    await context.close();
  }
});

/** Today in business time, as a date field wants it. */
async function today(page: Page): Promise<string> {
  const clock = await page.request.get("/rpc/staff/portal/clock");
  return new Date(Date.parse((await clock.json()).business) + 3 * 3_600_000).toISOString().slice(0, 10);
}

/** A picture of the page stands for the photo of a box. */
async function photo(page: Page): Promise<Buffer> {
  return page.screenshot();
}

/** Draws a line with a finger and saves it. */
async function sign(page: Page): Promise<void> {
  const pad = page.getByRole("img", { name: "Sign with a finger" });
  await pad.scrollIntoViewIfNeeded();
  const box = (await pad.boundingBox())!;
  await page.mouse.move(box.x + 20, box.y + 30);
  await page.mouse.down();
  for (let step = 1; step < 12; step += 1) {
    await page.mouse.move(box.x + 20 + step * 16, box.y + 30 + (step % 3) * 20);
  }
  await page.mouse.up();
  await page.getByRole("button", { name: "Save signature" }).click();
}

/** Presses a button of the demo's clock and waits until the page has loaded itself again. */
async function passTime(page: Page, button: string): Promise<void> {
  // Before the program is awake the button is a plain form, which leads back to the page.
  await page.waitForLoadState("networkidle");
  const before = await page.locator(".ribbon").innerText();
  await page.getByRole("button", { name: button }).click();
  await expect(page.locator(".ribbon")).toContainText("Time moves on");
  await expect(page.locator(".ribbon")).not.toContainText("Time moves on", { timeout: 240_000 });
  await expect(page.locator(".ribbon")).not.toHaveText(before);
}

/** The code of the newest SMS to a phone; none is "". */
async function newestCode(page: Page, provider: string, phone: string): Promise<string> {
  const outbox = await (await page.request.get(`${provider}/outbox?to=${phone}`)).text();
  return /(\d{6}) is your code/.exec(outbox)?.[1] ?? "";
}
