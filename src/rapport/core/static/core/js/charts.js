// Loads the chart library only where there is a chart, before or after an htmx swap.
const load = () => { if (document.querySelector("r-chart:not(:defined)")) import("./chart.js"); };
load();
document.addEventListener("htmx:load", load);
