// Small comforts on every page; each page works without them.
"use strict";
(() => {
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement && document.activeElement.closest("details[data-menu][open]");
    closeMenus(null);
    if (menu) menu.querySelector("summary").focus();
  });

  // A refused form: the summary of errors is read first.
  const focusFirst = (root) => {
    const target = root.querySelector("[data-focus]");
    if (target) target.focus();
  };
  focusFirst(document);
  document.addEventListener("htmx:afterSwap", (event) => focusFirst(event.target));

  // A grouped patent number is copied without the spaces that only help the eye.
  document.addEventListener("copy", (event) => {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed) return;
    const holder = (node) => (node && (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)) || null;
    const start = holder(selection.anchorNode)?.closest("[data-copy]");
    const end = holder(selection.focusNode)?.closest("[data-copy]");
    if (!start || start !== end) return;
    event.clipboardData.setData("text/plain", selection.toString().replace(/\s+/g, ""));
    event.preventDefault();
  });

  // The address of a page, to be pasted into a message.
  for (const button of document.querySelectorAll("[data-copy-address]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copyAddress);
      button.querySelector("span").textContent = button.dataset.done;
    });
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
