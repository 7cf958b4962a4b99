// Checkboxes of a list: all on this page, ranges with Shift, all that match; survives the refresh of the rows.
const form = document.querySelector("form[data-selection]");
const chosen = new Set();
let last = null;

const boxes = () => [...form.querySelectorAll('input[name="ids"]')];
const whole = form.elements.all_matching;
const page = form.querySelector("[data-all]");
const said = form.querySelector("[data-count]");

function tell() {
  const number = whole?.checked ? Number(whole.dataset.total) : chosen.size;
  said.textContent = `${number} selected`;
  const on = boxes().filter((box) => box.checked).length;
  page.checked = on > 0 && on === boxes().length;
  page.indeterminate = on > 0 && !page.checked;
}

function mark(box, on) {
  box.checked = on;
  if (on) chosen.add(box.value);
  else chosen.delete(box.value);
}

function restore() {
  const rows = boxes();
  const here = new Set(rows.map((box) => box.value));
  chosen.forEach((id) => { if (!here.has(id)) chosen.delete(id); });
  rows.forEach((box) => mark(box, whole?.checked || chosen.has(box.value)));
  tell();
}

form.addEventListener("click", (event) => {
  const box = event.target.closest('input[name="ids"]');
  if (!box) return;
  const rows = boxes();
  const from = rows.findIndex((one) => one.value === last);
  const to = rows.indexOf(box);
  if (event.shiftKey && from >= 0) {
    rows.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((one) => mark(one, box.checked));
  }
  last = box.value;
});

form.addEventListener("change", (event) => {
  const { target } = event;
  if (target === page) boxes().forEach((box) => mark(box, target.checked));
  else if (target === whole) boxes().forEach((box) => mark(box, target.checked));
  else if (target.name === "ids") mark(target, target.checked);
  if (whole && target !== whole && target.name !== "" && !target.checked) whole.checked = false;
  tell();
});

form.querySelector("[data-clear]")?.addEventListener("click", () => {
  if (whole) whole.checked = false;
  boxes().forEach((box) => mark(box, false));
  tell();
});

document.addEventListener("htmx:afterSwap", (event) => { if (form.contains(event.detail.elt)) restore(); });
boxes().filter((box) => box.checked).forEach((box) => chosen.add(box.value));
restore();
