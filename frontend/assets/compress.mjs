// Writes `.br` and `.gz` beside every text file of the site: `node assets/compress.mjs <site folder>`.
// Once, at build, with the best quality, so that the server never compresses a static file while people wait.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = /\.(css|geojson|html|ico|js|json|map|mjs|svg|txt|wasm|webmanifest|xml)$/;
/** Below one packet a compressed copy saves nothing. */
const SMALLEST_BYTES = 1200;

const site = process.argv[2];
if (!site) {
  console.error("usage: node assets/compress.mjs <site folder>");
  process.exit(2);
}

for (const name of readdirSync(site, { recursive: true })) {
  const path = join(site, name);
  if (!TEXT.test(name) || !statSync(path).isFile()) continue;
  const content = readFileSync(path);
  if (content.length < SMALLEST_BYTES) continue;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
}
