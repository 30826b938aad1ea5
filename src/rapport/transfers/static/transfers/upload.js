// Drag and drop onto the page, and how much of the file has been sent.
const form = document.querySelector("[data-upload]");
const zone = form.querySelector("[data-drop]");
const input = form.querySelector("input[type=file]");
const chosen = form.querySelector("[data-chosen]");
const bar = form.querySelector("[data-sent]");

function size(bytes) {
  const unit = bytes > 1e6 ? "megabyte" : "kilobyte";
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, maximumFractionDigits: 1 }).format(bytes / (bytes > 1e6 ? 1e6 : 1e3));
}

function show() {
  chosen.textContent = input.files.length ? `${input.files[0].name} · ${size(input.files[0].size)}` : "";
}

input.addEventListener("change", show);
for (const kind of ["dragenter", "dragover"]) {
  zone.addEventListener(kind, (event) => { event.preventDefault(); zone.dataset.over = ""; });
}
for (const kind of ["dragleave", "drop"]) {
  zone.addEventListener(kind, () => delete zone.dataset.over);
}
zone.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; show(); }
});
form.addEventListener("submit", (event) => {
  if (!input.files.length || input.files[0].size < 1e6) return;
  event.preventDefault();
  const request = new XMLHttpRequest();
  bar.hidden = false;
  request.upload.addEventListener("progress", (sent) => { bar.value = (100 * sent.loaded) / sent.total; });
  request.addEventListener("load", () => {
    if (request.status < 400) location.assign(request.responseURL);
    else { document.open(); document.write(request.responseText); document.close(); }
  });
  request.addEventListener("error", () => { bar.hidden = true; form.submit(); });
  request.open("POST", location.href);
  request.send(new FormData(form));
});
