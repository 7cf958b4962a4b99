// What the page asks by itself is no sign that anybody is there: it says so, and the session may end meanwhile.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const { triggeringEvent, elt, headers } = detail;
  if (triggeringEvent ? triggeringEvent.type === "refresh" : elt.matches('[hx-trigger^="every"]')) headers["X-Background"] = "1";
});
