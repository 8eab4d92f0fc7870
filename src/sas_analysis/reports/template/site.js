"use strict";
(function () {
  var body = document.querySelector("#reports tbody");
  var rows = Array.from(body.rows);
  var find = document.getElementById("find"), light = document.getElementById("light");
  var shown = document.getElementById("shown"), nothing = document.getElementById("nothing");

  function text(row) { return row.textContent.replace(/\s+/g, " ").toLowerCase(); }
  var texts = new Map(rows.map(function (row) { return [row, text(row)]; }));

  function filter() {
    var words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    var count = 0;
    rows.forEach(function (row) {
      var told = light.value === "failed" ? "failed" in row.dataset : !light.value || row.dataset.status === light.value;
      var match = told && words.every(function (word) { return texts.get(row).includes(word); });
      row.hidden = !match;
      count += match ? 1 : 0;
    });
    shown.textContent = count + " of " + rows.length + " shown";
    nothing.hidden = count > 0;
  }

  var order = { red: 0, amber: 1, grey: 2, none: 3, simulated: 4, green: 5 };
  function key(row, column) {
    var cell = row.cells[column], given = cell.dataset.key;
    if (given === undefined) { return cell.textContent.trim().toLowerCase(); }
    return given in order ? order[given] : Number(given);
  }

  function sort(header, column) {
    var up = header.getAttribute("aria-sort") !== "ascending";
    header.parentNode.querySelectorAll("th").forEach(function (other) { other.removeAttribute("aria-sort"); });
    header.setAttribute("aria-sort", up ? "ascending" : "descending");
    rows.sort(function (a, b) {
      var one = key(a, column), two = key(b, column);
      return (one < two ? -1 : one > two ? 1 : 0) * (up ? 1 : -1);
    });
    rows.forEach(function (row) { body.appendChild(row); });
  }

  document.querySelectorAll("#reports thead th:not(.fixed)").forEach(function (header, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    button.addEventListener("click", function () { sort(header, column); });
    header.replaceChildren(button);
  });
  document.querySelector(".find").hidden = false;
  document.querySelector(".find").addEventListener("submit", function (event) { event.preventDefault(); });
  find.addEventListener("input", filter);
  light.addEventListener("change", filter);
})();
