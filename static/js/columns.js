// The window of the columns: arrows, dragging and Alt with the arrow keys move a column; the form sends the order.
const row = (target) => target.closest?.("[data-columns] .columns > li");
const free = (item) => item?.draggable === true;

function move(item, step) {
  const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
  if (!free(item) || !free(other)) return;
  if (step < 0) other.before(item);
  else other.after(item);
  item.scrollIntoView({ block: "nearest" });
  const all = [...item.parentElement.children];
  const said = item.closest("form").querySelector("[data-said]");
  said.textContent = `${item.querySelector("label").textContent.trim()} is column ${all.indexOf(item) + 1} of ${all.length}.`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-columns] [data-move]");
  if (!button) return;
  event.preventDefault();
  move(row(button), button.dataset.move === "up" ? -1 : 1);
  button.focus();
});

document.addEventListener("keydown", (event) => {
  const item = row(event.target);
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!item || !step || !event.altKey) return;
  event.preventDefault();
  const { activeElement } = document;
  move(item, step);
  activeElement.focus();
});

let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = row(event.target);
  dragged?.toggleAttribute("data-dragged", true);
});
document.addEventListener("dragover", (event) => {
  const over = dragged && row(event.target);
  if (!over) return;
  event.preventDefault();
  if (!free(over) || over === dragged) return;
  const { top, height } = over.getBoundingClientRect();
  if (event.clientY < top + height / 2) over.before(dragged);
  else over.after(dragged);
});
document.addEventListener("dragend", () => {
  dragged?.removeAttribute("data-dragged");
  dragged = null;
});
