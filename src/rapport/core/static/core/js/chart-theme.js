// The tokens as the chart library reads them, and numbers and dates as the reader writes them.
const lang = document.documentElement.lang;

/** Tokens as rgb, because the chart library does not read light-dark() or oklch(). */
export function colours(element) {
  const probe = document.createElement("span");
  const paint = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  element.append(probe);
  const read = (name) => {
    probe.style.color = `var(--${name})`;
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = getComputedStyle(probe).color;
    paint.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = paint.getImageData(0, 0, 1, 1).data;
    return `rgba(${r},${g},${b},${a / 255})`;
  };
  const theme = { text: read("text"), quiet: read("text-3"), line: read("line"), strong: read("line-strong"), raised: read("raised"), surface: read("surface") };
  theme.series = [1, 2, 3, 4, 5, 6, 7, 8].map((index) => read(`series-${index}`));
  probe.remove();
  return theme;
}

/** Numbers as the reader writes them; `unit` is "%", a currency code, or a word. */
export function writer(unit) {
  if (/^[A-Z]{3}$/.test(unit ?? "")) return new Intl.NumberFormat(lang, { style: "currency", currency: unit, maximumFractionDigits: 2, trailingZeroDisplay: "stripIfInteger" });
  if (unit === "%") return new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 });
  return new Intl.NumberFormat(lang, { maximumFractionDigits: 2 });
}

/** Short, but with digits enough that two marks of an axis never read the same. */
export const compact = (unit) => {
  const style = unit === "%" ? { style: "percent" } : /^[A-Z]{3}$/.test(unit ?? "") ? { style: "currency", currency: unit } : {};
  return new Intl.NumberFormat(lang, { notation: "compact", maximumSignificantDigits: 4, ...style });
};

export function dates(values) {
  const hours = values.some((value) => /T(?!00:00)/.test(value));
  const spans = (length) => new Set(values.map((value) => value.slice(0, length))).size > 1;
  const day = { day: "numeric", month: "short", ...(spans(4) ? { year: "2-digit" } : {}) };
  const format = new Intl.DateTimeFormat(lang, { ...(hours && !spans(10) ? {} : day), ...(hours ? { hour: "2-digit", minute: "2-digit" } : {}) });
  return (value) => (Number.isNaN(Date.parse(value)) ? value : format.format(new Date(value)));
}
