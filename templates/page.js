"use strict";
(() => {
  const make = (tag, kind, text) => {
    const node = document.createElement(tag);
    if (kind) node.className = kind;
    if (text !== undefined) node.textContent = text;
    return node;
  };

  // --- links to sections, and a contents list that is closed where it would fill the screen
  for (const heading of document.querySelectorAll("main h2[id], main h3[id]")) {
    const link = make("a", "anchor", "#");
    link.href = "#" + heading.id;
    link.setAttribute("aria-label", "Link to this section");
    heading.append(link);
  }
  const contents = document.getElementById("contents");
  if (contents && matchMedia("(max-width: 46rem)").matches) contents.open = false;

  // --- tables that sort: by the first number of a cell, in one unit, else as text
  const UNITS = { s: 1, min: 60, h: 3600, ms: 1e-3 };
  const valueOf = (text) => {
    const found = text.replace(/[,$(]/g, "").match(/[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?/i);
    if (!found) return null;
    const power = text.match(/\)e([+-]?\d+)/);
    const unit = text.match(/\s(ms|s|min|h)\b/);
    return parseFloat(found[0]) * (power ? 10 ** parseInt(power[1], 10) : 1) * (unit ? UNITS[unit[1]] : 1);
  };
  const sortBy = (table, column, descending) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => {
      const text = row.cells[column] ? row.cells[column].textContent.trim() : "";
      return { row, text, value: valueOf(text) };
    });
    const numeric = rows.filter((r) => r.text && r.value === null).length < rows.length / 2 && column > 0;
    rows.sort((a, b) => {
      if (!a.text || !b.text) return a.text ? -1 : b.text ? 1 : 0;
      const order = numeric ? (a.value ?? Infinity) - (b.value ?? Infinity) : a.text.localeCompare(b.text);
      return descending ? -order : order;
    });
    body.append(...rows.map((r) => r.row));
  };
  for (const table of document.querySelectorAll("main table")) {
    if (!table.tHead || table.tBodies.length !== 1 || table.tBodies[0].rows.length < 2) continue;
    [...table.tHead.rows[0].cells].forEach((cell, column) => {
      const button = make("button", "sort", cell.textContent);
      button.type = "button";
      button.addEventListener("click", () => {
        const descending = cell.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
        sortBy(table, column, descending);
      });
      cell.replaceChildren(button);
    });
  }

  // --- curves
  const source = document.getElementById("curves");
  if (!source || typeof uPlot === "undefined") return;
  const plates = JSON.parse(source.textContent);
  const NAMES = { epoch: "epoch", step: "step", time: "time since the run began", money: "money spent, USD" };
  const DASHES = { "": [], val_: [3, 4], test_: [8, 4, 2, 4] };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const short = (value) => {
    if (value === null || value === undefined) return "";
    const size = Math.abs(value);
    if (size >= 1e4 && size < 1e12) {
      for (const [unit, name] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) if (size >= unit) return +(value / unit).toPrecision(4) + name;
    }
    return size && (size < 1e-4 || size >= 1e12) ? value.toExponential(2) : String(+value.toPrecision(4));
  };
  const axesOf = (panels) => {
    const lines = panels.flatMap((panel) => panel.lines);
    return Object.keys(NAMES).filter((name) => lines.every((line) => line.x[name]));
  };
  // Powers of ten, with 2 and 5 between them where there are few: a log axis of uPlot has a line a unit.
  const logSplits = (plot, axis, low, high) => {
    const found = [], first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
    const parts = last - first <= 3 ? [1, 2, 5] : [1];
    for (let e = first; e <= last; e += Math.max(1, Math.floor((last - first) / 6))) {
      for (const m of parts) if (m * 10 ** e >= low && m * 10 ** e <= high) found.push(+(m * 10 ** e).toPrecision(3));
    }
    return found;
  };
  const timeUnit = (most) => (most < 120 ? [1, "s"] : most < 36000 ? [60, "min"] : [3600, "h"]);

  // The tables of one panel that are drawn: a line a side with its band, or a line a run.
  const tablesOf = (panel, state) => {
    const tables = [], series = [], bands = [];
    const log = state.log ?? panel.log;
    const clean = (values) => (log ? values.map((v) => (v > 0 ? v : null)) : values);
    const scaled = (x) => (state.axis === "time" ? x.map((v) => (v === null ? v : v / state.unit[0])) : x);
    const add = (x, columns) => {
      const at = scaled(x).map((v, i) => [v, i]).filter(([v]) => v !== null).sort((a, b) => a[0] - b[0]);
      const last = at.filter(([v], i) => i + 1 === at.length || at[i + 1][0] !== v);
      tables.push([last.map(([v]) => v), ...columns.map((c) => last.map(([, i]) => clean(c)[i]))]);
    };
    const stroke = (line, width) => ({ stroke: () => colour(line.role), width, dash: DASHES[line.dash], spanGaps: true, points: { show: false } });
    for (const line of panel.lines) {
      if (state.off.has(line.role)) continue;
      if (state.seeds) {
        line.runs.forEach((run) => {
          add(run.x[state.axis] ?? line.x[state.axis], [run.y]);
          series.push({ ...stroke(line, 1), told: line, run: run.id });
        });
        continue;
      }
      const banded = line.n > 1 && !(line.dash && panel.lines.some((other) => !other.dash));
      add(line.x[state.axis], banded ? [line.y, line.high, line.low] : [line.y]);
      series.push({ ...stroke(line, 2), told: line, of: "center" });
      if (banded) {
        const here = series.length;
        series.push({ ...stroke(line, 0), told: line, of: "high" }, { ...stroke(line, 0), told: line, of: "low" });
        bands.push({ series: [here + 1, here + 2], fill: () => colour(line.role) + "33" });
      }
    }
    return { tables, series, bands, log };
  };

  const nearest = (values, index) => {
    for (let away = 0; away < values.length; away++) {
      for (const i of [index - away, index + away]) if (values[i] !== null && values[i] !== undefined) return i;
    }
    return null;
  };
  const told = (plot, state) => {
    const index = plot.cursor.idx;
    if (index === null || index === undefined) return "";
    const unit = state.axis === "time" ? " " + state.unit[1] : "";
    const parts = [`${state.axis === "money" ? "$" : state.axis + " "}${short(plot.data[0][index])}${unit}`];
    const by = new Map();
    plot.series.forEach((one, place) => {
      if (!one.told) return;
      const at = nearest(plot.data[place], index);
      if (at === null) return;
      const key = one.run ? place : one.told;
      by.set(key, { ...by.get(key), name: one.run ? `${one.told.role} ${one.run}` : one.told.label, [one.of ?? "center"]: plot.data[place][at] });
    });
    for (const { name, center, low, high } of by.values()) {
      parts.push(`${name} ${short(center)}${low === undefined ? "" : ` (${short(low)} to ${short(high)})`}`);
    }
    return parts.join(" · ");
  };

  const draw = (panel, state, place) => {
    const { tables, series, bands, log } = tablesOf(panel, state);
    const usable = tables.filter((table) => table[0].length);
    place.box.replaceChildren();
    if (place.plot) place.plot.destroy();
    place.plot = null;
    place.readout.textContent = "";
    if (!usable.length || usable.length !== tables.length) {
      place.box.append(make("p", "soft", state.off.size === 2 ? "Both sides are switched off." : "No value on this axis."));
      return;
    }
    const data = tables.length > 1 ? uPlot.join(tables) : tables[0];
    const axis = { stroke: () => colour("soft"), grid: { stroke: () => colour("line"), width: 1 }, ticks: { stroke: () => colour("line") } };
    place.plot = new uPlot({
      width: Math.max(200, place.box.clientWidth),
      height: 240,
      series: [{}, ...series],
      bands,
      scales: {
        x: { time: false },
        y: log ? { distr: 3, range: (_, low, high) => (low > 0 ? [low / 1.15, high * 1.15] : [0.1, 1]) } : {},
      },
      axes: [
        { ...axis, label: state.axis === "time" ? `${NAMES.time}, ${state.unit[1]}` : NAMES[state.axis], labelSize: 22, size: 34, values: (_, v) => v.map(short) },
        { ...axis, size: 58, values: (_, v) => v.map(short), ...(log ? { splits: logSplits } : {}) },
      ],
      legend: { show: false },
      cursor: { points: { show: false }, drag: { x: true, y: false } },
      hooks: { setCursor: [(plot) => { place.readout.textContent = told(plot, state); }] },
    }, data, place.box);
  };

  const liven = (picture, plate) => {
    const axes = axesOf(plate.panels);
    if (!axes.length) return;
    const own = plate.panels[0].lines[0].axis;
    const times = plate.panels.flatMap((p) => p.lines).flatMap((l) => l.x.time ?? []).filter((v) => v !== null);
    const state = { axis: axes.includes(own) ? own : axes[0], seeds: false, log: null, off: new Set(), unit: timeUnit(Math.max(0, ...times)) };
    const still = make("div", "still");
    still.append(...picture.childNodes);
    const live = make("div", "live"), controls = make("div", "controls"), panels = make("div", "panels");
    const places = plate.panels.map((panel) => {
      const frame = make("div", "panel"), box = make("div", "box"), readout = make("div", "readout");
      readout.setAttribute("aria-live", "off");
      frame.append(make("h4", "", panel.title), box, readout);
      panels.append(frame);
      return { box, readout, plot: null };
    });
    const redraw = () => plate.panels.forEach((panel, i) => draw(panel, state, places[i]));

    const select = (title, options, chosen, change) => {
      const label = make("label", "", title), box = make("select");
      for (const [value, text] of options) {
        const option = make("option", "", text);
        option.value = value;
        option.selected = value === chosen;
        box.append(option);
      }
      box.addEventListener("change", () => { change(box.value); redraw(); });
      label.append(box);
      controls.append(label);
    };
    select("against", axes.map((name) => [name, name]), state.axis, (value) => { state.axis = value; });
    select("show", [["bands", "mean and seed band"], ["seeds", "single seeds"]], "bands", (value) => { state.seeds = value === "seeds"; });
    select("scale", [["auto", "as it fits"], ["log", "logarithmic"], ["linear", "linear"]], "auto", (value) => { state.log = value === "auto" ? null : value === "log"; });
    for (const role of ["baseline", "candidate"]) {
      const line = plate.panels.flatMap((p) => p.lines).find((l) => l.role === role);
      if (!line) continue;
      const button = make("button");
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      button.append(make("span", "swatch " + role), line.label.replace(/, (validation|test)$/, ""));
      button.addEventListener("click", () => {
        state.off.has(role) ? state.off.delete(role) : state.off.add(role);
        button.setAttribute("aria-pressed", String(!state.off.has(role)));
        redraw();
      });
      controls.append(button);
    }
    if (plate.panels.some((panel) => panel.lines.some((line) => line.dash))) controls.append(make("span", "soft", "dotted: validation, dash-dotted: test"));
    live.append(controls, panels);
    picture.append(live, still);
    picture.classList.add("is-live");
    redraw();
    new ResizeObserver(() => places.forEach(({ box, plot }) => {
      if (plot && box.clientWidth > 50 && Math.abs(box.clientWidth - plot.width) > 1) plot.setSize({ width: box.clientWidth, height: 240 });
    })).observe(panels);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  };

  // A picture comes to life when it is nearly in sight: a page may hold hundreds.
  const watch = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      watch.unobserve(target);
      liven(target, plates[Number(target.dataset.curves)]);
    }
  }, { rootMargin: "600px" });
  for (const picture of document.querySelectorAll("[data-curves]")) watch.observe(picture);
})();
