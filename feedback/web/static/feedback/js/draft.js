/* The reply saves itself. <form data-draft="/address/" data-key="…">: a pause after typing, and leaving the page, send the
   form; until the server has said "saved" the words are also kept in this browser, and offered again if it never did.
   Sentences stand in <template id="draft-words">. Without script the button "Save the draft" does the same. */
"use strict";
(() => {
  const PREFIX = "hoiam-draft:", DAYS = 7 * 86_400_000, PAUSE = 2000, AGAIN = 15_000, LONGEST_BEACON = 60_000;
  const form = document.querySelector("form[data-draft]"), words = document.getElementById("draft-words");
  if (!form || !words) return;
  const box = form.elements.body, state = document.getElementById("draft-state"), key = form.dataset.key;
  const say = words.dataset, checks = [...form.querySelectorAll("#questions input")].filter((one) => one.type !== "hidden");
  let saved = box.value, timer = 0, running = false, stopped = false, ticked = false, leaving = false;

  const kept = {
    read() { try { return JSON.parse(localStorage.getItem(key)); } catch (e) { return null; } },
    write(text) { try { localStorage.setItem(key, JSON.stringify({ text, at: Date.now() })); } catch (e) { /* a private window */ } },
    drop() { try { localStorage.removeItem(key); } catch (e) { /* nothing was kept */ } },
    clear(before) { // what this person, or an earlier one who never signed out, left behind
      try {
        Object.keys(localStorage).filter((one) => one.startsWith(PREFIX)).forEach((one) => {
          if (!before || JSON.parse(localStorage.getItem(one)).at < before) localStorage.removeItem(one);
        });
      } catch (e) { /* nothing was kept */ }
    },
  };
  const clock = (at) => new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  const dirty = () => box.value !== saved || ticked;

  function tell(sentence, tone, url) {
    if (state.dataset.said === sentence) return;
    state.dataset.said = sentence;
    state.className = `draft-state small${tone ? ` draft-state--${tone}` : ""}`;
    state.textContent = sentence;
    if (!url) return;
    const link = document.createElement("a");
    link.href = url;
    link.textContent = say.look;
    state.append(" ", link);
  }

  function data() {
    const sent = new FormData(form);
    sent.delete("act");
    sent.delete("new_question"); // added by its own button, once
    return sent;
  }

  async function save() {
    clearTimeout(timer);
    if (running || stopped || leaving || !dirty() || !box.value.trim()) return;
    running = true;
    const text = box.value;
    ticked = false;
    tell(say.saving);
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: data(), redirect: "manual", headers: { "X-Requested-With": "draft", Accept: "application/json" } });
      await heard(answer, text);
    } catch (e) {
      ticked = true;
      tell(say.failed, "warning");
      timer = setTimeout(save, AGAIN);
    }
    running = false;
    if (dirty() && !stopped && !timer) later();
  }

  async function heard(answer, text) {
    timer = 0;
    if (answer.type === "opaqueredirect" || answer.status === 403 && !isJson(answer)) {
      tell(say.out, "warning"); // the next word typed tries once more
      ticked = true;
      timer = setTimeout(save, AGAIN);
    } else if (answer.ok) {
      const told = await answer.json();
      form.elements.mark.value = told.mark;
      saved = text;
      if (box.value === text) kept.drop();
      tell(`${say.saved} ${told.saved}`, "done");
    } else if (isJson(answer)) {
      const told = await answer.json(); // somebody else wrote: both texts are on the server now
      stopped = answer.status !== 422 && answer.status !== 400;
      tell(told.sentence, "warning", stopped ? told.url : "");
    } else {
      throw new Error("not saved");
    }
  }

  const isJson = (answer) => (answer.headers.get("Content-Type") || "").startsWith("application/json");

  function later() {
    clearTimeout(timer);
    timer = setTimeout(() => { timer = 0; save(); }, PAUSE);
  }

  function typed() {
    if (box.value !== saved) kept.write(box.value);
    if (!stopped) tell(say.typing);
    later();
  }

  function leave() {
    if (leaving || !dirty() || stopped || running || !box.value.trim()) return;
    kept.write(box.value);
    if (box.value.length * 3 > LONGEST_BEACON) return;
    fetch(form.dataset.draft, { method: "POST", body: data(), redirect: "manual", keepalive: true, headers: { "X-Requested-With": "draft" } })
      .then((answer) => heard(answer, box.value)).catch(() => {});
  }

  function offer(old) {
    const notice = words.content.firstElementChild.cloneNode(true), place = document.getElementById("draft-kept");
    notice.querySelector("[data-when]").textContent = clock(old.at);
    notice.querySelector("[data-text]").textContent = old.text;
    notice.querySelector("[data-use]").addEventListener("click", () => {
      box.value = old.text;
      notice.remove();
      box.focus();
      typed();
    });
    notice.querySelector("[data-drop]").addEventListener("click", () => { kept.drop(); notice.remove(); box.focus(); });
    place.append(notice);
  }

  kept.clear(Date.now() - DAYS);
  const old = kept.read();
  if (old && old.text && old.text !== box.value) offer(old);
  else kept.drop();
  if ("unsaved" in form.dataset) saved = ""; // a template, or a form that came back: not on the server yet

  box.addEventListener("input", typed);
  checks.forEach((one) => one.addEventListener("change", () => { ticked = true; later(); }));
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leave(); });
  window.addEventListener("pagehide", leave);
  window.addEventListener("online", save);
  form.addEventListener("submit", () => {
    leaving = true; // the button carries the words itself; they stay here until a page says they are on the server
    clearTimeout(timer); // saved after the button, they would be a second version of what is already handed in
    if (box.value !== saved) kept.write(box.value);
    setTimeout(() => { leaving = false; }, 30_000); // stopped, or the network failed: go on saving
  });
  document.querySelectorAll("form[action$='/dang-xuat/']").forEach((out) => out.addEventListener("submit", () => { leaving = true; kept.clear(); }));
})();
