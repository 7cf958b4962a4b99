// The index beside a settings page follows the scroll.
const links = new Map([...document.querySelectorAll(".settings > .index a")].map((link) => [link.hash.slice(1), link]));
const seen = new Set();

const watcher = new IntersectionObserver((entries) => {
  entries.forEach(({ target, isIntersecting }) => (isIntersecting ? seen.add(target.id) : seen.delete(target.id)));
  const first = [...links.keys()].find((id) => seen.has(id));
  if (first) links.forEach((link, id) => (id === first ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
}, { rootMargin: "-64px 0px -40% 0px" });

links.forEach((_, id) => watcher.observe(document.getElementById(id)));
