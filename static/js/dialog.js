// Native dialogs: data-dialog="id" opens one, a click outside closes it, focus goes back to what opened it.
// Whatever htmx puts into #window-body opens the window.
const frame = document.getElementById("window");
let opener = null;

function open(dialog) {
  opener = document.activeElement;
  if (dialog.open) dialog.close();
  dialog.showModal();
  focusFirst(dialog);
}

// What went wrong, or what is to be filled in, comes before the button that closes.
function focusFirst(dialog) {
  const wanted = ["[aria-invalid=true]", "[autofocus]", ".body :is(input:not([type=hidden], .vh), select, textarea)", ".foot .button"];
  wanted.map((selector) => dialog.querySelector(selector)).find(Boolean)?.focus();
}

document.addEventListener("click", (event) => {
  const trigger = event.target.closest("[data-dialog]");
  const dialog = trigger && document.getElementById(trigger.dataset.dialog);
  if (dialog) {
    event.preventDefault();
    trigger.closest("details")?.removeAttribute("open");
    open(dialog);
  }
  const close = event.target.closest("[data-close-dialog]");
  if (close?.closest("dialog:modal")) {
    event.preventDefault();
    leave(close.closest("dialog"));
  }
});

// Only a press that starts and ends outside closes: dragging a text selection out of a field does not.
let pressed = null;
document.addEventListener("pointerdown", (event) => { pressed = event.target; });
document.addEventListener("click", (event) => {
  if (event.target === pressed && event.target.matches?.("dialog:modal") && outside(event.target, event)) leave(event.target);
});

function outside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

function leave(dialog) {
  if (dialog.dispatchEvent(new CustomEvent("leave", { cancelable: true, bubbles: true }))) dialog.close();
}

document.addEventListener("cancel", (event) => {
  if (!event.target.matches("dialog:modal")) return;
  event.preventDefault();
  leave(event.target);
}, true);

document.addEventListener("close", (event) => {
  if (event.target === frame) document.getElementById("window-body").replaceChildren();
  if (opener?.isConnected) opener.focus();
  opener = null;
}, true);

// Settled, not only swapped: what is typed before htmx knows the new fields would go unheard.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "window-body" || !event.detail.target.childElementCount) return;
  if (frame.matches(":modal")) focusFirst(frame);
  else open(frame);
});

// A form that came back with errors: its dialog is open in the page, make it modal.
document.querySelectorAll("dialog.window[open]").forEach((dialog) => open(dialog));
