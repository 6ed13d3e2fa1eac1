// Forms marked data-passkey are answered by a device: the page asks the server for a question, the browser asks the
// device, the answer goes into the form, and the form is sent like any other. Shown only where that can work.
"use strict";
(() => {
  const canAnswer = (form) =>
    window.PublicKeyCredential && navigator.credentials && window.location.origin === form.dataset.origin;

  const toBytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (character) => character.charCodeAt(0));
  };
  const toText = (buffer) => {
    const plain = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const withBytes = (keys) => (keys || []).map((key) => ({ ...key, id: toBytes(key.id) }));

  const question = async (form) => {
    const token = form.querySelector("[name=csrf_token]");
    const answer = await fetch(form.dataset.options, {
      method: "POST",
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-CSRFToken": token ? token.value : "" },
    });
    const kind = answer.headers.get("Content-Type") || "";
    if (!answer.ok || !kind.startsWith("application/json")) throw new Error("server");
    return answer.json();
  };

  const created = async (options) => {
    const publicKey = {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials),
    };
    const made = await navigator.credentials.create({ publicKey });
    return {
      id: made.id,
      rawId: toText(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: toText(made.response.clientDataJSON),
        attestationObject: toText(made.response.attestationObject),
        transports: made.response.getTransports ? made.response.getTransports() : [],
      },
    };
  };

  const signed = async (options) => {
    const publicKey = {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: withBytes(options.allowCredentials),
    };
    const made = await navigator.credentials.get({ publicKey });
    return {
      id: made.id,
      rawId: toText(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: toText(made.response.clientDataJSON),
        authenticatorData: toText(made.response.authenticatorData),
        signature: toText(made.response.signature),
        userHandle: made.response.userHandle ? toText(made.response.userHandle) : null,
      },
    };
  };

  const say = (form, problem) => {
    for (const sentence of form.querySelectorAll("[data-passkey-problem]")) {
      sentence.hidden = sentence.dataset.passkeyProblem !== problem;
    }
  };
  const problemOf = (error) => {
    if (error.name === "InvalidStateError") return "known";
    return error.message === "server" || error instanceof TypeError ? "server" : "none";
  };

  const answer = async (form) => {
    const button = form.querySelector("button[type=submit]");
    say(form, "");
    button.disabled = true;
    try {
      const options = await question(form);
      const made = await (form.dataset.passkey === "create" ? created(options) : signed(options));
      form.querySelector("[data-passkey-answer]").value = JSON.stringify(made);
      form.submit();
    } catch (error) {
      say(form, problemOf(error));
      button.disabled = false;
      button.focus();
    }
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!canAnswer(form)) continue;
    form.hidden = false;
    for (const note of document.querySelectorAll("[data-passkey-unavailable]")) note.hidden = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer(form);
    });
  }
  // A page that comes back from the browser's memory still has its button disabled.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const button of document.querySelectorAll("form[data-passkey] button")) button.disabled = false;
  });
})();
