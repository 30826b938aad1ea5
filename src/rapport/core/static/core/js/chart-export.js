// What a chart shows, as files.
const cell = (value) => {
  const text = value == null ? "" : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r|]/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

export function csv({ x, series }) {
  const head = [x.name, ...series.map((line) => line.name)];
  const lines = x.values.map((value, index) => [value, ...series.map((line) => line.values[index])]);
  return [head, ...lines].map((line) => line.map(cell).join(",")).join("\r\n");
}

export function download(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name.replace(/[^\p{L}\p{N}. -]+/gu, "").trim() || "chart";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
