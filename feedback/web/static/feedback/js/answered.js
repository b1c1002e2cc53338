/* While the citizen types: has this been answered already?
   <div data-answered="/address/" data-field="id_text" data-enough="40"></div>
   Sends the text (nothing else of the form) when typing pauses, and shows the fragment that comes back. Whatever goes
   wrong goes unseen: the letter matters, the hint does not. */
"use strict";
(() => {
  const PAUSE = 900; // milliseconds without a key: somebody is thinking
  const MUCH = 2000; // characters: as many as are compared

  function attach(box) {
    const field = document.getElementById(box.dataset.field);
    const token = field && field.form.elements.csrfmiddlewaretoken;
    if (!token) return;
    let timer = 0, asked = "", under = null;

    async function ask() {
      const text = field.value.trim().slice(0, MUCH);
      if (text === asked) return;
      asked = text;
      if (under) under.abort();
      if (text.length < Number(box.dataset.enough)) {
        box.replaceChildren();
        return;
      }
      under = new AbortController();
      const body = new URLSearchParams({ csrfmiddlewaretoken: token.value, text });
      try {
        const answer = await fetch(box.dataset.answered, { method: "POST", body, signal: under.signal });
        if (!answer.ok) return;
        const found = (await answer.text()).trim();
        if (found !== box.innerHTML.trim()) box.innerHTML = found;
      } catch { /* offline, or typed on meanwhile */ }
    }

    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    });
    ask();
  }

  if (window.fetch && window.AbortController) document.querySelectorAll("[data-answered]").forEach(attach);
})();
