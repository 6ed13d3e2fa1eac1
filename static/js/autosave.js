// Keeps what is typed into a form marked data-autosave on the server: some seconds after the last key, when a field is
// left, and when the page is hidden. The answer is a fragment for the element named by data-autosave-state. A session that
// ended meanwhile is told; after signing in elsewhere the form takes the new token by itself and goes on.
"use strict";
(() => {
  const WAIT = 3000;
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const state = document.getElementById(form.dataset.autosaveState);
  const trouble = document.querySelector("[data-autosave-trouble]");
  let timer = null;
  let isDirty = false;
  let isBusy = false;

  const tell = (text) => {
    trouble.textContent = text || "";
    trouble.hidden = !text;
  };

  // The editor's own page, fetched again, holds a fresh token: null when the session has ended.
  const freshToken = async () => {
    const page = await fetch(window.location.href, { credentials: "same-origin" });
    if (!page.ok || page.redirected) return null;
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
    const field = fresh.querySelector("form[data-autosave] [name=csrf_token]");
    return field ? field.value : null;
  };

  const send = (keepalive) =>
    fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), credentials: "same-origin", keepalive });

  const isKept = (answer) => answer.ok && !answer.redirected;

  const keep = async () => {
    window.clearTimeout(timer);
    if (!isDirty || isBusy) return;
    isBusy = true;
    isDirty = false;
    try {
      let answer = await send(false);
      if (!isKept(answer)) {
        const token = await freshToken();
        if (token === null) {
          isDirty = true;
          tell(form.dataset.textSignedOut);
          return;
        }
        form.querySelector("[name=csrf_token]").value = token;
        answer = await send(false);
      }
      if (!isKept(answer)) throw new Error("refused");
      state.innerHTML = await answer.text();
      tell("");
      if (!isDirty) form.dispatchEvent(new CustomEvent("form-kept", { bubbles: true }));
    } catch {
      isDirty = true;
      tell(form.dataset.textFailed);
    } finally {
      isBusy = false;
      if (isDirty) timer = window.setTimeout(keep, WAIT);
    }
  };

  form.addEventListener("input", () => {
    isDirty = true;
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, WAIT);
  });
  form.addEventListener("change", keep);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && isDirty && !isBusy) send(true).catch(() => {});
  });
  form.addEventListener("submit", (event) => {
    const leaves = !event.submitter || event.submitter.formTarget !== "_blank";
    if (leaves) {
      isDirty = false;
      window.clearTimeout(timer);
    }
  });
})();
