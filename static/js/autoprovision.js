// The Auto-Provisioning window: tabs, the options of each source, ticked options. Delegated, because the
// window comes and goes. Rows and rules are added, moved and removed by the server.
const KINDS = { subnet: "subnet", ext_ip: "subnet", model: "model", geoip: "other" };

function choose(tab) {
  const list = tab.closest("[role=tablist]");
  for (const one of list.querySelectorAll("[role=tab]")) {
    const on = one === tab;
    one.ariaSelected = String(on);
    one.tabIndex = on ? 0 : -1;
    document.getElementById(one.getAttribute("aria-controls")).toggleAttribute("data-active", on);
  }
  const kept = list.closest("form").elements.tab;
  if (kept) kept.value = tab.dataset.tab;
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-autoprovision] [role=tab]");
  if (tab) choose(tab);
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest("[data-autoprovision] [role=tab]");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!tab || !step) return;
  const tabs = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]")];
  const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
  choose(next);
  next.focus();
});

document.addEventListener("change", (event) => {
  const { target } = event;
  if (!target.closest("[data-autoprovision]")) return;
  if (target.matches("[data-source]")) {
    const rule = target.closest(".rule");
    rule.dataset.kind = KINDS[target.value] ?? "text";
    rule.querySelector("[data-sample-label]").textContent = target.selectedOptions[0].textContent;
  }
  if (target.matches("[data-ticks]")) tick(target);
});

// Typing a value ticks its option.
document.addEventListener("input", (event) => {
  const box = event.target.closest("[data-autoprovision] .option")?.querySelector("[data-ticks]");
  if (box && event.target !== box) box.checked = event.target.value !== "";
});

function tick(box) {
  const input = document.getElementById(box.dataset.ticks);
  if (box.checked) return input.focus();
  if (!input.value) return;
  input.value = "";
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

// After a row or a rule came or went, focus follows it.
document.addEventListener("htmx:afterSettle", (event) => {
  const button = event.detail.requestConfig?.elt;
  if (!button?.matches("[data-reshape]") || !event.target.matches(".rules")) return;
  const rules = event.target;
  if (button.name === "remove") return document.getElementById(`add-${rules.id.slice("rules-".length)}`).focus();
  if (button.name !== "add") return;
  const rule = button.value.includes("-") ? document.getElementById(`${button.value}-src`).closest(".rule") : [...rules.querySelectorAll(".rule")].at(-1);
  const fields = [...rule.querySelectorAll(button.value.includes("-") ? "tbody tr:last-child :is(input, select)" : "select")];
  fields.find((field) => field.offsetParent)?.focus();
});
