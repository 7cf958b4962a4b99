// A click on the plan fills in where the chosen device goes; the fields say it as well, and the button sends it.
const plan = document.querySelector("svg[data-places]");
const fields = ["place-x", "place-y"].map((id) => document.getElementById(id));

if (plan && fields.every(Boolean)) {
  const target = plan.querySelector("[data-target]");
  const scale = Number(plan.dataset.scale);

  plan.addEventListener("click", (event) => {
    if (event.target.closest("a")) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(plan.getScreenCTM().inverse());
    [at.x, at.y].forEach((pixels, nth) => { fields[nth].value = (Math.max(0, pixels) / scale).toFixed(2); });
    show();
    const device = document.getElementById("place-device");
    (device.value ? plan.closest("main").querySelector("#place [type=submit]") : device).focus();
  });

  fields.forEach((field) => field.addEventListener("input", show));

  function show() {
    const [x, y] = fields.map((field) => (field.value.trim() ? Number(field.value.replace(",", ".")) * scale : NaN));
    target.setAttribute("visibility", Number.isFinite(x + y) ? "visible" : "hidden");
    if (Number.isFinite(x + y)) target.setAttribute("transform", `translate(${x} ${y})`);
  }

  show();
}
