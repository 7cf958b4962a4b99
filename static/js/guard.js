// <form data-guard>: says how many fields changed, and asks before unsaved changes are lost.
let leaving = false;
const QUESTION = "Leave without saving your changes?";
const changed = () => [...document.querySelectorAll("form[data-guard][data-changed]")];

function differs(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName === "SELECT") return [...field.options].some((option) => option.selected !== option.defaultSelected) && field.value !== first(field);
  return "defaultValue" in field && field.value !== field.defaultValue;
}

function first(select) {
  return ([...select.options].find((option) => option.defaultSelected) ?? select.options[0])?.value;
}

function names(form) {
  const fields = [...form.elements].filter((field) => field.name && !("unguarded" in field.dataset) && differs(field));
  return new Set(fields.map((field) => field.name));
}

function count(form) {
  const number = names(form).size;
  const unsaved = form.toggleAttribute("data-changed", number > 0 || form.hasAttribute("data-dirty"));
  const said = form.querySelector("[data-changes]");
  if (said) said.textContent = !unsaved ? "" : number === 0 ? "Unsaved changes" : number === 1 ? "1 unsaved change" : `${number} unsaved changes`;
}

for (const type of ["input", "change"]) {
  document.addEventListener(type, (event) => { if (event.target.form?.matches("[data-guard]")) count(event.target.form); });
}
document.addEventListener("reset", (event) => { if (event.target.matches("[data-guard]")) setTimeout(() => count(event.target)); });
document.addEventListener("submit", (event) => { if (event.target.matches("[data-guard]")) leaving = true; });

// What was marked as wrong is being mended: whether it is right says the server.
document.addEventListener("input", ({ target }) => {
  if (target.getAttribute("aria-invalid") !== "true") return;
  target.removeAttribute("aria-invalid");
  document.getElementById(target.getAttribute("aria-describedby"))?.querySelector(".problem")?.remove();
});

function dirty(form) {
  form.setAttribute("data-dirty", "");
  count(form);
}

// A part of the form came back from the server: rows were added, moved or removed; or all of it, with errors.
document.addEventListener("htmx:afterSettle", (event) => {
  leaving = false;
  const sent = event.detail.requestConfig?.elt;
  const form = sent?.matches("[data-reshape]") ? event.target.closest?.("form[data-guard]")
    : sent?.matches("form[data-guard]") ? document.querySelector("#window-body form[data-guard]") : null;
  if (form) dirty(form);
});
document.addEventListener("htmx:responseError", () => { leaving = false; });

document.addEventListener("click", (event) => { if (event.target.closest("[data-discard]")) leaving = true; });
addEventListener("beforeunload", (event) => { if (!leaving && changed().length) event.preventDefault(); });
document.addEventListener("leave", (event) => {
  if (event.target.querySelector("form[data-guard][data-changed]") && !confirm(QUESTION)) event.preventDefault();
});

// What the server refused is not saved yet.
document.querySelectorAll("form[data-guard]:has([aria-invalid=true], [data-unsaved])").forEach(dirty);
