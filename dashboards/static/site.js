(function () {
  "use strict";
  var root = document.documentElement;
  var light = document.querySelector(".light");
  var figures = JSON.parse(document.getElementById("figures").textContent);
  var NARROW_BELOW = 480;
  var options = { displayModeBar: false, responsive: false, doubleClick: false, scrollZoom: false };

  // A copy of a figure's part with every var(--name) replaced by its value on `scheme`.
  function resolved(part, scheme) {
    var values = getComputedStyle(scheme);
    return JSON.parse(JSON.stringify(part), function (key, value) {
      var name = typeof value === "string" && /^var\((--[\w-]+)\)$/.exec(value);
      return name ? values.getPropertyValue(name[1]).trim() : value;
    });
  }

  function layoutFor(figure, width, scheme) {
    var layout = resolved(width < NARROW_BELOW ? figure.narrow : figure.wide, scheme);
    layout.width = width;
    return layout;
  }

  function drawOne(key, printing) {
    var box = document.getElementById("chart-" + key);
    var figure = figures[key];
    var scheme = printing ? light : root;
    var width = printing ? Number(box.dataset.printWidth) : box.clientWidth;
    var layout = layoutFor(figure, width, scheme);
    if (printing) { layout.height = Math.max(printHeight(box), Math.min(0.85 * tallestBeside(box), 2 * printHeight(box))); }
    box.style.minHeight = layout.height + "px";
    // Beside a longer card a chart takes the room that it would leave empty, up to twice its height.
    if (!printing) { layout.height = Math.max(layout.height, Math.min(box.clientHeight, 2 * layout.height)); }
    return Plotly.react(box, resolved(figure.data, scheme), layout, options);
  }

  function printHeight(box) {
    return Number(box.dataset.printHeight) || figures[box.id.replace("chart-", "")].printHeight;
  }

  // On paper a chart is nearly as tall as the one beside it, for its card is, up to twice its own height.
  function tallestBeside(box) {
    var row = box.closest(".row");
    if (!row || row.querySelector(".card:not(:has(.chart))")) { return 0; }
    return Math.max.apply(null, Array.from(row.querySelectorAll(".chart[data-print-width]"), printHeight));
  }

  function isSeen(key) { return document.getElementById("chart-" + key).clientWidth > 0; }

  function draw(printing) {
    return Promise.all(Object.keys(figures).filter(isSeen).map(function (key) {
      return drawOne(key, printing);
    }));
  }

  // What is wider than its card opens at its newest month.
  function openAtNewest() {
    document.querySelectorAll("#map .scroll:not([data-opened])").forEach(function (box) {
      if (!box.clientWidth) { return; }
      box.scrollLeft = box.scrollWidth;
      box.dataset.opened = "1";
    });
  }

  // Long names of files and columns may end a line after a sign between their words; they copy as they are.
  function breakNames() {
    var walker = document.createTreeWalker(document.getElementById("main"), NodeFilter.SHOW_TEXT), found = [];
    var name = /([A-Za-z][\w.\/-]{12,}\w)/;
    while (walker.nextNode()) {
      if (name.test(walker.currentNode.data) && !walker.currentNode.parentNode.closest("pre, svg")) { found.push(walker.currentNode); }
    }
    found.forEach(function (text) {
      var pieces = document.createDocumentFragment();
      text.data.split(name).forEach(function (part, i) {
        var words = i % 2 ? part.match(/[^_\/.-]*[_\/.-]+|[^_\/.-]+/g) : [part];
        words.forEach(function (word, k) {
          if (k) { pieces.append(document.createElement("wbr")); }
          pieces.append(word);
        });
      });
      text.replaceWith(pieces);
    });
  }
  breakNames();

  // On a phone the longer parts of a page are folded until they are asked for.
  document.querySelectorAll("details.fold").forEach(function (part) {
    part.open = innerWidth > 560;
    part.addEventListener("toggle", later);
    part.addEventListener("toggle", openAtNewest);
  });
  addEventListener("hashchange", function () {
    var place = location.hash.indexOf("=") < 0 && document.getElementById(location.hash.slice(1));
    var part = place && place.closest("details.fold");
    if (part) { part.open = true; place.scrollIntoView(); }
  });

  // For a page that shows another figure in the place of one.
  window.figureOf = function (key) { return figures[key]; };
  window.putFigure = function (key, figure) { figures[key] = figure; return isSeen(key) && drawOne(key, false); };

  // What the reader sees is drawn first, the charts further down one by one after it.
  function drawFirst() {
    var below = [], inView = [];
    var seen = Object.keys(figures).filter(isSeen);
    seen.forEach(function (key) {
      var box = document.getElementById("chart-" + key);
      var layout = box.clientWidth < NARROW_BELOW ? figures[key].narrow : figures[key].wide;
      box.style.minHeight = layout.height + "px";
    });
    seen.forEach(function (key) {
      var box = document.getElementById("chart-" + key);
      (box.getBoundingClientRect().top < innerHeight ? inView : below).push(key);
    });
    return Promise.all(inView.map(function (key) { return drawOne(key, false); })).then(function () {
      performance.mark("drawn");
      return below.reduce(function (before, key) {
        return before.then(pause).then(function () { return drawOne(key, false); });
      }, Promise.resolve());
    });
  }

  function pause() { return new Promise(function (go) { setTimeout(go); }); }

  // ---- a chart as a picture: light, with its title and note, and the page's own font inside
  function wrapped(text, size, width) {
    var pen = document.createElement("canvas").getContext("2d");
    pen.font = size + "px " + getComputedStyle(document.body).fontFamily;
    var lines = [""];
    text.split(/\s+/).forEach(function (word) {
      var longer = (lines[lines.length - 1] + " " + word).trim();
      if (pen.measureText(longer).width > width) { lines.push(word); } else { lines[lines.length - 1] = longer; }
    });
    return lines;
  }

  function texts(key, width) {
    var card = document.getElementById("fig-" + key);
    function lines(selector, size) {
      return wrapped(card.querySelector(selector).textContent.trim(), size, width);
    }
    return { title: lines("h2", 24), sub: lines(".sub", 16), note: lines(".foot > p", 14).concat(lines(".foot .source", 14)) };
  }

  function svgText(lines, x, y, size, weight, color) {
    return lines.map(function (line, i) {
      var node = document.createElementNS("http://www.w3.org/2000/svg", "text");
      node.setAttribute("x", x);
      node.setAttribute("y", y + i * size * 1.25);
      node.setAttribute("style", "font:" + weight + " " + size + "px " +
        getComputedStyle(document.body).fontFamily.replace(/"/g, "'") + ";fill:" + color);
      node.textContent = line;
      return new XMLSerializer().serializeToString(node);
    }).join("");
  }

  function picture(key) {
    var width = 860, pad = 24;
    var layout = layoutFor(figures[key], width, light);
    var said = texts(key, width);
    var ink = getComputedStyle(light).getPropertyValue("--ink").trim();
    var pale = getComputedStyle(light).getPropertyValue("--ink-2").trim();
    var top = pad + said.title.length * 30 + said.sub.length * 20 + 14;
    var height = top + layout.height + said.note.length * 18 + pad;
    return Plotly.toImage({ data: resolved(figures[key].data, light), layout: layout, config: options },
      { format: "svg", width: width, height: layout.height }).then(function (url) {
      var chart = decodeURIComponent(url.slice(url.indexOf(",") + 1))
        .replace("<svg ", '<svg x="' + pad + '" y="' + top + '" ');
      var font = window.FONT;
      var face = font ? "<style>@font-face{font-family:" + font.family + ";font-weight:" + font.weight +
        ";src:url(" + font.url + ")}</style>" : "";
      return { width: width + 2 * pad, height: height, svg:
        '<svg xmlns="http://www.w3.org/2000/svg" width="' + (width + 2 * pad) + '" height="' + height + '">' +
        face + '<rect width="100%" height="100%" fill="#fff"/>' +
        svgText(said.title, pad, pad + 22, 24, 650, ink) +
        svgText(said.sub, pad, pad + said.title.length * 30 + 16, 16, 400, pale) + chart +
        svgText(said.note, pad, top + layout.height + 14, 14, 400, pale) + "</svg>" };
    });
  }

  // A promise of the PNG as a data URL, `scale` of its pixels to a CSS pixel.
  function pictureUrl(key, scale) {
    return picture(key).then(function (drawing) {
      var image = new Image();
      image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(drawing.svg);
      return image.decode().then(function () {
        var canvas = document.createElement("canvas");
        canvas.width = drawing.width * scale;
        canvas.height = drawing.height * scale;
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        return canvas.toDataURL("image/png");
      });
    });
  }

  function savePicture(key) {
    return pictureUrl(key, 2).then(function (url) {
      var link = document.createElement("a");
      link.download = key + ".png";
      link.href = url;
      link.click();
    });
  }

  // For the refresh, which makes the same pictures for slides.
  window.pictures = {};
  Object.keys(figures).forEach(function (key) {
    window.pictures[key] = function (scale) { return pictureUrl(key, scale); };
  });

  // ---- printing: charts in print's sizes, and what is folded away is opened, but for the tables
  // behind charts and the queries of definitions: those are printed where the reader has opened them
  function unfold() {
    document.querySelectorAll("main details:not([open], .foot details, .definition details)").forEach(function (one) {
      one.open = true;
      one.dataset.folded = "1";
    });
  }

  function foldAgain() {
    document.querySelectorAll("[data-folded]").forEach(function (one) {
      one.open = false;
      delete one.dataset.folded;
    });
  }

  function print() { unfold(); draw(true); }
  function afterPrint() { foldAgain(); later(); }

  document.querySelectorAll("[data-png]").forEach(function (button) {
    button.addEventListener("click", function () { savePicture(button.dataset.png); });
  });

  var timer;
  function later() {
    clearTimeout(timer);
    timer = setTimeout(function () { draw(false); }, 120);
  }
  document.fonts.ready.then(openAtNewest).then(drawFirst).then(function () {
    root.dataset.ready = "1";
  });
  addEventListener("resize", later);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", later);
  matchMedia("print").addEventListener("change", function (e) {
    if (e.matches) { print(); } else { afterPrint(); }
  });
  addEventListener("beforeprint", print);
  addEventListener("afterprint", afterPrint);
})();
