document.querySelector(".show-code").hidden = false;
document.body.classList.add("without-code");
document.getElementById("show-code").addEventListener("change", function (event) {
  document.body.classList.toggle("without-code", !event.target.checked);
  document.querySelectorAll("details.code").forEach(function (code) { code.open = event.target.checked; });
});
