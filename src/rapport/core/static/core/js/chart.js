// <r-chart>: a chart drawn from the JSON inside it; its table, exports and drill-down.
import * as echarts from "../vendor/echarts.esm.min.js";
import { options } from "./chart-options.js";
import { csv, download } from "./chart-export.js";

class Chart extends HTMLElement {
  connectedCallback() {
    this.data = JSON.parse(this.querySelector("script[type='application/json']").textContent);
    this.canvas = this.querySelector(".chart-canvas");
    this.draw = () => this.redraw();
    document.addEventListener("themechange", this.draw);
    this.resizer = new ResizeObserver(() => this.canvas.clientWidth && this.chart?.resize());
    this.resizer.observe(this.canvas);
    this.addEventListener("click", (event) => this.clicked(event.target));
    this.redraw();
  }

  disconnectedCallback() {
    document.removeEventListener("themechange", this.draw);
    this.resizer.disconnect();
    this.chart?.dispose();
  }

  redraw() {
    this.chart?.dispose();
    this.chart = echarts.init(this.canvas, null, { renderer: "canvas", locale: "EN" });
    this.chart.setOption(options(this.data, this));
    if (!this.data.series.some((line) => line.url)) return;
    if (this.data.type === "donut") this.chart.on("click", (point) => this.drill(point.dataIndex));
    else this.chart.getZr().on("click", (event) => this.drill(this.nearest(event)));
  }

  /** The index on the x axis below a click anywhere in the plot. */
  nearest({ offsetX, offsetY }) {
    const at = [offsetX, offsetY];
    if (!this.chart.containPixel("grid", at)) return -1;
    return Math.round(this.chart.convertFromPixel({ seriesIndex: 0 }, at)[this.data.horizontal ? 1 : 0]);
  }

  drill(index) {
    const { url } = this.data.series.find((line) => line.url);
    const x = this.data.x.values[index];
    if (x === undefined) return;
    location.assign(url.replaceAll("{x}", encodeURIComponent(x)));
  }

  clicked(target) {
    if (target.closest("[data-chart-table]")) this.toggle(target.closest("button"));
    if (target.closest("[data-chart-csv]")) download(`${this.title}.csv`, new Blob(["\uFEFF", csv(this.data)], { type: "text/csv" }));
    if (target.closest("[data-chart-png]")) this.png();
  }

  get title() { return this.querySelector("figcaption").textContent.trim(); }

  toggle(button) {
    const table = this.querySelector(".chart-table");
    const showTable = this.canvas.hidden === false;
    this.canvas.hidden = showTable;
    table.classList.toggle("sr", !showTable);
    button.setAttribute("aria-pressed", showTable);
    if (!showTable) this.chart.resize();
  }

  png() {
    const backgroundColor = getComputedStyle(this.closest(".card, body")).backgroundColor;
    this.chart.getRenderedCanvas({ pixelRatio: 2, backgroundColor }).toBlob((blob) => download(`${this.title}.png`, blob));
  }
}
customElements.define("r-chart", Chart);
