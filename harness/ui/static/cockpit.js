// Swaps what has changed and draws the charts. Everything shown is text made by the server or set as text here: no markup is built from data.
(function () {
  "use strict";
  const root = document.body.dataset.root;
  const page = document.body.dataset.page;
  const at = (path) => root + path;
  const TOPICS = { bar: ["test"], live_now: ["test", "figures"], live_operations: ["figures"], live_health: ["test"],
    faults_picture: ["faults"], faults_table: ["faults"], contract_findings: ["findings"], audit_results: ["audit"] };

  // --- theme, small things -------------------------------------------------------------------------------------------------------
  document.querySelector("[data-theme-switch]").addEventListener("click", () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try { localStorage.theme = next; } catch (error) { /* storage may be forbidden */ }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    navigator.clipboard.writeText(button.previousElementSibling.textContent).then(() => { button.textContent = "Copied"; }, () => { button.textContent = "Select it by hand"; });
  });
  const current = document.querySelector(".tabs [aria-current]"); // on a phone the strip of tabs is wider than the page
  if (current) current.parentElement.scrollLeft = current.offsetLeft - 40;
  const kind = document.querySelector("[data-kind]");
  if (kind) {
    const show = () => document.querySelectorAll("[data-keys-of]").forEach((one) => { one.hidden = one.dataset.keysOf !== kind.value; });
    kind.addEventListener("change", show);
    show();
  }
  const tick = () => document.querySelectorAll("[data-ends]").forEach((one) => {
    const left = Number(one.dataset.ends) - Date.now() / 1000;
    one.textContent = left > 0 ? `${left < 10 ? left.toFixed(1) : Math.round(left)} s left` : "ending";
  });
  setInterval(tick, 200);
  tick();

  // --- parts of the page ---------------------------------------------------------------------------------------------------------
  const busy = new Set(), again = new Set();
  async function refresh(part) {
    const name = part.dataset.fragment;
    if (busy.has(name)) { again.add(name); return; }
    busy.add(name);
    try {
      const answer = await fetch(at("fragment/" + name), { credentials: "same-origin" });
      if (answer.redirected || answer.status === 401) { location.reload(); return; }
      if (answer.ok) swap(part, await answer.text());
    } catch (error) { /* the stream says when the server is away */ }
    busy.delete(name);
    if (again.delete(name)) refresh(part);
  }
  function swap(part, html) {
    if (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return;
    const open = [...part.querySelectorAll("details[open][id]")].map((one) => one.id);
    const side = [...part.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    const fresh = new DOMParser().parseFromString(html, "text/html");
    part.replaceChildren(...fresh.body.childNodes);
    open.forEach((id) => { const one = document.getElementById(id); if (one) one.open = true; });
    part.querySelectorAll(".scroll").forEach((one, i) => { one.scrollLeft = side[i] || 0; });
    tick();
  }

  // --- the stream ----------------------------------------------------------------------------------------------------------------
  const offline = document.querySelector("[data-offline]");
  const seen = JSON.parse(document.body.dataset.versions); // what the page was made of: something may have changed before the stream begins
  let server = "", version = 0;
  function listen() {
    const stream = new EventSource(at("events?after=" + version));
    stream.addEventListener("gone", (event) => { offline.textContent = `${JSON.parse(event.data)} What you see is old; this page tries again.`; offline.hidden = false; });
    stream.addEventListener("hello", (event) => {
      offline.hidden = true;
      document.body.dataset.stream = "open";
      const name = JSON.parse(event.data).server;
      if (server && server !== name) { location.reload(); return; }
      server = name;
    });
    ["test", "figures", "faults", "findings", "audit", "log"].forEach((topic) => stream.addEventListener(topic, (event) => {
      if (seen[topic] === Number(event.data)) return;
      seen[topic] = Number(event.data);
      changed(topic);
    }));
    stream.addEventListener("points", (event) => { const points = JSON.parse(event.data); points === "reload" ? load() : take(points); });
    stream.onerror = () => { offline.hidden = false; document.body.dataset.stream = "lost"; if (stream.readyState === 2) { stream.close(); setTimeout(listen, 3000); } };
  }
  function changed(topic) {
    if (document.hidden) { stale = true; return; }
    document.querySelectorAll("[data-fragment]").forEach((part) => { if ((TOPICS[part.dataset.fragment] || []).includes(topic)) refresh(part); });
    if (page === "live" && (topic === "test" || topic === "faults" || topic === "findings")) about(topic);
  }
  let stale = false;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || !stale) return;
    stale = false;
    document.querySelectorAll("[data-fragment]").forEach(refresh);
    if (page === "live") { ["test", "faults", "findings"].forEach(about); draw(); }
  });

  // --- charts --------------------------------------------------------------------------------------------------------------------
  const charts = document.querySelector("[data-charts]");
  const NS = "http://www.w3.org/2000/svg";
  let run = "", all = new Map(), operations = new Map(), test = {}, faults = {}, findings = {};
  const select = document.querySelector("[data-operation]");
  const MOST = 900;
  const keep = (map, point) => { map.set(point[0], point); while (map.size > MOST) map.delete(map.keys().next().value); };
  function take(points) {
    if (points.run !== run) { run = points.run; all = new Map(); operations = new Map(); }
    points.all.forEach((point) => keep(all, point));
    Object.entries(points.operations).forEach(([name, some]) => {
      if (!operations.has(name)) operations.set(name, new Map());
      some.forEach((point) => keep(operations.get(name), point));
    });
    offer();
    if (!document.hidden) requestAnimationFrame(draw); else stale = true;
  }
  function offer() {
    if (!select) return;
    const there = new Set([...select.options].map((one) => one.value));
    [...operations.keys()].sort().forEach((name) => { if (!there.has(name)) { const one = document.createElement("option"); one.value = one.textContent = name; select.append(one); } });
  }
  async function load() {
    if (!charts) { listenOnce(); return; }
    try {
      const answer = await fetch(at("series"), { credentials: "same-origin" });
      const whole = await answer.json();
      version = whole.version; run = ""; take(whole.points);
    } catch (error) { /* the stream tries again */ }
    listenOnce();
  }
  let listening = false;
  function listenOnce() { if (!listening) { listening = true; listen(); } }
  let last = null;
  async function about() {
    if (last) return;
    last = setTimeout(async () => {
      last = null;
      try {
        const state = await (await fetch(at("state"), { credentials: "same-origin" })).json();
        test = state.test; faults = state.faults; findings = state.findings; draw();
      } catch (error) { /* the stream says when the server is away */ }
    }, 50);
  }
  if (select) select.addEventListener("change", () => draw());

  const LINES = {
    rate: [["arrivals asked for", "c-soft", 1], ["requests answered", "c-one", 2]],
    latency: [["p50", "c-one", 4], ["p95", "c-four", 5], ["p99", "c-three", 6]],
    errors: [["errors", "c-bad", 3]],
    pool: [["users", "c-two", 7], ["in flight", "c-one", 8], ["queued", "c-four", 9]],
  };
  const OF_ONE = { 2: 1, 3: 2, 4: 3, 5: 4, 6: 5 };
  function make(tag, attributes, text) {
    const one = document.createElementNS(NS, tag);
    Object.entries(attributes || {}).forEach(([key, value]) => one.setAttribute(key, value));
    if (text !== undefined) one.textContent = text;
    return one;
  }
  function nice(top) {
    if (!(top > 0)) return 1;
    const power = 10 ** Math.floor(Math.log10(top));
    return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].map((f) => f * power).find((one) => one >= top * 1.02) || 20 * power; // each quarter is a round number
  }
  const short = (value) => value >= 100 ? Math.round(value).toLocaleString("en") : value >= 10 ? String(+value.toFixed(1)) : value >= 1 ? value.toFixed(1).replace(/\.0$/, "") : String(+value.toPrecision(2));
  function draw() {
    if (!charts) return;
    const operation = select ? select.value : "";
    const sorted = (map) => [...map.values()].sort((a, b) => a[0] - b[0]);
    charts.querySelectorAll("figure").forEach((figure) => {
      const which = figure.dataset.chart;
      const one = operation && which !== "pool";
      const points = one ? sorted(operations.get(operation) || new Map()) : sorted(all);
      const lines = LINES[which].map(([name, css, column]) => [name, css, one ? OF_ONE[column] : column]).filter((line) => line[2] !== undefined);
      chart(figure, points, lines, one ? operation : "");
    });
  }
  const shownFindings = () => (findings.findings || []).filter((one) => one.at_s !== null && one.at_s !== undefined);
  function chart(figure, points, lines, operation) {
    const caption = figure.querySelector("figcaption");
    caption.querySelectorAll(".key").forEach((one) => one.remove());
    lines.forEach(([name, css]) => {
      const key = document.createElement("span"), swatch = document.createElement("i");
      key.className = "key"; swatch.className = css; key.append(swatch, operation ? `${operation}: ${name}` : name); caption.append(key);
    });
    if (shownFindings().length) {
      const key = document.createElement("span"), swatch = document.createElement("i");
      key.className = "key"; swatch.className = "spot"; key.append(swatch, "findings"); caption.append(key);
    }
    const width = Math.max(240, figure.clientWidth - 24), height = 220, left = 44, right = 8, top = 22, bottom = 22;
    const start = points.length ? points[0][0] : 0;
    const end = Math.max(start + 10, points.length ? points[points.length - 1][0] + 1 : 0, points.length < MOST ? Math.min(test.duration_s || 0, start + MOST) : 0);
    let most = 0;
    points.forEach((point) => lines.forEach(([, , column]) => { if (point[column] > most) most = point[column]; }));
    const ceiling = nice(most);
    const x = (seconds) => left + (seconds - start) / (end - start) * (width - left - right);
    const y = (value) => top + (1 - value / ceiling) * (height - top - bottom);
    const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": caption.textContent });
    bands(svg, x, start, end, top, height - bottom);
    for (let i = 0; i <= 4; i++) {
      const value = ceiling * i / 4;
      svg.append(make("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }), make("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, short(value)));
    }
    const step = [1, 2, 5, 10, 15, 30, 60, 120, 300].find((one) => (end - start) / one <= width / 70) || 600;
    for (let at = Math.ceil(start / step) * step; at <= end; at += step) svg.append(make("text", { x: x(at), y: height - 6, "text-anchor": "middle" }, at >= 120 && at % 60 === 0 ? `${at / 60} min` : `${at} s`));
    lines.forEach(([, css, column]) => {
      let path = "", pen = false;
      points.forEach((point) => {
        const value = point[column];
        if (value === null || value === undefined) { pen = false; return; }
        path += `${pen ? "L" : "M"}${x(point[0] + 0.5).toFixed(1)},${y(value).toFixed(1)}`;
        if (!pen) path += "h0.01";
        pen = true;
      });
      svg.append(make("path", { class: css, d: path || "M0,0" }));
    });
    hover(svg, points, lines, x, start, end, width, height, top, bottom, left, right);
    const old = figure.querySelector("svg");
    if (old) old.replaceWith(svg); else figure.append(svg);
  }
  function stretches(one) { // when it was in force, is, or is to be
    const now = (until, from) => until ?? (one.phase === "in force" ? Math.max(from, test.at_s || 0) : one.planned_end_s);
    if (one.windows.length) return one.windows.map(([from, until]) => [from, now(until, from)]);
    if (one.from_s !== null) return [[one.from_s, now(one.to_s, one.from_s)]];
    return one.phase === "planned" ? [[one.planned_s, one.planned_end_s]] : [];
  }
  function bands(svg, x, start, end, top, floor) {
    const clip = (value) => Math.min(end, Math.max(start, value));
    (test.stages || []).filter((one) => one.warm_up && one.to_s > start && one.from_s < end).forEach((one) => {
      svg.append(make("rect", { class: "warm", x: x(clip(one.from_s)), y: top, width: Math.max(0, x(clip(one.to_s)) - x(clip(one.from_s))), height: floor - top }),
        make("text", { x: x(clip(one.from_s)) + 4, y: top + 12 }, "warm-up"));
    });
    const lanes = [];
    (faults.faults || []).forEach((one) => stretches(one).forEach(([from, until], number) => {
      if (from === null || until === null || until < start || from > end) return;
      const a = x(clip(from)), b = x(clip(until)), begun = one.from_s !== null;
      svg.append(make("rect", { class: begun ? "band" : "planned", "data-fault": one.name, x: a, y: top, width: Math.max(1, b - a), height: floor - top }));
      if (begun) svg.append(make("line", { class: "band-edge", x1: a, x2: a, y1: top, y2: floor }));
      const wide = one.windows.length ? x(clip(one.planned_end_s ?? until)) - a : b - a;
      if (number > 0) return;
      const label = one.name.length * 6 < Math.max(40, wide) ? one.name : one.name.slice(0, Math.max(4, Math.floor(wide / 6)));
      const lane = lanes.findIndex((used) => used < a) < 0 ? lanes.length : lanes.findIndex((used) => used < a); // names that would overlap stand below one another
      lanes[lane] = a + 3 + label.length * 6.5;
      svg.append(make("text", { class: "band-name", x: a + 3, y: top - 6 + (lane ? 4 + 13 * lane : 0) }, label));
    }));
    const before = (one) => one.at_s < 0 && start < 1; // noted while the load was about to begin: at its very start
    (test.marks || []).filter((one) => (one.at_s >= start || before(one)) && one.at_s <= end).forEach((one) => {
      const at = x(Math.max(one.at_s, start));
      svg.append(make("line", { class: "mark-line", x1: at, x2: at, y1: top, y2: floor }), make("text", { x: at + 3, y: floor - 4 }, one.text.slice(0, 24)));
    });
    shownFindings().filter((one) => one.at_s >= start && one.at_s <= end).slice(0, 60).forEach((one) => {
      const spot = make("path", { class: "finding " + one.level, d: `M${x(one.at_s)},${floor - 1}l4,-7h-8z` });
      spot.append(make("title", {}, `${one.level} in ${one.operation}: ${one.message}`));
      svg.append(spot);
    });
  }
  function hover(svg, points, lines, x, start, end, width, height, top, bottom, left, right) {
    const hair = make("line", { class: "hair", y1: top, y2: height - bottom, visibility: "hidden" }), tip = make("text", { class: "tip", y: 12, "text-anchor": "end", x: width - right });
    svg.append(hair, tip);
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const at = start + ((event.clientX - box.left) / box.width * width - left) / (width - left - right) * (end - start);
      const point = points.reduce((best, one) => Math.abs(one[0] + 0.5 - at) < Math.abs((best ? best[0] + 0.5 : Infinity) - at) ? one : best, null);
      if (!point) return;
      hair.setAttribute("x1", x(point[0] + 0.5)); hair.setAttribute("x2", x(point[0] + 0.5)); hair.setAttribute("visibility", "visible");
      tip.textContent = `${point[0]} s · ` + lines.map(([name, , column]) => `${name} ${point[column] === null || point[column] === undefined ? "–" : short(point[column])}`).join(" · ");
    });
    svg.addEventListener("pointerleave", () => { hair.setAttribute("visibility", "hidden"); tip.textContent = ""; });
  }
  let resized = null;
  window.addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(draw, 150); });
  load();
  if (charts) about();
})();
