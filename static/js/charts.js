// Draws each [data-chart] from the JSON block it names. Tooltips are drawn on the canvas (richText), because HTML tooltips
// need inline styles that the Content-Security-Policy forbids. Colours come from tokens.css.
"use strict";
(() => {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const motionReduced = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const charts = new Map();

  const seriesOf = (data) => (one) => ({
    name: one.name,
    type: data.kind === "line" ? "line" : "bar",
    stack: data.kind === "stacked" ? "all" : undefined,
    barMaxWidth: 32,
    symbolSize: 7,
    lineStyle: { width: 2 },
    emphasis: { focus: "series" },
    data: one.values.map((value, index) => ({
      value,
      url: (one.urls && one.urls[index]) || null,
      cursor: one.urls && one.urls[index] ? "pointer" : "default",
    })),
  });

  const optionOf = (data, width) => {
    const soft = { color: token("--ink-soft"), fontSize: 12 };
    const names = { type: "category", data: data.categories, axisLabel: soft, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line-control") } } };
    const numbers = { type: "value", name: data.unit || "", nameTextStyle: soft, axisLabel: soft, minInterval: data.integers === false ? 0 : 1, splitLine: { lineStyle: { color: token("--line") } } };
    const lying = data.kind === "horizontal";
    if (lying) names.inverse = true;
    return {
      animation: !motionReduced,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      color: [1, 2, 3, 4, 5, 6].map((n) => token(`--chart-${n}`)),
      aria: { enabled: false },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        confine: true,
        backgroundColor: token("--surface"),
        borderColor: token("--line"),
        textStyle: { color: token("--ink"), fontSize: 13 },
        axisPointer: { type: data.kind === "line" ? "line" : "shadow" },
      },
      legend: { show: data.series.length > 1, bottom: 0, itemWidth: 14, itemHeight: 10, textStyle: { ...soft, fontSize: 13 } },
      grid: { left: 8, right: 16, top: data.unit ? 32 : 12, bottom: data.series.length < 2 ? 8 : width < 480 ? 60 : 36, containLabel: true },
      xAxis: lying ? numbers : names,
      yAxis: lying ? names : numbers,
      series: data.series.map(seriesOf(data)),
    };
  };

  const draw = (element) => {
    const source = document.getElementById(element.dataset.chart);
    if (!source || !window.echarts) return;
    const data = JSON.parse(source.textContent);
    const chart = charts.get(element) || window.echarts.init(element);
    if (!charts.has(element)) {
      charts.set(element, chart);
      chart.on("click", (point) => {
        if (point.data && point.data.url) window.location.assign(point.data.url);
      });
    }
    chart.setOption(optionOf(data, element.clientWidth), true);
  };

  const drawAll = (root) => root.querySelectorAll("[data-chart]").forEach(draw);
  const forgetRemoved = () => {
    for (const [element, chart] of charts) {
      if (element.isConnected) continue;
      chart.dispose();
      charts.delete(element);
    }
  };
  drawAll(document);
  document.addEventListener("theme-changed", () => drawAll(document));
  document.addEventListener("htmx:afterSwap", () => {
    forgetRemoved();
    drawAll(document);
  });
  window.addEventListener("resize", () => charts.forEach((chart, element) => { chart.resize(); draw(element); }));
})();
