// Warns before leaving a form marked data-warn-unsaved that was changed and not sent.
"use strict";
(() => {
  const changed = new Set();
  const formOf = (event) => event.target.closest && event.target.closest("form[data-warn-unsaved]");
  document.addEventListener("input", (event) => {
    const form = formOf(event);
    if (form) changed.add(form);
  });
  document.addEventListener("submit", (event) => {
    const form = formOf(event);
    if (form) changed.delete(form);
  });
  document.addEventListener("form-kept", (event) => changed.delete(event.target)); // autosave.js: nothing would be lost
  window.addEventListener("beforeunload", (event) => {
    if (changed.size) event.preventDefault();
  });
})();
