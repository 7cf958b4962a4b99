// The left menu, wide or narrow: remembered in a cookie like the colours, so that the server draws it right.
const narrows = document.querySelector("[data-narrows]");

narrows?.addEventListener("click", () => {
  const menu = document.documentElement.dataset.menu === "narrow" ? "wide" : "narrow";
  document.documentElement.dataset.menu = menu;
  narrows.setAttribute("aria-expanded", String(menu === "wide"));
  document.cookie = `menu=${menu}; path=/; max-age=31536000; samesite=lax`;
});
