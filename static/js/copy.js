// <button data-copy="text"> puts the text on the clipboard and says so; data-copy-url="/path", its whole address.
const say = (level, text) => document.dispatchEvent(new CustomEvent("toast", { detail: { level, text } }));

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-url]");
  if (!button) return;
  const { copy, copyUrl } = button.dataset;
  try {
    await navigator.clipboard.writeText(copy ?? new URL(copyUrl, location).href);
    say("success", "Copied.");
  } catch {
    // Clipboards are closed to pages without HTTPS: select the text so that the keyboard can copy it.
    const source = button.parentElement.querySelector("code, input, textarea");
    if (source) getSelection().selectAllChildren(source);
    say("warning", "Press Ctrl+C to copy the selected text.");
  }
});
