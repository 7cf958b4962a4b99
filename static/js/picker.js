// [data-picker]: a long list of boxes is filtered by what is typed, and says how many are ticked.
const pickers = (root) => root.querySelectorAll("[data-picker]");

const tell = (picker) => {
  const boxes = [...picker.querySelectorAll(".picked input")];
  picker.querySelector("[data-picker-count]").textContent = `${boxes.filter((box) => box.checked).length} of ${boxes.length} chosen`;
};

const narrow = (picker, typed) => {
  const words = typed.toLocaleLowerCase().split(/\s+/);
  const choices = [...picker.querySelectorAll(".picked .choice")];
  choices.forEach((choice) => {
    const name = choice.textContent.toLocaleLowerCase();
    choice.hidden = !words.every((word) => name.includes(word));
  });
  picker.querySelector("[data-picker-none]").hidden = choices.some((choice) => !choice.hidden);
};

const ready = () => pickers(document).forEach(tell);

// Windows come later, so the page listens for them.
document.addEventListener("htmx:afterSettle", ready);
document.addEventListener("input", ({ target }) => {
  if (target.matches("[data-picker-filter]")) narrow(target.closest("[data-picker]"), target.value);
});
// Enter in a field sends the form; here it only means that one has finished typing.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-picker-filter]")) event.preventDefault();
});
document.addEventListener("change", ({ target }) => {
  const picker = target.closest("[data-picker]");
  if (picker) tell(picker);
});
document.addEventListener("reset", ({ target }) => setTimeout(() => pickers(target).forEach(tell)));
ready();
