// A click on a plan fills in where a device goes; the fields say it as well. `data-scale` is how many pixels of
// the plan are one of the fields' units.
const number = ({ value }) => (value.trim() ? Number(value.replace(",", ".")) : NaN);

// Where the fields are, in pixels; null when they say no place.
export function placeIn(plan, fields) {
  const [x, y] = fields.map((field) => number(field) * plan.dataset.scale);
  return Number.isFinite(x + y) ? { x, y } : null;
}

export function mark(plan, fields) {
  const target = plan.querySelector("[data-target]");
  const at = placeIn(plan, fields);
  target.setAttribute("visibility", at ? "visible" : "hidden");
  if (at) target.setAttribute("transform", `translate(${at.x} ${at.y})`);
}

export function pick(plan, fields, then = () => {}) {
  plan.addEventListener("click", (event) => {
    if (event.target.closest("a")) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(plan.getScreenCTM().inverse());
    [at.x, at.y].forEach((pixels, nth) => { fields[nth].value = (Math.max(0, pixels) / plan.dataset.scale).toFixed(2); });
    mark(plan, fields);
    then();
  });
  fields.forEach((field) => field.addEventListener("input", () => mark(plan, fields)));
  mark(plan, fields);
}

const plan = document.querySelector("svg[data-places]");
const device = document.getElementById("place-device");
if (plan && device) {
  const { x, y } = device.form.elements;
  pick(plan, [x, y], () => (device.value ? device.form.querySelector("[type=submit]") : device).focus());
}
