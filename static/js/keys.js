// Keyboard: Ctrl-K search, "/" filter, "j" and "k" rows, "x" select, "m" menu of the row, "a" actions, "?" the list of keys.
const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");

// The palette is fetched when it is first wanted; where that fails, the search page will do.
const find = document.querySelector("[data-palette]");
const search = () => find && import(find.dataset.palette).then(({ open }) => open()).catch(() => location.assign(find.href));

find?.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  search();
});

function move(step) {
  const links = [...document.querySelectorAll("#rows td.name a, .grid td.name a")];
  const row = document.activeElement.closest("tr");
  const at = links.findIndex((link) => link.closest("tr") === row);
  links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
}

function menu() {
  document.activeElement.closest("tr")?.querySelector("[data-row-menu]")?.click();
}

const ACTIONS = {
  "/": () => { const filter = document.querySelector("[data-filter]"); filter ? filter.focus() : search(); },
  "?": () => document.getElementById("keys").open || document.querySelector("[data-dialog=keys]").click(),
  j: () => move(1),
  k: () => move(-1),
  x: () => document.activeElement.closest("tr")?.querySelector(".pick input")?.click(),
  m: menu,
  a: () => document.querySelector(".selection button, .selection input")?.focus(),
};

document.addEventListener("keydown", (event) => {
  if (find && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key === "k") {
    event.preventDefault();
    search();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog:modal")) return;
  const action = ACTIONS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
