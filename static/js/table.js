// [data-table]: a list that fits keeps its head at the top of the page; one that is wider than the page scrolls
// by itself, under its own head. While another page of it is on its way, it says so. What only some people
// need, the menu of the rows and the window of the columns, is loaded when it is first used ([data-module]).
// Rows with [data-poll="seconds"] are asked for anew while the page is seen and nobody is in the middle of
// something; when that fails they stay, and #stale says how old they are.
const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => measure(target.closest("[data-table]"))));

function measure(wrap) {
  if (wrap.dataset.table === "fits") wrap.dataset.table = "";
  const fits = wrap.scrollWidth <= wrap.clientWidth;
  wrap.dataset.table = fits ? "fits" : "wide";
}

const wraps = document.querySelectorAll("[data-table]");
wraps.forEach((wrap) => {
  watch.observe(wrap);
  watch.observe(wrap.querySelector("table"));
});

function wait() {
  wraps.forEach((wrap) => { wrap.ariaBusy = "true"; });
}

document.addEventListener("submit", (event) => { if (event.target.matches("[role=search]")) wait(); });
document.addEventListener("click", (event) => {
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (plain && event.target.closest("[data-table] th a, .pager a, .tabs a")) wait();
});
addEventListener("pageshow", () => wraps.forEach((wrap) => { wrap.ariaBusy = null; }));

const used = new Set();

async function use(element, run = () => {}) {
  const { module } = element.dataset;
  if (used.has(module)) return;
  used.add(module);
  try {
    run(await import(module));
  } catch {
    used.delete(module);
    const text = "The server cannot be reached. Check the connection and try again.";
    document.dispatchEvent(new CustomEvent("toast", { detail: { level: "error", text } }));
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-module]");
  if (link) use(link);
  const button = event.target.closest("[data-row-menu]");
  if (button) use(document.getElementById("row-menu"), ({ open }) => open(button));
});

const notice = document.getElementById("stale");
let fresh = new Date();

document.querySelectorAll("[data-poll]").forEach(({ id, dataset }) => {
  setInterval(() => {
    const busy = document.visibilityState !== "visible" || document.querySelector("dialog:modal");
    if (!busy) document.getElementById(id)?.dispatchEvent(new CustomEvent("refresh"));
  }, Number(dataset.poll) * 1000);
});

function why({ status }) {
  if (!status) return "The server cannot be reached.";
  if (status === 403 || status === 404) return "You may not see this list any more. Reload the page.";
  return "The server could not refresh the list.";
}

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!notice || !detail.requestConfig.elt.closest("[data-poll]")) return;
  if (detail.successful) fresh = new Date();
  else notice.querySelector("[data-why]").textContent = `${why(detail.xhr)} These rows are from ${fresh.toLocaleTimeString()}.`;
  notice.hidden = Boolean(detail.successful);
});
