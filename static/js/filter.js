// The filter of a list: selects apply at once, typing suggests, arrow keys choose among the suggestions.
const form = document.querySelector("form[data-filters]");
const input = form.querySelector("[data-filter]");
const list = document.getElementById(input.getAttribute("aria-controls"));
// Suggestions that were sent away must not come back with an answer that was under way.
let dismissed = false;
const options = () => [...list.querySelectorAll("[role=option]:not([aria-disabled])")];

form.addEventListener("change", (event) => { if (event.target.tagName === "SELECT") form.requestSubmit(); });
form.addEventListener("submit", () => {
  for (const field of form.elements) field.disabled = field.name !== "" && field.value === "";
});
addEventListener("pageshow", () => { for (const field of form.elements) field.disabled = false; });

function close() {
  list.replaceChildren();
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function pick(step) {
  const all = options();
  const at = all.findIndex((option) => option.ariaSelected === "true");
  const next = all[(at + step + all.length) % all.length] ?? all[0];
  all.forEach((option) => { option.ariaSelected = option === next ? "true" : "false"; });
  input.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

const KEYS = {
  ArrowDown: () => pick(1),
  ArrowUp: () => pick(options().some((option) => option.ariaSelected === "true") ? -1 : 0),
  Escape: () => { dismissed = true; close(); },
  Enter: () => {
    const picked = options().find((option) => option.ariaSelected === "true");
    if (!picked) return false;
    location.assign(picked.dataset.href);
    return true;
  },
};

input.addEventListener("keydown", (event) => {
  if (!options().length || !(event.key in KEYS)) return;
  if (KEYS[event.key]() !== false) event.preventDefault();
});
list.addEventListener("pointerdown", (event) => event.preventDefault());
list.addEventListener("click", (event) => {
  const option = event.target.closest("[role=option]:not([aria-disabled])");
  if (option) location.assign(option.dataset.href);
});
input.addEventListener("input", () => { dismissed = false; });
input.addEventListener("blur", close);
document.addEventListener("htmx:beforeSwap", (event) => {
  const unwanted = dismissed || document.activeElement !== input || !input.value.trim();
  if (event.detail.target === list && unwanted) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === list) input.setAttribute("aria-expanded", String(list.childElementCount > 0));
});
