/* Solves an ALTCHA proof-of-work (version 1: SHA of salt + number) while the citizen types.
   <input type="hidden" name="altcha" data-challenge='{"algorithm":…,"challenge":…,"maxNumber":…,"salt":…,"signature":…}'>
   Without script, or without WebCrypto (plain http), the field stays empty and the server takes its slower road. */
"use strict";
(() => {
  const CHUNK = 512; // digests in flight: keeps the page answering between chunks

  const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, "0")).join("");

  async function solve({ algorithm, challenge, salt, maxNumber }) {
    const encoder = new TextEncoder();
    const digest = (n) => crypto.subtle.digest(algorithm, encoder.encode(salt + n));
    for (let from = 0; from <= maxNumber; from += CHUNK) {
      const numbers = Array.from({ length: Math.min(CHUNK, maxNumber - from + 1) }, (_, i) => from + i);
      const digests = await Promise.all(numbers.map(digest));
      const found = digests.findIndex((d) => hex(d) === challenge);
      if (found >= 0) return from + found;
      await new Promise((resolve) => setTimeout(resolve));
    }
    return null;
  }

  async function fill(input) {
    const task = JSON.parse(input.dataset.challenge);
    const number = await solve(task);
    if (number === null) return;
    const { algorithm, challenge, salt, signature } = task;
    input.value = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
  }

  function attach(input) {
    let ready = false;
    const work = fill(input).catch(() => {}).then(() => { ready = true; });
    input.form.addEventListener("submit", (event) => {
      if (ready) return;
      event.preventDefault();
      const status = input.form.querySelector("[data-pow-status]");
      if (status) status.hidden = false;
      work.then(() => input.form.requestSubmit(event.submitter));
    });
  }

  if (window.crypto && crypto.subtle) document.querySelectorAll("input[data-challenge]").forEach(attach);
})();
