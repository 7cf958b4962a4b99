// [data-picker]: a long list of boxes is filtered by what is typed, and says how many are ticked.
document.querySelectorAll("[data-picker]").forEach((picker) => {
  const choices = [...picker.querySelectorAll(".picked .choice")].map((label) => ({
    label, box: label.querySelector("input"), name: label.textContent.toLocaleLowerCase(),
  }));
  const filter = picker.querySelector("[data-picker-filter]");
  const none = picker.querySelector("[data-picker-none]");
  const count = picker.querySelector("[data-picker-count]");

  const tell = () => {
    count.textContent = `${choices.filter(({ box }) => box.checked).length} of ${choices.length} chosen`;
  };

  filter.addEventListener("input", () => {
    const words = filter.value.toLocaleLowerCase().split(/\s+/);
    choices.forEach(({ label, name }) => { label.hidden = !words.every((word) => name.includes(word)); });
    none.hidden = choices.some(({ label }) => !label.hidden);
  });
  // Enter in a field sends the form; here it only means that one has finished typing.
  filter.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  picker.addEventListener("change", tell);
  picker.closest("form").addEventListener("reset", () => setTimeout(tell));
  tell();
});
