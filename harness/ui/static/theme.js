// The theme that Locust's own page keeps, before anything is drawn.
(function () {
  "use strict";
  var kept = null;
  try { kept = localStorage.theme; } catch (error) { /* storage may be forbidden */ }
  var dark = kept === "dark" || (!kept && window.matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
