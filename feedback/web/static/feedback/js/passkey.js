/* Passkeys: <form data-passkey="get|create" data-options="/address/"> with a hidden field `credential` and one button.
   What the browser is asked stands in #passkey-options, or is fetched from `data-options` when the button is pressed.
   Forms are hidden in the page: without script, or where the browser knows no passkeys, nobody is offered one. */
"use strict";
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const keys = (list) => (list || []).map((key) => ({ ...key, id: bytes(key.id) }));

  function asked({ publicKey }) {
    const key = { ...publicKey, challenge: bytes(publicKey.challenge) };
    if (key.user) key.user = { ...key.user, id: bytes(key.user.id) };
    key.excludeCredentials = keys(key.excludeCredentials);
    key.allowCredentials = keys(key.allowCredentials);
    return { publicKey: key };
  }

  function told(credential) {
    const answer = credential.response, response = { clientDataJSON: text(answer.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
      if (answer[name]) response[name] = text(answer[name]);
    if (answer.getTransports) response.transports = answer.getTransports();
    return {
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  }

  async function options(form) {
    if (!form.dataset.options) return JSON.parse(document.getElementById("passkey-options").textContent);
    const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json" } });
    return answer.json();
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const making = form.dataset.passkey === "create", button = form.querySelector("button");
    const trouble = form.querySelector("[role=alert]");
    form.hidden = button.hidden = false;
    button.addEventListener("click", async () => {
      trouble.hidden = true;
      try {
        const given = await options(form), question = asked(given.creation_options || given.request_options);
        if (making) {
          // It may open the account alone, so it must live in the key and ask for finger, face or PIN.
          const selection = { residentKey: "required", requireResidentKey: true, userVerification: "required" };
          question.publicKey.authenticatorSelection = { ...question.publicKey.authenticatorSelection, ...selection };
        }
        const credential = await navigator.credentials[making ? "create" : "get"](question);
        form.elements.credential.value = JSON.stringify(told(credential));
        form.submit();
      } catch (problem) {
        trouble.hidden = false;
      }
    });
  }
})();
