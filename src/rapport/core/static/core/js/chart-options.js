// ECharts options from our data and the design tokens. Kinds: line, area, bar, stacked, funnel, donut, spark.
import { colours, compact, dates, writer } from "./chart-theme.js";

function tip(data, label) {
  const write = writer(data.y?.unit);
  return (points) => {
    const box = document.createElement("div");
    box.className = "chart-tip";
    const list = Array.isArray(points) ? points : [points];
    const head = document.createElement("strong");
    head.textContent = label(list[0].axisValue ?? list[0].name);
    box.append(head);
    for (const point of list) {
      const dot = document.createElement("i");
      dot.style.background = point.color;
      const name = document.createElement("span");
      name.textContent = point.seriesName;
      const value = document.createElement("b");
      value.textContent = point.value == null ? "–" : write.format(point.value);
      box.append(dot, name, value);
    }
    return box;
  };
}

function series(data, colour) {
  const bar = data.type === "bar" || data.type === "stacked";
  return data.series.map((line, index) => ({
    name: line.name, data: line.values, type: bar ? "bar" : "line", stack: data.type === "stacked" ? "all" : undefined,
    color: colour.series[index % 8], cursor: line.url ? "pointer" : "default", barMaxWidth: 28, barCategoryGap: "28%",
    itemStyle: bar && data.type === "bar" ? { borderRadius: [3, 3, 0, 0] } : undefined,
    lineStyle: { width: 2 }, symbol: "circle", symbolSize: 6, showSymbol: data.x.values.length < 2, smooth: false,
    areaStyle: data.type === "area" || data.type === "spark" ? { opacity: 0.12 } : undefined, emphasis: { focus: "none" },
  }));
}

// Shares never go beyond 100 %, and an axis that comes near it ends there.
function scale({ y, series: all }) {
  if (y?.unit !== "%") return { minInterval: 1 };
  const top = Math.max(0, ...all.flatMap((line) => line.values.map(Number)));
  return top > 0.5 && top <= 1 ? { min: 0, max: 1, interval: 0.25 } : { min: 0 };
}

const still = () => !matchMedia("(prefers-reduced-motion: reduce)").matches;

export function options(data, element) {
  const colour = colours(element);
  const label = data.x.kind === "time" ? dates(data.x.values) : (value) => value;
  const base = { textStyle: { fontFamily: "Inter Variable, sans-serif", color: colour.text }, animation: still(), animationDuration: 250, aria: { enabled: false } };
  const tooltip = { confine: true, backgroundColor: colour.raised, borderColor: colour.strong, borderWidth: 1, padding: [8, 10], extraCssText: "box-shadow:none;border-radius:8px", textStyle: { color: colour.text }, formatter: tip(data, label), transitionDuration: 0 };
  if (data.type === "donut") return { ...base, ...donut(data, colour, tooltip, element) };
  const spark = data.type === "spark";
  const isNarrow = element.clientWidth < 500;
  const hasLegend = data.series.length > 1 && !spark;
  const flat = data.horizontal;
  const text = { color: colour.quiet, fontSize: 12 };
  const category = { type: "category", data: data.x.values, inverse: flat, boundaryGap: data.type === "bar" || data.type === "stacked", show: !spark, axisTick: { show: false }, axisLine: { lineStyle: { color: colour.strong } }, axisLabel: { ...text, formatter: label, hideOverlap: true, margin: 12, alignMinLabel: flat ? null : "left", alignMaxLabel: flat ? null : "right", ...(flat ? { width: Math.min(220, element.clientWidth * 0.4), overflow: "break" } : {}) } };
  const unit = data.y?.unit && !/^[A-Z]{3}$|^%$/.test(data.y.unit) ? ` (${data.y.unit})` : "";
  const isTitle = data.y?.name === element.querySelector("figcaption")?.textContent.trim(); // said once is enough
  const value = { type: "value", show: !spark, name: isTitle ? unit.trim() : `${data.y?.name ?? ""}${unit}`, nameTextStyle: { ...text, align: "left", padding: [0, 0, 0, -28] }, nameGap: 16, ...scale(data), splitNumber: 4, axisLabel: { ...text, formatter: (tick) => compact(data.y?.unit).format(tick) }, splitLine: { lineStyle: { color: colour.line } } };
  return {
    ...base, series: series(data, colour), tooltip: { ...tooltip, trigger: "axis", axisPointer: { type: data.type === "bar" || data.type === "stacked" ? "shadow" : "line", lineStyle: { color: colour.strong }, shadowStyle: { color: colour.line, opacity: 0.4 } } },
    legend: { show: hasLegend, type: "scroll", right: 0, top: 0, ...(isNarrow ? { left: 0 } : {}), icon: "roundRect", itemWidth: 10, itemHeight: 10, itemGap: 14, textStyle: { color: colour.text, fontSize: 12 } },
    grid: spark ? { left: 0, right: 0, top: 2, bottom: 2 } : { left: 4, right: 12, top: hasLegend && (isNarrow || value.name) ? 58 : 38, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    xAxis: flat ? value : category, yAxis: flat ? category : value,
  };
}

function donut(data, colour, tooltip, element) {
  const slices = data.x.values.map((name, index) => ({ name, value: data.series[0].values[index], itemStyle: { color: colour.series[index % 8] } }));
  return {
    tooltip: { ...tooltip, trigger: "item" },
    legend: { orient: "vertical", type: "scroll", left: "60%", top: "middle", icon: "circle", itemWidth: 8, itemHeight: 8, textStyle: { color: colour.text, fontSize: 12, width: element.clientWidth * 0.34, overflow: "break" } },
    series: [{ name: data.series[0].name, type: "pie", radius: ["58%", "84%"], center: ["29%", "50%"], label: { show: false }, itemStyle: { borderColor: colour.surface, borderWidth: 2 }, data: slices, cursor: data.series[0].url ? "pointer" : "default" }],
  };
}
