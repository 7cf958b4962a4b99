// <details class="menu">: closes on a click elsewhere, on Escape and when focus moves on.
const opened = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  opened().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  opened().forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

document.addEventListener("focusin", (event) => {
  opened().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
