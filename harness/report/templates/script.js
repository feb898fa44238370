// Better with it, whole without it: a crosshair over the pictures, zoom in time, and a button to copy a line.
(() => {
  "use strict";
  const el = (tag, css, parent) => { const one = document.createElement(tag); one.className = css; if (parent) parent.append(one); return one; };
  const clamp = (v, low, high) => Math.min(high, Math.max(low, v));
  const shown = (svg) => svg.getBoundingClientRect().width > 1;
  const time = (s) => s >= 120 ? `${Math.floor(s / 60)} min ${Math.round(s % 60)} s` : `${+s.toFixed(2)} s`;
  const told = (v, unit) => {
    if (v === null || v === undefined) return "–";
    if (unit === "ms") return v >= 1000 ? `${+(v / 1000).toPrecision(3)} s` : `${v} ms`;
    return unit === "%" ? `${v} %` : `${v.toLocaleString("en")}${unit}`;
  };

  class Chart {
    constructor(svg) {
      const [left, top, width, height] = svg.dataset.plot.split(" ").map(Number);
      Object.assign(this, { svg, left, top, width, height, data: JSON.parse(svg.dataset.hover), from: 0, to: 1 });
      this.at = this.data.at || null;
    }
    get box() { const r = this.svg.getBoundingClientRect(), k = r.width / this.svg.viewBox.baseVal.width; return { x: r.left + this.left * k, w: this.width * k }; }
    share(clientX) { const b = this.box; return clamp((clientX - b.x) / b.w, 0, 1); }
    // The nearest point to a share of the whole width.
    index(share) {
      const x = share * this.width, n = Object.values(this.data.series)[0].length;
      if (!this.at) return clamp(Math.floor(x / this.data.step + 1e-9), 0, n - 1);
      let best = 0;
      this.at.forEach((one, i) => { if (Math.abs(one - x) < Math.abs(this.at[best] - x)) best = i; });
      return best;
    }
    lines(share) { const i = this.index(share); return Object.entries(this.data.series).map(([name, v]) => [name, told(v[i], this.data.unit)]); }
    label(share) { return this.data.end ? time(share * this.data.end) : this.data.labels[this.index(share)]; }
    // Stretch the marks in x about the stretch that is looked at; letters and points keep their shape.
    zoom(from, to) {
      const k = 1 / (to - from), plot = this.svg.querySelector("[data-axis]").parentNode;
      if (!this.marks) this.prepare(plot);
      this.marks.setAttribute("transform", `matrix(${k} 0 0 1 ${-from * this.width * k} 0)`);
      for (const [one, home] of this.fixed) one.setAttribute("transform", `${home} scale(${1 / k} 1)`);
      this.axis(plot, from, to);
    }
    prepare(plot) {
      const ns = "http://www.w3.org/2000/svg", id = `clip-${Math.random().toString(36).slice(2)}`;
      const clip = document.createElementNS(ns, "clipPath"), room = document.createElementNS(ns, "rect");
      clip.id = id;
      for (const [k, v] of Object.entries({ x: 0, y: -24, width: this.width, height: this.height + 26 })) room.setAttribute(k, v);
      clip.append(room);
      const frame = document.createElementNS(ns, "g");
      this.marks = document.createElementNS(ns, "g");
      frame.setAttribute("clip-path", `url(#${id})`);
      frame.append(this.marks);
      // Names of lines stand outside the plot and stay there.
      const outside = (g) => [...g.querySelectorAll("text")].some((t) => +(t.getAttribute("transform") || "").match(/\((-?[\d.]+)/)?.[1] >= this.width);
      for (const g of [...plot.children]) if (!g.hasAttribute("data-axis") && !outside(g)) this.marks.append(g);
      plot.append(clip, frame);
      this.fixed = [];
      for (const one of this.marks.querySelectorAll("text, path[transform], line")) {
        const home = one.getAttribute("transform") || "";
        if (one.tagName === "line") { if (one.getAttribute("x2") === "0" || !one.hasAttribute("x2")) this.fixed.push([one, home]); } else if (home) this.fixed.push([one, home]);
      }
      for (const one of this.marks.querySelectorAll("path")) one.setAttribute("vector-effect", "non-scaling-stroke");
    }
    axis(plot, from, to) {
      const axis = [...plot.querySelectorAll("[data-axis]")].find((g) => g.querySelector('text[text-anchor="start"], text[text-anchor="middle"]'));
      if (!axis) return;
      this.home ??= axis.innerHTML;
      axis.innerHTML = this.home;
      if (from === 0 && to === 1) return;
      const texts = [...axis.querySelectorAll("text")], span = (to - from) * this.data.end;
      for (const tick of axis.querySelectorAll('line[x2="0"]')) tick.remove();
      texts.forEach((text, i) => {
        const share = texts.length > 1 ? i / (texts.length - 1) : 0, y = text.getAttribute("transform").match(/,(.*)\)/)[1];
        text.setAttribute("transform", `translate(${share * this.width},${y})`);
        text.setAttribute("text-anchor", i === 0 ? "start" : i === texts.length - 1 ? "end" : "middle");
        text.textContent = time(from * this.data.end + share * span);
      });
    }
  }

  function watch(frame, charts) {
    const now = () => charts.filter((c) => shown(c.svg));
    if (!charts.length) return;
    const cross = el("i", "cross", frame), tip = el("div", "tip", frame), pick = el("i", "pick", frame);
    const zooms = charts.every((c) => c.data.end);
    let from = 0, to = 1, start = null, at = null;
    const hide = () => { cross.hidden = tip.hidden = pick.hidden = true; at = null; };
    const whole = (share) => from + share * (to - from);
    const point = (share) => {
      const live = now(), lead = live[0];
      if (!lead) return;
      at = share;
      const b = lead.box, home = frame.getBoundingClientRect(), x = b.x - home.left + share * b.w;
      cross.hidden = tip.hidden = false;
      cross.style.left = `${x}px`;
      tip.replaceChildren();
      el("b", "", tip).textContent = lead.label(whole(share));
      for (const c of live) for (const [name, value] of c.lines(whole(share))) {
        const line = el("span", "", tip);
        el("i", "", line).textContent = name;
        el("em", "", line).textContent = value;
      }
      const right = x + tip.offsetWidth + 24 > home.width;
      tip.style.left = `${clamp(right ? x - tip.offsetWidth - 12 : x + 12, 0, Math.max(0, home.width - tip.offsetWidth))}px`;
      tip.style.top = "36px";
    };
    const look = (a, b) => {
      [from, to] = [clamp(a, 0, 1), clamp(b, 0, 1)];
      for (const c of charts) c.zoom(from, to);
      reset.hidden = from === 0 && to === 1;
    };
    const tools = zooms ? el("div", "tools", frame) : null, reset = el("button", "", tools || undefined);
    reset.type = "button"; reset.textContent = "Whole run"; reset.hidden = true;
    reset.addEventListener("click", () => { look(0, 1); hide(); });
    hide();
    frame.tabIndex = 0;
    frame.addEventListener("pointermove", (e) => {
      const lead = now()[0];
      if (!lead || e.target.closest("button")) return;
      point(lead.share(e.clientX));
      if (start !== null) {
        const b = lead.box, home = frame.getBoundingClientRect().left, [low, high] = [start, at].sort((p, q) => p - q);
        pick.hidden = false;
        pick.style.left = `${b.x - home + low * b.w}px`;
        pick.style.width = `${(high - low) * b.w}px`;
      }
    });
    frame.addEventListener("pointerdown", (e) => { if (zooms && e.pointerType === "mouse" && e.button === 0 && e.target.closest("svg")) { start = now()[0].share(e.clientX); e.preventDefault(); } });
    window.addEventListener("pointerup", () => {
      if (start !== null && at !== null && Math.abs(at - start) > 0.01) { const [low, high] = [whole(Math.min(start, at)), whole(Math.max(start, at))]; look(low, high); hide(); }
      start = null; pick.hidden = true;
    });
    frame.addEventListener("pointerleave", () => { if (start === null) hide(); });
    frame.addEventListener("dblclick", () => { if (zooms) look(0, 1); });
    frame.addEventListener("keydown", (e) => {
      const step = { ArrowLeft: -0.01, ArrowRight: 0.01 }[e.key];
      if (step) { point(clamp((at ?? 0.5) + step, 0, 1)); e.preventDefault(); }
      else if (e.key === "Escape") { hide(); if (zooms) look(0, 1); }
      else if (zooms && (e.key === "+" || e.key === "-")) {
        const mid = whole(at ?? 0.5), span = clamp((to - from) * (e.key === "+" ? 0.5 : 2), 0.01, 1), low = clamp(mid - span / 2, 0, 1 - span);
        look(low, low + span);
      }
    });
  }

  const carrying = (root) => [...root.querySelectorAll("svg[data-hover]")].map((svg) => new Chart(svg));
  for (const stack of document.querySelectorAll(".stack")) watch(stack, carrying(stack));
  for (const figure of document.querySelectorAll("figure:not(.panel)")) { figure.classList.add("stack"); watch(figure, carrying(figure)); }

  if (navigator.clipboard) for (const pre of document.querySelectorAll("pre")) {
    const text = pre.textContent, button = el("button", "copy");
    button.type = "button"; button.textContent = "Copy";
    button.addEventListener("click", () => navigator.clipboard.writeText(text).then(() => { button.textContent = "Copied"; }));
    pre.prepend(button);
  }
  window.addEventListener("beforeprint", () => { for (const one of document.querySelectorAll("details")) one.open = true; });
})();
