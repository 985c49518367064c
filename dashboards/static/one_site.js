(function () {
  "use strict";
  // "#site=Aster" shows a site's own month: its pulse, its tiles and its chart of leaving.
  var form = document.querySelector(".of-site"), sites = window.SITES;
  if (!form || !sites) { return; }
  var select = form.elements.site, tiles = document.querySelectorAll(".tile.month");
  var changed = document.querySelectorAll("[data-pulse], .tile.month");
  var kept = [], chart = document.querySelector("figure.card");
  var KEY = chart.id.replace("fig-", ""), everybody = window.figureOf(KEY);

  function element(name, text, look) {
    var made = document.createElement(name);
    if (look) { made.className = look; }
    made.textContent = text;
    return made;
  }

  function fill(box, parts) {
    box.textContent = "";
    parts.forEach(function (part) { box.append(part); });
  }

  function icon(mark, look) {
    var made = element("span", mark, look);
    made.setAttribute("aria-hidden", "true");
    return made;
  }

  function pulse(told) {
    ["kicker", "sentence", "context"].forEach(function (name) {
      document.querySelector("[data-pulse=" + name + "]").textContent = told[name];
    });
    var badge = document.querySelector("[data-pulse=badge]");
    badge.className = "badge " + told.looks;
    badge.hidden = !told.badge;
    fill(badge, [icon(told.mark), " " + told.badge]);
  }

  function spark(box, told) {
    var svg = box.querySelector("svg"), line = told.spark;
    if (!svg) { return; }
    svg.style.display = line ? "" : "none";
    if (!line) { return; }
    svg.setAttribute("class", "spark " + told.looks);
    svg.querySelector("polyline").setAttribute("points", line.points);
    svg.querySelector("circle").setAttribute("cx", line.x);
    svg.querySelector("circle").setAttribute("cy", line.y);
    svg.querySelector("path").setAttribute("d", line.band);
  }

  function tile(box, told) {
    function part(name) { return box.querySelector("[data-month=" + name + "]"); }
    var state = part("state");
    if (part("title").textContent.trim() !== told.title) { part("title").textContent = told.title; }
    fill(part("big"), told.figure ? [told.figure + " ", element("span", told.unit, "range")] : []);
    state.className = "verdict-word " + told.looks;
    fill(state, [icon(told.mark, "icon"), told.word]);
    fill(part("before"), told.target ? [told.before, element("br", ""), told.target] : [told.before]);
    spark(box, told);
  }

  function cell(name, text, scope) {
    var made = element(name, text);
    if (scope) { made.setAttribute("scope", scope); }
    return made;
  }

  function draw(told) {
    chart.querySelector("h2").textContent = told.title;
    chart.querySelector(".sub").textContent = told.subtitle;
    chart.querySelector(".sr").textContent = told.text;
    chart.querySelector(".foot > p").textContent = told.is_drawn ? told.note : told.text;
    chart.querySelector("a[download]").href = told.csv;
    fill(chart.querySelector("tbody"), told.cells.map(function (row) {
      var line = document.createElement("tr");
      fill(line, row.map(function (text, i) { return i ? cell("td", text) : cell("th", text, "row"); }));
      return line;
    }));
    chart.querySelector(".chart").hidden = !told.is_drawn;
    if (told.is_drawn) { window.putFigure(KEY, told.figure); }
  }

  // Who is still there: heads of months, then a row per quarter of hire with its shaded cells.
  function stay(told) {
    var card = document.getElementById("stayers");
    if (!card) { return; }
    card.querySelector("h2").textContent = told.title;
    card.querySelector(".scroll").hidden = !told.rows.length;
    fill(card.querySelector("thead tr"), ["Hired", "Agents"].concat(told.months).map(function (text) {
      return cell("th", String(text), "col");
    }));
    fill(card.querySelector("tbody"), told.rows.map(function (row) {
      var line = document.createElement("tr");
      fill(line, [cell("th", row[0], "row"), cell("td", row[1])].concat(row[2].map(shaded)));
      return line;
    }));
  }

  function shaded(told) {
    var made = element("td", told[1], told[2]);
    made.colSpan = told[0];
    made.title = told[3];
    if (!told[1]) { made.append(element("span", told[3], "sr")); }
    return made;
  }

  function keep() {
    if (kept.length) { return; }
    changed.forEach(function (box) { kept.push([box, box.innerHTML, box.className]); });
    chart.querySelectorAll("h2, .sub, .sr, .foot > p, tbody").forEach(whole);
    document.querySelectorAll("#stayers :is(h2, thead tr, tbody)").forEach(whole);
    kept.push([chart.querySelector("a[download]"), null, chart.querySelector("a[download]").href]);
  }

  function whole(box) { kept.push([box, box.innerHTML, box.className]); }

  function restore() {
    if (!kept.length) { return; }
    kept.forEach(function (each) {
      if (each[1] === null) { each[0].href = each[2]; return; }
      each[0].innerHTML = each[1];
      each[0].className = each[2];
    });
    document.querySelector("[data-pulse=badge]").hidden = !document.querySelector("[data-pulse=badge]").textContent.trim();
    document.querySelectorAll("#stayers .scroll").forEach(function (box) { box.hidden = false; });
    chart.querySelector(".chart").hidden = false;
    window.putFigure(KEY, everybody);
  }

  function show() {
    var asked = new URLSearchParams(location.hash.slice(1)).get("site");
    var told = asked && sites[asked];
    select.value = told ? asked : "";
    tiles.forEach(function (box) { box.classList.toggle("of-part", Boolean(told)); });
    if (told) {
      keep();
      pulse(told.pulse);
      told.tiles.forEach(function (each, i) { tile(tiles[i], each); tiles[i].classList.add("of-part"); });
      draw(told.chart);
      stay(told.stayers);
    } else {
      restore();
    }
    form.querySelector(".shown").textContent = told
      ? "The sentence, the tiles, figure 1 and who is still there are of " + told.name + " alone; everything else is of all sites. " + told.measure
      : asked ? "“" + asked + "” isn’t a site of this publication, so all sites are shown." : "Showing all sites.";
  }

  Object.keys(sites).forEach(function (key) { select.add(new Option(sites[key].name, key)); });
  form.hidden = false;
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  select.addEventListener("change", function () {
    var choice = new URLSearchParams(location.hash.indexOf("=") > 0 ? location.hash.slice(1) : "");
    if (select.value) { choice.set("site", select.value); } else { choice.delete("site"); }
    location.hash = String(choice);
  });
  addEventListener("hashchange", function () {
    if (!location.hash || location.hash.indexOf("=") > 0) { show(); }
  });
  show();
})();
