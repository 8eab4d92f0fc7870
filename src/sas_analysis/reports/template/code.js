document.querySelector(".show-code").hidden = false;
document.getElementById("show-code").addEventListener("change", function (event) {
  document.querySelectorAll("details.code").forEach(function (code) { code.open = event.target.checked; });
});
