// <r-feed src="…" cursor="ms">: events as they arrive. Asks `src` every two seconds for what came after the
// newest it has seen, puts each event once into its place, and waits while the page is hidden or paused.
// A link with data-older inside goes on to older events when it is scrolled into view.
const parse = (html) => new DOMParser().parseFromString(html, "text/html").body;

class Feed extends HTMLElement {
  connectedCallback() {
    this.cursor = Number(this.getAttribute("cursor")) || 0;
    this.timer = setInterval(() => this.poll(), Number(this.getAttribute("every")) || 2000);
    this.watcher = new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && this.older());
    this.watch();
    this.addEventListener("click", this);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.watcher.disconnect();
  }

  handleEvent(event) {
    const button = event.target.closest("[data-pause]");
    if (button) this.pause(button);
  }

  pause(button) {
    this.paused = !this.paused;
    button.setAttribute("aria-pressed", this.paused);
    this.toggleAttribute("data-paused", this.paused);
  }

  watch() {
    const link = this.querySelector("[data-older]");
    if (link) this.watcher.observe(link);
  }

  url(name, value) {
    const url = new URL(this.getAttribute("src"), location.href);
    url.searchParams.set(name, value);
    return url;
  }

  async fetch(url) {
    const response = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!response.ok || response.redirected) throw new Error(response.status);
    return parse(await response.text());
  }

  async poll() {
    if (this.paused || document.hidden || this.busy || !this.hasAttribute("src") || this.querySelector("[aria-busy]")) return;
    this.cursor ||= Number(this.querySelector("[data-cursor]")?.dataset.cursor) || 0;
    this.busy = true;
    try {
      const page = await this.fetch(this.url("since", this.cursor));
      this.cursor = Math.max(this.cursor, Number(page.querySelector("[data-cursor]")?.dataset.cursor) || 0);
      this.merge(page, true);
    } catch {
      // The next look says it again; a server that restarts is no reason to alarm anybody.
    } finally {
      this.busy = false;
    }
  }

  async older() {
    const link = this.querySelector("[data-older]");
    if (!link || this.loading) return;
    this.loading = true;
    try {
      const page = await this.fetch(link.href);
      const next = page.querySelector("[data-older]");
      this.merge(page, false);
      next ? link.replaceWith(next) : link.remove();
      this.watch();
    } finally {
      this.loading = false;
    }
  }

  merge(page, fresh) {
    for (const day of page.querySelectorAll("[data-day]")) this.mergeDay(day, fresh);
    if (this.querySelector("[data-key]")) this.querySelector("[data-none]")?.remove();
    const limit = Number(this.getAttribute("limit"));
    if (limit) [...this.querySelectorAll("[data-key]")].slice(limit).forEach((item) => item.remove());
  }

  mergeDay(day, fresh) {
    const shown = new Set([...this.querySelectorAll("[data-key]")].map((item) => item.dataset.key));
    const items = [...day.querySelectorAll("[data-key]")].filter((item) => !shown.has(item.dataset.key));
    if (!items.length) return;
    const list = this.dayList(day);
    for (const item of items) {
      const next = [...list.children].find((other) => Number(other.dataset.at) < Number(item.dataset.at));
      if (fresh) item.classList.add("is-new");
      list.insertBefore(item, next ?? null);
      window.htmx?.process(item);
    }
  }

  dayList(day) {
    const days = [...this.querySelectorAll("[data-day]")];
    let target = days.find((other) => other.dataset.day === day.dataset.day);
    if (!target) {
      target = day.cloneNode(true);
      target.querySelector("[data-items]").replaceChildren();
      const next = days.find((other) => other.dataset.day < day.dataset.day);
      (this.querySelector("[data-days]") ?? this).insertBefore(target, next ?? null);
    }
    return target.querySelector("[data-items]");
  }
}

customElements.define("r-feed", Feed);
