"use strict";
// Draws the charts. The page is complete without: every figure is in a table.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const last = data.times[data.times.length - 1];
  const dashes = { solid: [], dashed: [8, 5], dotted: [2, 4] };
  const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const steps = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
    ...[1, 2, 4, 7, 14, 30, 60, 90, 180, 365, 730, 1825, 3650].map((days) => days * 86400)];
  let plots = [];

  const tone = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  const iso = (second) => new Date(second * 1000).toISOString();
  const rounded = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  const precise = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
  const digits = (value) => (Math.abs(value) < 100 ? precise : rounded).format(value);
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

  function shown(value, unit) {
    if (value === null || value === undefined) return "–";
    if (unit === "bytes") return size(value);
    return digits(value) + ({ ms: " ms", percent: "%" }[unit] || "");
  }

  function size(value) {
    if (!value) return "0";
    const units = ["bytes", "kB", "MB", "GB", "TB"];
    while (value >= 999.5 && units.length > 1) {
      value /= 1000;
      units.shift();
    }
    return `${digits(value)} ${units[0]}`;
  }

  function day(text, withYear) {
    const [year, month, date] = text.split("-");
    return `${Number(date)} ${months[month - 1]}${withYear ? ` ${year}` : ""}`;
  }

  function timeLabels(plot, seconds, axis, space, step) {
    let before = "";
    return seconds.map((second) => {
      const [date, clock] = iso(second).split("T");
      const fresh = date !== before;
      const newYear = before && date.slice(0, 4) !== before.slice(0, 4);
      before = date;
      if (step >= 86400) return day(date, newYear);
      const time = clock.slice(0, step < 60 ? 8 : 5);
      return fresh ? `${time}\n${day(date)}` : time;
    });
  }

  function timeHeight(plot, labels) {
    return (labels || []).some((label) => label.includes("\n")) ? 42 : 26;
  }

  function valueLabels(unit) {
    const format = { bytes: size, percent: (value) => `${value}%`, ms: (value) => `${short.format(value)} ms` };
    return (plot, values) => values.map(format[unit] || ((value) => short.format(value)));
  }

  function line(series) {
    const color = tone(series.tone);
    if (series.style !== "bars") {
      const points = { size: 5, fill: color, stroke: color };
      return { label: series.label, stroke: color, width: 2, dash: dashes[series.style], points };
    }
    // Bars too narrow to be told apart become one shape of steps.
    const { bars, stepped } = uPlot.paths;
    const paths = data.times.length > 80 ? stepped({ align: 1 }) : bars({ size: [0.8, 60], align: 1 });
    return { label: series.label, stroke: color, width: 1, fill: `${color}66`, paths, points: { show: false } };
  }

  function options(chart, width) {
    const whole = chart.unit === "count";
    const axis = {
      stroke: tone("soft"),
      font: "12px system-ui, sans-serif",
      grid: { stroke: tone("line"), width: 1 },
      ticks: { show: false },
    };
    return {
      width,
      height: 200,
      padding: [8, 28, 0, 0],
      legend: { show: false },
      tzDate: (second) => uPlot.tzDate(new Date(second * 1000), "Etc/UTC"),
      cursor: { y: false, sync: { key: "report" }, points: { size: 7 } },
      scales: {
        x: { range: (plot, from, to) => [from, to + (to >= last ? data.width : 0)] },
        y: { range: (plot, least, most) => [0, chart.unit === "percent" ? 100 : most * 1.08 || 1] },
      },
      axes: [
        { ...axis, grid: { show: false }, values: timeLabels, incrs: steps, space: 64, size: timeHeight, gap: 6 },
        { ...axis, values: valueLabels(chart.unit), size: 60, gap: 6, space: 28, ...(whole ? { incrs: counts() } : {}) },
      ],
      series: [{}, ...chart.series.map(line)],
      hooks: { setCursor: [(plot) => read(plot, chart)] },
    };
  }

  function counts() {
    const found = [];
    for (let power = 1; power < 1e12; power *= 10) found.push(power, 2 * power, 5 * power);
    return found;
  }

  // Below each title: the values at the cursor.
  function read(plot, chart) {
    const keys = document.querySelector(`[data-keys="${chart.name}"]`);
    const { idx } = plot.cursor;
    chart.series.forEach((series, place) => {
      const known = idx !== null && idx !== undefined;
      keys.querySelectorAll("b")[place].textContent = known ? shown(series.values[idx], chart.unit) : "";
    });
    keys.querySelector(".at").textContent = idx === null || idx === undefined ? "" : when(idx);
  }

  function when(idx) {
    const [date, clock] = iso(data.times[idx]).split("T");
    return data.width >= 86400 ? date : `${day(date)}, ${clock.slice(0, data.width < 60 ? 8 : 5)}`;
  }

  function say(plot, chart) {
    const { idx } = plot.cursor;
    const parts = chart.series.map((series) => `${series.label} ${shown(series.values[idx], chart.unit)}`);
    document.querySelector(`[data-said="${chart.name}"]`).textContent = `${when(idx)}: ${parts.join(", ")}`;
  }

  function zoom(from, to) {
    for (const { plot } of plots) plot.setScale("x", { min: from, max: to });
  }

  function point(left, top) {
    for (const { plot } of plots) plot.setCursor({ left, top });
  }

  function press(event, plot, chart) {
    const end = data.times.length - 1;
    const at = plot.cursor.idx ?? -1;
    const { min, max } = plot.scales.x;
    const near = data.times[at] ?? (min + max) / 2;
    const goals = { ArrowLeft: at < 0 ? end : at - 1, ArrowRight: at + 1, PageUp: at - 10, PageDown: at + 10, Home: 0, End: end };
    const scale = { "+": 0.5, "=": 0.5, "-": 2 }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in goals) {
      const goal = Math.min(Math.max(goals[event.key], 0), end);
      const left = Math.min(Math.max(plot.valToPos(data.times[goal], "x"), 0), plot.over.clientWidth);
      point(left + 0.5, 1);
      say(plot, chart);
    } else if (scale) {
      const half = Math.max((max - min) * scale, 2 * data.width) / 2;
      zoom(Math.max(near - half, data.times[0]), Math.min(near + half, last));
    } else if (event.key === "0" || event.key === "Escape") {
      zoom(data.times[0], last);
      point(-10, -10);
    } else return;
    event.preventDefault();
  }

  function draw(width) {
    for (const { plot } of plots) plot.destroy();
    plots = data.charts.map((chart) => {
      const place = document.querySelector(`[data-chart="${chart.name}"]`);
      const rows = chart.series.map(({ style, values }) =>
        style === "bars" && data.times.length <= 80 ? values.map((value) => value || null) : values);
      const plot = new uPlot(options(chart, width || place.clientWidth), [data.times, ...rows], place);
      return { plot, chart, place };
    });
  }

  function explain() {
    if (!matchMedia("(hover: hover)").matches) return;
    const hint = document.createElement("p");
    hint.className = "hint";
    hint.textContent = "Drag across a chart to zoom in on all of them, double-click to see all again. " +
      "With the keyboard: arrows read values, + and − zoom, 0 shows all.";
    document.querySelector(".charts").before(hint);
  }

  function listen() {
    for (const chart of data.charts) {
      const time = document.createElement("li");
      time.className = "at";
      document.querySelector(`[data-keys="${chart.name}"]`).append(time);
      document.querySelector(`[data-chart="${chart.name}"]`).addEventListener("keydown", (event) => {
        press(event, plots.find((drawn) => drawn.chart === chart).plot, chart);
      });
    }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());
    addEventListener("beforeprint", () => {
      root.classList.add("printing");
      draw(640);
    });
    addEventListener("afterprint", () => {
      root.classList.remove("printing");
      draw();
    });
    new ResizeObserver(() => {
      if (root.classList.contains("printing")) return;
      for (const { plot, place } of plots) {
        if (plot.width !== place.clientWidth) plot.setSize({ width: place.clientWidth, height: 200 });
      }
    }).observe(document.querySelector(".charts"));
  }

  if (!data.charts.length) return;
  explain();
  listen();
  draw();
})();
