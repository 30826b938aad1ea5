// Counts down on landing pages. Without it the day stands there.
for (const clock of document.querySelectorAll("[data-until]")) {
  const until = Date.parse(clock.dataset.until), words = clock.dataset.words.split("|");
  const boxes = words.map((word) => {
    const box = document.createElement("span"), number = document.createElement("b");
    box.append(number, document.createTextNode(word));
    return [box, number];
  });
  const count = () => {
    const left = Math.max(0, Math.floor((until - Date.now()) / 1000));
    const figures = [Math.floor(left / 86400), Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60];
    boxes.forEach(([, number], at) => { number.textContent = String(figures[at]).padStart(2, "0"); });
    if (left) return true;
    clock.textContent = clock.dataset.over;
    return false;
  };
  if (count()) {
    const time = clock.querySelector("time");
    time.classList.add("away");
    // Whoever hears the page hears the day, not every second.
    const row = document.createElement("span");
    row.className = "boxes";
    row.setAttribute("aria-hidden", "true");
    row.append(...boxes.map(([box]) => box));
    clock.append(row);
    const ticking = setInterval(() => { if (!count()) clearInterval(ticking); }, 1000);
  }
}
document.documentElement.dataset.ready ||= "landing";
