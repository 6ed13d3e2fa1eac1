// The search box as a combobox: htmx asks for the list while somebody types, this opens it and moves in it.
// Arrows choose, Enter follows the chosen line or searches for the text, Escape closes.
"use strict";
(() => {
  const CHOSEN = "aria-selected";

  const wire = (input) => {
    const list = document.getElementById(input.dataset.suggestions);
    const status = document.getElementById(`${input.dataset.suggestions}-status`);
    if (!list || !status) return;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");

    const options = () => [...list.querySelectorAll("[role=option]")];
    const chosen = () => list.querySelector(`[${CHOSEN}=true]`);

    const choose = (option) => {
      chosen()?.setAttribute(CHOSEN, "false");
      if (!option) {
        input.removeAttribute("aria-activedescendant");
        return;
      }
      option.setAttribute(CHOSEN, "true");
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    };

    const isOpen = () => !list.hidden;
    const show = (isShown) => {
      list.hidden = !isShown;
      input.setAttribute("aria-expanded", String(isShown));
      if (!isShown) {
        choose(null);
        status.textContent = "";
      }
    };

    const open = () => {
      const isWanted = document.activeElement === input && input.value.trim() !== "" && options().length > 0;
      show(isWanted);
      if (isWanted) status.textContent = list.querySelector("[data-announcement]")?.dataset.announcement ?? "";
    };

    // one step further, past the last line back into the box
    const move = (step) => {
      const all = options();
      const at = all.indexOf(chosen());
      const next = at === -1 && step < 0 ? all.length - 1 : at + step;
      choose(all[next] ?? null);
    };

    list.addEventListener("htmx:afterSwap", open);
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
    list.addEventListener("mousemove", (event) => choose(event.target.closest("[role=option]")));
    input.addEventListener("blur", () => show(false));
    input.addEventListener("click", () => isOpen() || open());
    input.addEventListener("input", () => {
      if (input.value.trim() === "") show(false);
      else choose(null);
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // keys of an input method choose characters
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!isOpen()) open();
        if (!isOpen()) return;
        move(event.key === "ArrowDown" ? 1 : -1);
        event.preventDefault();
      } else if (event.key === "Enter" && isOpen() && chosen()) {
        event.preventDefault();
        chosen().click();
      } else if (event.key === "Escape" && isOpen()) {
        event.preventDefault();
        show(false);
      }
    });
    input.form?.addEventListener("submit", () => show(false));
  };

  for (const input of document.querySelectorAll("[data-suggestions]")) wire(input);
})();
