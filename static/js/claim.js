// The claim window: scanned codes go to the others, and a file that is too large is refused before it is sent.
import { offer } from "./scan.js";

const MOST_BYTES = 4_900_000; // what the server takes, without the rest of the form

function ready() {
  const box = document.querySelector("[data-claim] [data-scan]");
  if (box) offer(box);
}

ready();
document.addEventListener("htmx:afterSettle", ready);

document.addEventListener("scanned", (event) => {
  const field = event.target.closest("[data-claim]")?.querySelector("[name=codes]");
  if (!field) return;
  const before = field.value.trimEnd();
  if (before.toUpperCase().replaceAll("-", "").includes(event.detail.code.replaceAll("-", ""))) return;
  field.value = before ? `${before}\n${event.detail.code}` : event.detail.code;
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (!field.matches("[data-claim] [name=file]")) return;
  const [file] = field.files;
  const large = file && file.size > MOST_BYTES;
  const text = large ? `${file.name} has ${(file.size / 1e6).toFixed(1)} MB; 10,000 claim codes and 5 MB are allowed at once: split it.` : "";
  field.setCustomValidity(text);
  field.toggleAttribute("aria-invalid", false);
  if (large) field.setAttribute("aria-invalid", "true");
  const problem = document.getElementById("claim-file-problem");
  problem.textContent = text;
  problem.className = text ? "problem" : "";
});
