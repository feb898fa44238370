// Beside Locust's own page: our token on what it sends, tabs to our pages, and a start form that knows scenarios.
// The form is Locust's: it sends every named field inside it, so fields that are put there are sent, too.
(function () {
  "use strict";
  const meta = (name) => (document.querySelector(`meta[name="${name}"]`) || {}).content || "";
  const csrf = meta("harness-csrf"), mayChange = meta("harness-changes") === "yes";
  const ours = (path) => "./harness/" + path;
  const el = (tag, attributes, ...inside) => {
    const one = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([key, value]) => { if (value !== false && value !== undefined) one.setAttribute(key, value === true ? "" : value); });
    one.append(...inside);
    return one;
  };

  // --- what Locust's page sends --------------------------------------------------------------------------------------------------
  const plain = window.fetch;
  window.fetch = async function (input, init) {
    const request = new Request(input, init);
    const here = new URL(request.url).origin === location.origin;
    if (here && request.method !== "GET") request.headers.set("X-Harness-Csrf", csrf);
    const asks = here && new URL(request.url).pathname.endsWith("/swarm");
    if (asks) dress.asks = true; // the stream may tell of our own test before its answer is here, and a reload would lose that
    const answer = await plain(request);
    if (asks) {
      answer.clone().json().then((said) => { dress.asks = said.success; complain(said); }, () => { dress.asks = false; });
      if (answer.status === 403) return new Response(await answer.text(), { status: 200, headers: { "Content-Type": "application/json" } });
    }
    return answer;
  };
  function complain(answer) {
    document.querySelectorAll(".harness-form .wrong").forEach((one) => { one.classList.remove("wrong"); one.querySelector("em").textContent = ""; });
    Object.entries(answer.errors || {}).forEach(([field, text]) => {
      const label = document.querySelector(`.harness-form [data-field="${CSS.escape(field)}"]`);
      if (!label) return;
      label.classList.add("wrong");
      label.querySelector("em").textContent = text;
    });
  }

  // --- tabs, links, theme, banner ------------------------------------------------------------------------------------------------
  const tabs = el("nav", { class: "harness-tabs", "aria-label": "Pages" });
  [["Test", "./"], ["Live", ours("live")], ["Faults", ours("faults")], ["Contract", ours("contract")], ["Audit", ours("audit")], ["Runs", ours("runs")]]
    .forEach(([name, href], number) => tabs.append(el("a", { href, "aria-current": number === 0 ? "page" : false }, name)));
  const banner = el("div", { class: "harness-banner", hidden: true, role: "alert" }, el("p"));
  function dress() {
    const bar = document.querySelector("#root header");
    if (bar && !tabs.isConnected) bar.after(tabs, banner);
    const home = document.querySelector('#root header a[href="/"]');
    if (home) home.setAttribute("href", "./"); // behind a path prefix `/` is somebody else's
    document.documentElement.classList.toggle("harness-dark", getComputedStyle(document.body).backgroundColor === "rgb(18, 18, 18)");
    document.querySelectorAll("main form, [role=presentation] form").forEach(extend);
    document.querySelectorAll("button").forEach((one) => { if (one.textContent === "Reset") one.classList.add("harness-hidden"); }); // a run's figures are kept
  }
  new MutationObserver(() => { clearTimeout(dress.soon); dress.soon = setTimeout(dress, 30); }).observe(document.documentElement, { childList: true, subtree: true });
  let server = "";
  const stream = new EventSource(ours("events?data=1"));
  stream.addEventListener("hello", (event) => {
    const name = JSON.parse(event.data).server;
    if (server && server !== name) location.reload();
    server = name;
  });
  stream.addEventListener("gone", (event) => { banner.firstChild.textContent = `${JSON.parse(event.data)} What you see is old; this page tries again.`; banner.hidden = false; });
  stream.addEventListener("test", (event) => {
    const test = JSON.parse(event.data);
    banner.hidden = !test.trouble;
    const lines = (test.trouble || "").split("\n");
    banner.firstChild.textContent = lines.length > 3 ? `${lines[0]} All of it stands on the Live page.` : lines.join("\n");
    if (dress.state !== undefined && dress.state !== test.state && dress.state === "ready" && !dress.asks) location.reload(); // somebody else started a test
    dress.state = test.state;
  });

  // --- the start form ------------------------------------------------------------------------------------------------------------
  const offers = plain(ours("scenarios"), { credentials: "same-origin" }).then((answer) => answer.json());
  function field(name, label, input) {
    return el("label", { "data-field": name }, el("span", {}, label), input, el("em", { role: "alert" }));
  }
  function ownFields(form) {
    const wrap = (name) => { const input = form.querySelector(`[name="${name}"]`); return input && input.closest(".MuiFormControl-root, .MuiTextField-root"); };
    return { users: wrap("userCount"), spawn: wrap("spawnRate"), host: wrap("host"), advanced: form.querySelector(".MuiAccordion-root") };
  }
  function extend(form) {
    if (form.dataset.harness || !form.querySelector('[name="userCount"]')) return;
    form.dataset.harness = "yes";
    const edit = !form.querySelector('[name="host"]');
    const box = el("div", { class: "harness-form" });
    form.querySelector('[name="userCount"]').closest("form > div").prepend(box);
    if (!mayChange) form.querySelector("button[type=submit]").disabled = true;
    offers.then((all) => (edit ? forEdit : forStart)(form, box, all));
  }
  function forEdit(form, box) {
    const own = ownFields(form);
    const model = el("select", { name: "model" }, el("option", { value: "rate" }, "Arrivals at a rate"), el("option", { value: "users" }, "Users at a time"));
    const rate = field("rate", "Rate, such as 80/s", el("input", { name: "rate", placeholder: "80/s" }));
    const show = () => { const users = model.value === "users"; rate.classList.toggle("harness-hidden", users); [own.users, own.spawn].forEach((one) => one && one.classList.toggle("harness-hidden", !users)); };
    if (!(window.templateArgs || {}).num_users) model.value = "rate"; else model.value = "users";
    model.addEventListener("change", show);
    box.append(el("p", {}, "The run ends here, and another one with the new load takes its place: each has a folder and a report of its own."), el("div", { class: "row" }, field("model", "Load", model), rate), field("users", "", el("span")));
    show();
  }
  function forStart(form, box, all) {
    const own = ownFields(form);
    const scenario = el("select", { name: "scenario", required: true });
    all.scenarios.forEach((one) => scenario.append(el("option", { value: one.key }, one.name === one.key ? one.name : `${one.name} (${one.key})`)));
    if (all.chosen) scenario.value = all.chosen;
    const about = el("div", { class: "harness-about", "aria-live": "polite" });
    const model = el("select", { name: "model" });
    const rate = field("rate", "Rate, such as 80/s", el("input", { name: "rate", placeholder: "80/s" }));
    const duration = field("duration", "Duration", el("input", { name: "duration" }));
    const target = field("target", "Target: a name of harness.yaml, or a URL", el("input", { name: "target" }));
    const processes = field("processes", all.workers ? "Workers on other hosts" : "Load processes", el("input", { name: "processes", inputmode: "numeric" }));
    const armedBox = el("input", { type: "checkbox", checked: true });
    const armed = el("input", { type: "hidden", name: "faults", value: "armed" });
    armedBox.addEventListener("change", () => { armed.value = armedBox.checked ? "armed" : "off"; });
    const faults = el("label", { class: "check", "data-field": "faults" }, armedBox, el("span", {}, "Faults are armed"), armed, el("em", { role: "alert" }));
    const users = el("div", { "data-field": "users" }, el("em", { role: "alert" }));
    const chosen = el("input", { type: "hidden", name: "user_classes" }), boxes = el("div", { class: "row" });
    const classes = el("fieldset", { class: "harness-hidden", "data-field": "user_classes" }, el("legend", {}, "User classes"), boxes, chosen, el("em", { role: "alert" }));
    // All of them say nothing, so that the scenario's own choice stands; none of them is told as such.
    const say = () => {
      const ticked = [...boxes.querySelectorAll("input")].map((one) => [one.value, one.checked, one.defaultChecked]);
      chosen.value = ticked.every(([, is, was]) => is === was) ? "" : ticked.filter(([, is]) => is).map(([name]) => name).join(",") || ",";
    };
    classes.addEventListener("change", say);
    const pick = (one) => {
      boxes.replaceChildren();
      say();
      classes.classList.toggle("harness-hidden", !all.picker || !one.locustfile);
      if (!all.picker || !one.locustfile) return;
      boxes.append(el("p", {}, "Looking into the locustfile …"));
      plain(ours("classes?scenario=" + encodeURIComponent(one.key)), { credentials: "same-origin" }).then((answer) => answer.json()).then((told) => {
        if (scenario.value !== one.key) return; // another one was chosen meanwhile
        boxes.replaceChildren(...told.classes.map((name) => el("label", { class: "check" }, el("input", { type: "checkbox", value: name, checked: !told.chosen.length || told.chosen.includes(name) }), el("span", {}, name))));
        if (told.error) boxes.append(el("p", { class: "bad" }, told.error));
        say();
      }, () => boxes.replaceChildren(el("p", { class: "bad" }, "The user classes could not be asked for. Without a choice all take part.")));
    };
    box.append(field("scenario", "Scenario", scenario), about, el("div", { class: "row" }, field("model", "Load", model), rate, duration), el("div", { class: "row" }, target, processes), classes, faults, users);
    [own.host, own.advanced].forEach((one) => one && one.classList.add("harness-hidden"));
    const host = form.querySelector('[name="host"]');
    if (host) host.removeAttribute("name"); // the target stands in our field
    const fill = (name, value) => { // as if somebody had typed it: the field is React's
      const input = form.querySelector(`[name="${name}"]`);
      if (!input || !value) return;
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, String(value));
      input.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const line = (name, values) => values.length ? [el("dt", {}, name), el("dd", {}, ...values.flatMap((one, i) => i ? [el("br"), one] : [one]))] : [];
    const show = () => {
      const byUsers = model.value === "users";
      rate.classList.toggle("harness-hidden", model.value !== "rate");
      [own.users, own.spawn].forEach((one) => one && one.classList.toggle("harness-hidden", !byUsers));
    };
    const choose = () => {
      const one = all.scenarios.find((each) => each.key === scenario.value);
      about.replaceChildren();
      if (!one) { about.append(el("p", { class: "bad" }, "There is no scenario here. Give `harness ui` a file or a folder of them.")); return; }
      if (one.error) { about.append(el("p", { class: "bad" }, one.error)); return; }
      if (one.about) about.append(el("p", {}, one.about));
      about.append(el("dl", {}, ...line("Target", [one.target]), ...line("Load", one.load), ...line("Lasts about", [one.lasts]), ...line("Expects", one.expect.length ? one.expect : ["errors <= 1% (implied)"]), ...line("Faults", one.faults), ...line("Audit", one.audit)));
      model.replaceChildren(el("option", { value: "" }, one.load.length ? "As the scenario says" : "No load"), el("option", { value: "rate" }, "Arrivals at a rate"), el("option", { value: "users" }, "Users at a time"));
      duration.querySelector("input").placeholder = `${one.seconds} s, as the scenario says`;
      target.querySelector("input").placeholder = one.target;
      processes.querySelector("input").placeholder = String(all.processes || one.processes);
      faults.classList.toggle("harness-hidden", !one.faults.length);
      if (one.closed && one.expect.length === 0) { model.value = "users"; fill("userCount", one.peak); fill("spawnRate", one.spawn_rate); }
      pick(one);
      show();
    };
    scenario.addEventListener("change", choose);
    model.addEventListener("change", show);
    choose();
  }
  dress();
})();
