// The palette: fetched when it is first opened (js/keys.js). Arrows choose, Enter opens, recent picks stay at hand.
const link = document.querySelector("[data-palette]");
const dialog = Object.assign(document.createElement("dialog"), { id: "palette", ariaLabel: "Search" });
const kept = `recent.${link.dataset.recent}`;
const recent = () => { try { return JSON.parse(localStorage.getItem(kept)) ?? []; } catch { return []; } };
const options = () => [...dialog.querySelectorAll("[role=option]")];
const chosen = () => dialog.querySelector("[aria-selected=true]");
let input;

const ready = (async () => {
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: link.dataset.style });
  const styled = new Promise((done) => { style.onload = style.onerror = done; });
  document.head.append(style);
  document.body.append(dialog);
  await Promise.all([styled, htmx.ajax("GET", `${link.pathname}/palette`, { target: dialog, swap: "innerHTML" })]);
  htmx.process(dialog); // now, and not when it has settled: typing begins at once
  input = dialog.querySelector("input");
  input.addEventListener("keydown", press);
  input.addEventListener("input", () => choose());
})();

export async function open() {
  await ready;
  if (document.querySelector("dialog:modal")) return;
  dialog.showModal();
  input.select();
  offer();
}

// Without a choice Enter searches for the text: what is shown may be older than what is typed.
function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  option ? input.setAttribute("aria-activedescendant", option.id) : input.removeAttribute("aria-activedescendant");
}

function press(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const all = options();
  if (step && all.length) {
    event.preventDefault();
    choose(all.at((all.indexOf(chosen()) + (chosen() || step > 0 ? step : 0)) % all.length));
  } else if (event.key === "Enter" && chosen()) {
    event.preventDefault();
    chosen().click();
  }
}

function offer() {
  const list = dialog.querySelector("#palette-list");
  list.querySelector("[data-recent]")?.remove();
  const rows = input.value.trim() ? [] : recent();
  if (rows.length) list.prepend(group(rows));
  choose(options()[0]);
}

function group(rows) {
  const made = Object.assign(document.createElement("div"), { role: "group", ariaLabel: "Recent" });
  made.setAttribute("data-recent", "");
  made.append(Object.assign(document.createElement("div"), { className: "title", ariaHidden: "true", textContent: "Recent" }));
  rows.forEach(({ href, label, hint }, at) => {
    const option = Object.assign(document.createElement("a"), { role: "option", id: `p-recent-${at}`, href, tabIndex: -1, ariaSelected: "false" });
    option.append(Object.assign(document.createElement("b"), { textContent: label }), Object.assign(document.createElement("span"), { textContent: hint }));
    made.append(option);
  });
  return made;
}

dialog.addEventListener("click", (event) => {
  const option = event.target.closest("[role=option]");
  if (!option) return;
  if (option.dataset.text) {
    event.preventDefault();
    input.value = option.dataset.text;
    input.focus();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    return;
  }
  const picked = { href: option.getAttribute("href"), label: option.querySelector("b").textContent, hint: option.querySelector("span")?.textContent ?? "" };
  try {
    localStorage.setItem(kept, JSON.stringify([picked, ...recent().filter(({ href }) => href !== picked.href)].slice(0, 5)));
  } catch { return; } finally { if (!event.ctrlKey && !event.metaKey) dialog.close(); }
});
// Not before htmx knows the new links: some open in the window.
dialog.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "palette-found") offer(); });
