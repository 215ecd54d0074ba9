// Prints what a first visit loads, as brotli, per bundle and against its budget: `node assets/sizes.mjs <site folder>`.
// A missed budget is reported by the exit status, not hidden.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

const site = process.argv[2];
if (!site) {
  console.error("usage: node assets/sizes.mjs <site folder>");
  process.exit(2);
}

const GROUPS = [
  { name: "my", budgetKb: 220, files: ["pkg/my.wasm", "pkg/my.js", "pkg/my.css"] },
  {
    name: "staff",
    budgetKb: 350,
    files: ["pkg/staff.wasm", "pkg/staff.js", "pkg/staff.css", "vendor/fonts/inter-latin-wght-normal.woff2"],
  },
  { name: "charts, when in view", budgetKb: 190, files: ["vendor/echarts/echarts.js"] },
  {
    name: "map, when in view",
    budgetKb: 190,
    files: [
      "vendor/leaflet/leaflet.js",
      "vendor/leaflet/leaflet.css",
      "vendor/leaflet/leaflet.markercluster.js",
      "vendor/leaflet/MarkerCluster.css",
      "vendor/geo/kenya-counties.geojson",
    ],
  },
];

const kb = (bytes) => (bytes / 1000).toFixed(1).padStart(8);
let missed = 0;
for (const { name, budgetKb, files } of GROUPS) {
  let total = 0;
  console.log(name);
  for (const file of files) {
    const path = join(site, file);
    if (!existsSync(path)) {
      console.log(`       –  ${file} (not built)`);
      continue;
    }
    const content = readFileSync(path);
    // A font is compressed already and is sent as it is.
    const bytes = file.endsWith(".woff2") ? content.length : brotliCompressSync(content).length;
    total += bytes;
    console.log(`${kb(bytes)}  ${file}`);
  }
  const fits = total <= budgetKb * 1000;
  if (!fits) missed += 1;
  console.log(`${kb(total)}  together, of ${budgetKb} kB${fits ? "" : ": over the budget"}\n`);
}
process.exit(missed === 0 ? 0 : 1);
