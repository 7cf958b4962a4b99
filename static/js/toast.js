// Results: shows the toasts of the page and of `toast` events, and lets go of the good ones after a while.
const region = document.getElementById("toasts");
const template = document.getElementById("toast-template");
const LIFE = 8000;

function arm(toast) {
  toast.querySelector("[data-close]").addEventListener("click", () => toast.remove());
  if (toast.matches(".error, .warning")) return;
  let timer = setTimeout(() => toast.remove(), LIFE);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("focusin", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => { timer = setTimeout(() => toast.remove(), LIFE / 2); });
}

function show({ text, level = "success" }) {
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.classList.replace("success", level);
  toast.querySelector("span").textContent = text;
  region.append(toast);
  arm(toast);
}

region.querySelectorAll("[data-toast]").forEach(arm);
document.addEventListener("toast", (event) => show(event.detail));

document.addEventListener("htmx:sendError", (event) => {
  if (event.detail.elt.closest("[data-poll]")) return;
  show({ level: "error", text: "The server cannot be reached. Check the connection and try again." });
});

document.addEventListener("htmx:responseError", (event) => {
  const { xhr, elt } = event.detail;
  if (xhr.status === 401) return location.reload();
  if (elt.closest("[data-poll]")) return;
  const reference = xhr.getResponseHeader("X-Request-Id");
  const text = xhr.status === 429 ? "Too many requests. Wait a moment and try again."
    : xhr.status === 403 ? "Your role does not allow this."
      : xhr.status === 404 ? "This no longer exists. Reload the page."
        : "The server could not do this.";
  show({ level: "error", text: reference ? `${text} Reference ${reference}.` : text });
});
