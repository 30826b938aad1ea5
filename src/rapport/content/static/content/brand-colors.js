// The brand in what is drawn while one edits, as `services/expanding.py` puts it in when a version is made.
const USE = /\{\{-?\s*brand\.(\w+)(?:\s*\|\s*default:\s*(?:'([^'{}]*)'|([a-z_]+\.[a-z_]+)))?\s*-?\}\}/g;

const shares = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);

function luminance(color) {
  const [red, green, blue] = shares(color).map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function hueAndSaturation(color) {
  const [red, green, blue] = shares(color), most = Math.max(red, green, blue), least = Math.min(red, green, blue), range = most - least;
  if (!range) return [0, 0];
  const lightness = (most + least) / 2;
  const sixth = most === red ? (green - blue) / range : most === green ? 2 + (blue - red) / range : 4 + (red - green) / range;
  return [sixth * 60, range / (1 - Math.abs(2 * lightness - 1))];
}

function written(hue, saturation, lightness) {
  const chroma = saturation * Math.min(lightness, 1 - lightness);
  return `#${[0, 8, 4].map((shift) => {
    const at = (shift + hue / 30 + 12) % 12;
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(at - 3, 9 - at, 1)))).toString(16).padStart(2, "0");
  }).join("")}`;
}

/** The colour as light as another one. */
export function toned(color, like) {
  const [hue, saturation] = hueAndSaturation(color), wanted = luminance(like);
  let low = 0, high = 1;
  for (let step = 0; step < 14; step += 1) {
    const middle = (low + high) / 2;
    if (luminance(written(hue, saturation, middle)) < wanted) low = middle;
    else high = middle;
  }
  return written(hue, saturation, wanted < 0.18 ? low : high);
}

/** A text with the values of the brand; where nobody has described it yet, with what stands there for that. */
export const branded = (text, brand) => String(text).replace(USE, (whole, name, plain, other) => {
  if (!brand.described && (plain !== undefined || other)) return plain ?? `{{ ${other} }}`;
  if (name === "tone" && plain) return toned(brand.primary, plain);
  return brand[name] ?? whole;
});
