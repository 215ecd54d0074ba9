// Every page of every audience, walked after one sign-in each: it answers, wakes up without a complaint, has a title and
// one first heading, needs no sideways scrolling, and everybody can use it. Links lead somewhere.
import type { Page } from "@playwright/test";
import { type ColorScheme, graveFindings } from "../kit/accessible";
import { PASSWORD, signIn, signInOperator, signInSubscriber } from "../kit/demo";
import { expect, test } from "../kit/test";

// A page with an id is reached by the first link on a list: the list, and how the link begins.
type Stop = string | { list: string; link: string; more?: string[] };

const STAFF: Stop[] = [
  "/",
  "/search?q=njeri",
  "/search?q=zzzz",
  "/subscribers",
  "/subscribers?q=zzzz",
  {
    list: "/subscribers?q=njeri",
    link: "/subscribers/",
    more: ["?tab=services", "?tab=money", "?tab=network", "?tab=tickets", "?tab=work", "?tab=messages", "?tab=timeline", "/pay"],
  },
  "/sales/leads",
  "/sales/leads?view=list",
  "/sales/leads/new",
  { list: "/sales/leads?view=list", link: "/sales/leads/0", more: ["/convert"] },
  "/sales/partners",
  "/sales/buildings",
  { list: "/sales/buildings", link: "/sales/buildings/" },
  "/noc/approvals",
  "/billing/invoices",
  "/billing/invoices?q=zzzz",
  { list: "/billing/invoices?tab=all", link: "/billing/invoices?" },
  "/billing/payments",
  { list: "/billing/payments", link: "/billing/payments/0" },
  "/billing/payments/take",
  "/billing/strays",
  "/billing/runs",
  "/billing/locks",
  "/billing/ledger",
  "/noc",
  "/noc/incidents",
  "/network/devices",
  "/network/sessions",
  "/network/activations",
  "/network/pools",
  { list: "/network/pools", link: "/network/pools/" },
  "/network/nas",
  "/field/work-orders",
  { list: "/field/work-orders", link: "/field/work-orders/" },
  "/field/stock",
  "/support/tickets",
  { list: "/support/tickets", link: "/support/tickets/" },
  "/comms/messages",
  "/admin/plans",
  { list: "/admin/plans", link: "/admin/plans/" },
  "/admin/staff",
  { list: "/admin/staff", link: "/admin/staff/" },
  "/admin/roles",
  { list: "/admin/roles", link: "/admin/roles/" },
  "/admin/audit",
  "/admin/settings",
  "/admin/settings/billing",
  "/admin/settings/mpesa",
  "/admin/settings/messaging",
  "/admin/settings/monitoring",
  "/admin/jobs",
  "/second-factor",
  "/profile",
  "/sign-out",
  "/kit",
];

const TECHNICIAN: Stop[] = ["/tech", { list: "/tech", link: "/tech/" }];
const SUBSCRIBER: Stop[] = ["/my", "/my/pay", "/my/usage", "/my/bills", { list: "/my/bills", link: "/my/receipts/" }, { list: "/my/bills", link: "/my/bills/" }, "/my/help", "/my/me"];
const RESELLER: Stop[] = ["/partner"];
const OPERATOR: Stop[] = ["/platform", { list: "/platform", link: "/platform/isps/" }, "/platform/second-factor"];
const STRANGER: Stop[] = ["/login", "/my/login", "/my/password", "/partner/login", "/platform/login"];

const AUDIENCES: [string, Stop[], (page: Page) => Promise<void>][] = [
  ["an admin", STAFF, (page) => signIn(page, "admin")],
  ["a technician", TECHNICIAN, (page) => signIn(page, "tech")],
  ["a subscriber", SUBSCRIBER, (page) => signInSubscriber(page, "0712 345 678")],
  ["a reseller", RESELLER, signInReseller],
  ["an operator", OPERATOR, signInOperator],
  ["a stranger", STRANGER, async () => {}],
];

async function signInReseller(page: Page): Promise<void> {
  await page.goto("/partner/login");
  await page.getByLabel("Phone or e-mail").fill("chania");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/partner$/);
}

/** The addresses behind a stop. A list without such a link is a fault of the demo. */
async function addresses(page: Page, stop: Stop): Promise<string[]> {
  if (typeof stop === "string") return [stop];
  await page.goto(stop.list);
  const first = page.locator(`main a[href^="${stop.link}"]:not([href$="/new"]):not([href$="/take"])`).first();
  const href = await first.getAttribute("href");
  return [href ?? stop.list, ...(stop.more ?? []).map((more) => `${href}${more}`)];
}

/** What is wrong with the page that is open; `path` is what was asked for. */
async function faults(page: Page, path: string, status: number, themes: ColorScheme[]): Promise<string[]> {
  const found: string[] = [];
  if (status !== 200) found.push(`answers ${status}`);
  await page.locator("h1").first().waitFor();
  if ((await page.locator("h1").count()) !== 1) found.push("has not just one first heading");
  // Not the window's width: a phone's browser widens it until the page fits.
  const width = page.viewportSize()?.width ?? 0;
  const overflow = await page.evaluate((width) => document.documentElement.scrollWidth - width, width);
  if (overflow > 0) found.push(`is ${overflow} px wider than the screen`);
  found.push(...(await graveFindings(page, themes)));
  // While a page wakes up its title is taken over, and missing for a moment.
  await expect(page, path).toHaveTitle(/\S/);
  return found.map((fault) => `${path} ${fault}`);
}

/** One address of each kind: ids and values in the query are alike. */
function kindOf(href: string): string {
  const { pathname, searchParams } = new URL(href, "http://localhost");
  const path = pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ":id");
  return `${path}?${[...searchParams.keys()].sort().join("&")}`;
}

// A record of every step of so many pages costs more than the walk; what is wrong is said in words.
test.use({ trace: "off", screenshot: "off" });
// A code of the operator's authenticator works once: whoever comes in the same half minute is refused, and tries again.
test.use({ expectedErrors: [/status of 422.*\/rpc\/platform\/identity\/mfa/] });

for (const [who, stops, enter] of AUDIENCES) {
  test(`${who} can open and use every page`, async ({ page }, info) => {
    test.setTimeout(600_000);
    const themes: ColorScheme[] = info.project.name === "desktop" ? ["light", "dark"] : ["light"];
    await enter(page);
    const wrong: string[] = [];
    const links = new Map<string, string>();
    for (const stop of stops) {
      for (const path of await addresses(page, stop)) {
        const response = await page.goto(path);
        wrong.push(...(await faults(page, path, response?.status() ?? 0, themes)));
        const hrefs = await page.locator("a[href^='/']").evaluateAll((all) => all.map((a) => a.getAttribute("href") ?? ""));
        for (const href of hrefs) links.set(kindOf(href), href);
      }
    }
    // The links are the same on a phone.
    for (const href of info.project.name === "desktop" ? links.values() : []) {
      if (href.startsWith("/lang/") || href.startsWith("/theme/")) continue;
      const { status } = await page.request.get(href).then((r) => ({ status: r.status() }));
      if (status >= 400) wrong.push(`the link ${href} answers ${status}`);
    }
    expect(wrong).toEqual([]);
  });
}
