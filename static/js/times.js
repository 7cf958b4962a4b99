// <time data-relative>: keeps "12 s ago" true without asking the server.
const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

function tell(element) {
  const age = Math.max(0, Math.floor((Date.now() - Date.parse(element.dateTime)) / 1000));
  const [size, unit] = UNITS.find(([seconds]) => age >= seconds) ?? [1, "s"];
  const text = `${Math.floor(age / size)} ${unit} ago`;
  if (element.textContent !== text) element.textContent = text;
}

setInterval(() => {
  if (document.visibilityState === "visible") document.querySelectorAll("time[data-relative]").forEach(tell);
}, 1000);
