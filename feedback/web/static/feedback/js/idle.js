/* Two minutes before the session runs out, say so and offer to stay. <template data-idle="minutes" data-stay="/address/">
   stands in the header of signed-in people. Other windows of the same person count: they share one moment. */
"use strict";
(() => {
  const mould = document.querySelector("template[data-idle]"), place = document.getElementById("toasts");
  if (!mould || !place) return;
  const LIMIT = Number(mould.dataset.idle) * 60_000, WARNING = 120_000, SHARED = "hoiam-here";
  const here = () => { try { localStorage.setItem(SHARED, String(Date.now())); } catch (e) { /* a private window */ } };
  const opened = Date.now();
  const last = () => { try { return Number(localStorage.getItem(SHARED)) || opened; } catch (e) { return opened; } };
  let notice = null;

  async function stay() {
    try {
      if ((await fetch(mould.dataset.stay, { redirect: "error" })).ok) here();
    } catch (e) { /* signed out already: the next page asks */ }
    look();
  }

  function look() {
    const left = LIMIT - (Date.now() - last());
    if (left > WARNING && notice) {
      notice.remove();
      notice = null;
    } else if (left <= WARNING && left > 0 && !notice) {
      notice = mould.content.firstElementChild.cloneNode(true);
      notice.querySelector("button").addEventListener("click", stay);
      place.append(notice);
    }
  }

  here();
  setInterval(look, 5000);
})();
