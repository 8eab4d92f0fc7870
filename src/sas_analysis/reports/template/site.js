"use strict";
(function () {
  var at = document.getElementById.bind(document), table = at("reports"), tool = document.querySelector(".tool");
  var bodies = Array.from(table.tBodies), heads = Array.from(table.tHead.rows[0].cells);
  var rows = Array.from(table.querySelectorAll("tr[data-light]")), picks = Array.from(tool.querySelectorAll("select[name]"));
  function text(row) { return (row.textContent + " " + row.dataset.find).replace(/\s+/g, " ").toLowerCase(); }
  var texts = new Map(rows.map(function (row) { return [row, text(row)]; }));

  function filter() {
    var words = at("find").value.toLowerCase().split(/\s+/).filter(Boolean), count = 0;
    rows.forEach(function (row) {
      var match = picks.every(function (pick) { return !pick.value || row.dataset[pick.name].split(" ").includes(pick.value); }) &&
        words.every(function (word) { return texts.get(row).includes(word); });
      row.hidden = !match;
      count += match;
    });
    bodies.forEach(function (body) { body.hidden = !body.querySelector("tr[data-light]:not([hidden])"); });
    at("shown").textContent = count + " of " + rows.length + " shown";
    at("nothing").hidden = count > 0;
  }

  function key(row, column) { var cell = row.cells[column]; return column ? Number(cell.dataset.key) : cell.textContent; }
  function sort(column, down) {
    heads.forEach(function (head, n) {
      if (n === column) { head.setAttribute("aria-sort", down ? "descending" : "ascending"); } else { head.removeAttribute("aria-sort"); }
    });
    at("order").value = column + (down ? " down" : "");
    bodies.forEach(function (body) {
      rows.filter(function (row) { return row.parentNode === body; }).sort(function (a, b) {
        var weak = ("weak" in a.cells[column].dataset) - ("weak" in b.cells[column].dataset);  // not ranked: always last
        var one = key(a, column), two = key(b, column);
        return weak || (column ? one - two : one.localeCompare(two)) * (down ? -1 : 1) || key(a, 0).localeCompare(key(b, 0));
      }).forEach(function (row) { body.appendChild(row); });
    });
  }

  heads.forEach(function (head, column) {
    if (head.dataset.sort === undefined) { return; }
    var button = document.createElement("button"), first = head.dataset.sort === "down";
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", function () {
      var now = head.getAttribute("aria-sort");
      sort(column, now ? now === "ascending" : first);
    });
    head.append(button);
  });
  at("order").addEventListener("change", function () { var to = at("order").value.split(" "); sort(Number(to[0]), to.length > 1); });
  tool.hidden = false;
  tool.addEventListener("submit", function (event) { event.preventDefault(); });
  tool.addEventListener("input", filter);
  addEventListener("hashchange", function () {  // a place chosen in the picture is found, whatever the filter
    var row = at(location.hash.slice(1));
    if (row && row.hidden) { tool.reset(); filter(); row.scrollIntoView(); }
  });
})();
