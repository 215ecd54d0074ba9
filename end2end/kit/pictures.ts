// Pictures of a journey for people: numbered, with the sentence that stands below each, and a page that shows them all.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";

interface Picture {
  file: string;
  caption: string;
  narrow: boolean;
}

const escape = (text: string) => text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]!);

export class Pictures {
  private readonly taken: Picture[] = [];
  private readonly figures: [string, string][] = [];

  constructor(
    private readonly folder: string,
    private readonly title: string,
  ) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }

  /** Takes the page as it stands. */
  async take(page: Page, name: string, caption: string): Promise<void> {
    const number = String(this.taken.length + 1).padStart(2, "0");
    const file = `${number}-${name}.png`;
    await page.screenshot({ path: join(this.folder, file), animations: "disabled" });
    this.taken.push({ file, caption, narrow: (page.viewportSize()?.width ?? 1440) < 600 });
  }

  /** A figure that the journey measured. */
  figure(name: string, value: string): void {
    this.figures.push([name, value]);
  }

  /** Writes the page. */
  write(): void {
    const rows = this.figures.map(([name, value]) => `<tr><th>${escape(name)}</th><td>${escape(value)}</td></tr>`);
    const pictures = this.taken.map(
      ({ file, caption, narrow }) =>
        `<figure${narrow ? ' class="narrow"' : ""}><img src="${file}" alt="${escape(caption)}" loading="lazy">` +
        `<figcaption>${escape(caption)}</figcaption></figure>`,
    );
    writeFileSync(
      join(this.folder, "index.html"),
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
        `<title>${escape(this.title)}</title><style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;` +
        `padding:0 1rem}figure{margin:2rem 0}img{max-width:100%;border:1px solid #ccc;border-radius:8px}` +
        `.narrow img{width:22rem}figcaption{color:#555}th{text-align:start;padding-inline-end:2rem}</style>` +
        `<h1>${escape(this.title)}</h1><table>${rows.join("")}</table>${pictures.join("")}</html>\n`,
    );
  }
}
