(function () {
  "use strict";
  // The choice stands in the address behind the "#": "#site=Aster&period=2026-Q1"; "at" names a
  // place on the page. Links to other pages carry it along.
  var form = document.querySelector(".filters");
  var parts = window.PARTS;
  var KEYS = ["site", "role", "tenure_band", "period"];
  var choice = {}, hasGrey = false;
  var originals = new Map();

  function isChoice(hash) { return hash.indexOf("=") > 0; }

  function read(hash) {
    var given = new URLSearchParams(hash.slice(1)), found = {};
    KEYS.forEach(function (key) { if (given.get(key)) { found[key] = given.get(key); } });
    return found;
  }

  function written(place) {
    var text = new URLSearchParams();
    KEYS.forEach(function (key) { if (choice[key]) { text.set(key, choice[key]); } });
    if (place && String(text)) { text.set("at", place); }
    return String(text) ? "#" + text : place ? "#" + place : "";
  }

  function carryAlong() {
    document.querySelectorAll("a[href]").forEach(function (link) {
      var to = /^([\w-]+\.html)(?:#(.*))?$/.exec(link.getAttribute("href"));
      if (!to) { return; }
      var place = to[2] && isChoice("#" + to[2]) ? new URLSearchParams(to[2]).get("at") : to[2];
      link.setAttribute("href", to[1] + written(place));
    });
  }

  // ---- what a figure shows for the chosen part
  function nameOf(key) {
    var found = parts.values[key].filter(function (each) { return each[0] === choice[key]; })[0];
    return found && found[1];
  }

  // A list of texts, or [word, sentence] where there is nothing to show.
  function lookUp(metric, keys) {
    var words = parts.words, at = parts.metrics.indexOf(metric);
    var values = parts.segments[keys.join(parts.cross)];
    if (keys.length > 2) { return { instead: [words.unpublished, words.too_many] }; }
    if (at < 0) { return { instead: [words.unpublished, words.no_metric] }; }
    if (!values) { return { instead: [words.unpublished, words.no_division] }; }
    var part = values[keys.map(function (key) { return choice[key]; }).join(parts.cross)];
    var cell = part ? part[at] : null;
    if (cell === null || cell === undefined) {
      // Of two filters together only what has a verdict is published.
      if (keys.length > 1) { return { instead: [words.unpublished, words.no_verdict] }; }
      return { instead: [words.no_data, words.nobody] };
    }
    return typeof cell === "number" ? { instead: parts.reasons[cell] } : { texts: textsOf(cell) };
  }

  function textsOf(cell) {
    var texts = {};
    parts.fields.forEach(function (name, i) { texts[name] = cell[i]; });
    return texts;
  }

  function put(box, name, text) {
    box.querySelectorAll("[data-field=" + name + "]").forEach(function (field) {
      field.textContent = text;
      field.hidden = text === "";
    });
  }

  function toggle(box, selector, isShown) {
    var found = box.querySelector(selector);
    if (found) { found.hidden = !isShown; }
  }

  function fill(box, found, part) {
    var texts = found.texts;
    var verdict = texts ? parts.verdicts[texts.verdict] : ["not_reportable", "–", found.instead[0]];
    var word = box.querySelector(".verdict-word"), whisker = box.querySelector(".whisker");
    if (word) { word.className = "verdict-word " + verdict[0]; }
    toggle(box, ".big", texts && texts.number);
    toggle(box, ".scale", texts && texts.low !== null);
    toggle(box, "dl", texts && !texts.both);
    toggle(box, ".values", texts);
    put(box, "icon", verdict[1]);
    put(box, "verdict", verdict[2]);
    put(box, "part", part);
    put(box, "why", texts ? texts.why : found.instead[1]);
    ["number", "range", "value_a", "value_b", "both", "people", "before"].forEach(function (name) {
      put(box, name, texts ? texts[name] : "");
    });
    if (whisker && texts && texts.low !== null) { place(whisker, verdict[0], texts); }
  }

  function place(whisker, verdict, texts) {
    var line = whisker.querySelector(".likely"), point = whisker.querySelector(".point");
    whisker.setAttribute("class", "whisker " + verdict);
    line.setAttribute("x1", texts.low);
    line.setAttribute("x2", texts.high);
    point.setAttribute("cx", texts.point);
    point.setAttribute("visibility", texts.number ? "visible" : "hidden");
  }

  function show() {
    var keys = KEYS.filter(function (key) { return choice[key]; });
    var part = keys.map(nameOf).join(" · ");
    document.querySelectorAll("[data-metric]").forEach(function (box) {
      if (!originals.has(box)) { originals.set(box, box.innerHTML); }
      box.classList.toggle("of-part", keys.length > 0);
      if (!keys.length) { box.innerHTML = originals.get(box); return; }
      fill(box, lookUp(box.dataset.metric, keys), part);
    });
    say(keys, part);
  }

  function say(keys, part) {
    form.classList.toggle("of-part", keys.length > 0);
    var words = parts.words, text = keys.length ? words.part.replace("{part}", part) : words.everybody + (hasGrey ? " " + words.grey : "");
    if (keys.length > 2) { text = words.unpublished + ". " + words.too_many; }
    note(text);
  }

  function note(text) { form.querySelector(".shown").textContent = text; }

  // ---- the form
  // Whether a part has a figure of anything on this page; else it can't be chosen, only linked to.
  function isTold(key, value) {
    var part = (parts.segments[key] || {})[value];
    return Boolean(part) && Array.from(document.querySelectorAll("[data-metric]")).some(function (box) {
      var cell = part[parts.metrics.indexOf(box.dataset.metric)];
      return Boolean(cell) && typeof cell !== "number";
    });
  }

  function offer() {
    KEYS.forEach(function (key) {
      var box = form.elements[key], values = parts.values[key];
      values.forEach(function (each) {
        var option = new Option(each[1], each[0]);
        option.disabled = !isTold(key, each[0]);
        hasGrey = hasGrey || option.disabled;
        box.add(option);
      });
      box.parentNode.hidden = values.length < 2;
    });
    form.addEventListener("change", chosen);
    form.addEventListener("reset", function () { setTimeout(chosen); });
    form.addEventListener("submit", function (event) { event.preventDefault(); });
  }

  function chosen() {
    choice = {};
    KEYS.forEach(function (key) {
      if (form.elements[key].value) { choice[key] = form.elements[key].value; }
    });
    history.pushState(null, "", location.pathname + location.search + written());
    carryAlong();
    show();
  }

  function follow() {
    var unknown;
    if (location.hash && !isChoice(location.hash)) {  // a place on this page: the choice stays
      if (written()) { history.replaceState(null, "", written(location.hash.slice(1))); }
      return;
    }
    choice = read(location.hash);
    if (form && parts) {
      form.hidden = !form.querySelector("option:not([value='']):enabled") && !written();
      KEYS.forEach(function (key) {
        if (choice[key] && !nameOf(key)) { unknown = choice[key]; delete choice[key]; }
        form.elements[key].value = choice[key] || "";
      });
      show();
      if (unknown) { note(parts.words.unknown.replace("{value}", unknown)); }
    }
    carryAlong();
  }

  function goToPlace() {
    var place = isChoice(location.hash) && new URLSearchParams(location.hash.slice(1)).get("at");
    var target = place && document.getElementById(place);
    if (target) { target.scrollIntoView(); }
  }

  if (form && parts) { offer(); }
  follow();
  goToPlace();
  addEventListener("hashchange", follow);
})();
