// The menu of a row: one menu for all rows; the button of a row says which device it is about.
const menu = document.getElementById("row-menu");
const items = () => [...menu.querySelectorAll("[role=menuitem]")];
let from = "";
let wasOpen = false;

export function open(button) {
  const row = button.closest("tr");
  from = button.id;
  menu.querySelectorAll("[name=only]").forEach((item) => { item.value = row.querySelector("[name=ids]").value; });
  menu.querySelector("[data-row-link]").href = row.querySelector("td.name a").href;
  menu.setAttribute("aria-label", button.getAttribute("aria-label"));
  menu.showPopover();
  place(button.getBoundingClientRect());
  items()[0].focus();
}

function place({ top, bottom, right }) {
  const { offsetHeight, offsetWidth } = menu;
  const below = bottom + offsetHeight + 8 < innerHeight;
  menu.style.top = `${Math.max(8, below ? bottom + 4 : top - offsetHeight - 4)}px`;
  menu.style.left = `${Math.max(8, right - offsetWidth)}px`;
}

function close() {
  menu.hidePopover();
  document.getElementById(from)?.focus();
}

document.addEventListener("pointerdown", (event) => {
  const button = event.target.closest("[data-row-menu]");
  wasOpen = button?.id === from && menu.matches(":popover-open");
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-row-menu]");
  if (button && !wasOpen) open(button);
  wasOpen = false;
  // A window gives the focus back to what opened it: to the row, as the menu is gone by then.
  if (event.target.closest("#row-menu button")) close();
});

const STEPS = {
  ArrowDown: (at, last) => (at === last ? 0 : at + 1),
  ArrowUp: (at, last) => (at <= 0 ? last : at - 1),
  Home: () => 0,
  End: (at, last) => last,
};

menu.addEventListener("keydown", (event) => {
  if (event.key === "Tab" || event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    return close();
  }
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const all = items();
  all[step(all.indexOf(document.activeElement), all.length - 1)].focus();
});

addEventListener("scroll", () => { if (menu.matches(":popover-open")) menu.hidePopover(); }, { passive: true, capture: true });
