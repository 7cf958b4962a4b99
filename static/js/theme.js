// Colours and row height: remembered in localStorage (this device) and in a cookie, so that the server
// paints the next page right at once.
const root = document.documentElement;

function keep(name, value) {
  root.dataset[name] = value;
  localStorage.setItem(name, value);
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
}

document.querySelectorAll("[data-preference]").forEach((group) => {
  const name = group.dataset.preference;
  const stored = localStorage.getItem(name);
  if (stored && stored !== root.dataset[name]) keep(name, stored);
  const current = group.querySelector(`input[value="${CSS.escape(root.dataset[name])}"]`);
  if (current) current.checked = true;
  group.addEventListener("change", (event) => keep(name, event.target.value));
});
