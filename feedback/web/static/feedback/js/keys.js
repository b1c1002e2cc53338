/* Working by keyboard: single keys in lists and on the page of a letter (the table of them: templates/desk/_keys.html).
   Without this file every one of them is a link or a button. Never while somebody types, never with Ctrl, Alt or Meta,
   and off altogether where the person switched them off (WCAG 2.1.4). The list a letter was opened from is remembered in
   this window only, so that the next letter and the way back are those of that list. */
"use strict";
(() => {
  const own = document.currentScript.dataset, base = own.help.replace(/[^/]+\/$/, "");
  const list = document.getElementById("list"), toasts = document.getElementById("toasts");
  const here = (location.pathname.match(/\/don\/(HA-\d{4}-\d+)\//) || [])[1];
  const OFF = "hoiam-keys-off", TRAIL = "hoiam-list", AHEAD = 20;
  const stored = (box, name) => { try { return box[name]; } catch (e) { return undefined; } }; // a private window
  const keep = (box, name, value) => { try { box[name] = value; } catch (e) { /* then it is forgotten */ } };
  const trail = () => { try { return JSON.parse(stored(sessionStorage, TRAIL) || "null"); } catch (e) { return null; } };
  const off = () => stored(localStorage, OFF) === "1";

  const rows = () => (list ? [...list.querySelectorAll("tr[data-reference]")] : []);
  const link = (row) => row.querySelector(".queue__title a");
  const current = () => document.activeElement && document.activeElement.closest("#list tr[data-reference]");

  function say(words) {
    const line = document.createElement("p");
    line.className = "toast";
    line.textContent = words;
    if (toasts) toasts.replaceChildren(line);
    setTimeout(() => line.remove(), 6000);
  }

  /* --- the list ------------------------------------------------------------------------------------------------- */
  function learn() { // the rows on the screen, in order; a letter lifted to the top is not shown a second time below
    const seen = new Set();
    for (const row of rows()) {
      if (seen.has(row.dataset.reference)) row.remove();
      seen.add(row.dataset.reference);
    }
    const known = rows().map((row) => [row.dataset.reference, row.dataset.position]);
    const { next, label } = list.dataset;
    keep(sessionStorage, TRAIL, JSON.stringify({ list: location.href, next, label, rows: known }));
    count();
  }

  function leave(row) { // the back button comes to this page of the list, and to this row
    const page = row.closest("tbody").dataset.page;
    history.replaceState(history.state, "", `${page ? "?" + page : location.pathname}#${row.id}`);
    learn();
  }

  function count() {
    const place = document.querySelector("[data-chosen]");
    if (!place) return;
    const number = list.querySelectorAll("[name=letter]:checked").length;
    place.textContent = number ? `${place.dataset.chosen} ${number}` : "";
  }

  function focus(row) {
    if (!row) return;
    link(row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const all = rows(), at = all.indexOf(current());
    focus(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)]);
  }

  function open(row, verb = "") {
    if (!row) return;
    leave(row);
    location.assign(row.dataset.url + verb);
  }

  /* --- the letter ----------------------------------------------------------------------------------------------- */
  function arrived() { // a letter beyond the rows we know brings its place along
    const known = trail(), place = (location.hash.match(/^#at=(\d+_\d+)$/) || [])[1];
    if (!known || !place) return;
    if (!known.rows.some((row) => row[0] === here)) known.rows.push([here, place]);
    keep(sessionStorage, TRAIL, JSON.stringify(known));
    history.replaceState(history.state, "", location.pathname + location.search);
  }

  function wayBack() {
    const known = trail(), back = document.querySelector(`main .back-link[href="${base}"]`);
    if (!known || !back) return;
    back.href = known.list;
    back.textContent = known.label;
    const on = document.createElement("a");
    on.href = nextOf(here);
    on.className = "next-letter";
    on.textContent = own.next;
    on.setAttribute("aria-keyshortcuts", "n");
    back.after(on);
  }

  function nextOf(reference) {
    const known = trail();
    if (!known) return `${base}viec/mine/tiep/`;
    const at = known.rows.findIndex((row) => row[0] === reference);
    if (at < 0) return known.next;
    const among = known.rows.slice(at + 1, at + 1 + AHEAD), last = among[among.length - 1] || known.rows[at];
    return `${known.next}&among=${among.map((row) => row[0]).join(",")}&after=${last[1]}`;
  }

  function press(...verbs) { // the button or link of the first of these verbs that the page offers
    for (const verb of verbs) {
      const form = document.querySelector(`main form[action$="/${verb}/"]`);
      if (form && form.method === "post" && form.querySelector("button")) return form.requestSubmit();
      const way = document.querySelector(`main a[href$="/${verb}/"]`);
      if (way) return location.assign(way.href);
    }
    return say(own.notNow);
  }

  /* --- the table of keys ---------------------------------------------------------------------------------------- */
  function switches(place) {
    const label = place.querySelector("[data-keys-switch]"), box = label && label.querySelector("input");
    if (!box) return;
    label.hidden = false;
    box.checked = !off();
    box.addEventListener("change", () => keep(localStorage, OFF, box.checked ? "" : "1"));
  }

  let dialog = null;
  async function help() {
    if (!dialog) {
      const answer = await fetch(`${own.help}?part=1`);
      if (!answer.ok || answer.redirected) return location.assign(own.help);
      dialog = document.createElement("dialog");
      dialog.className = "keys-dialog";
      dialog.setAttribute("aria-labelledby", "keys-title");
      dialog.innerHTML = await answer.text();
      document.body.append(dialog);
      switches(dialog);
    }
    if (!dialog.open) dialog.showModal();
    return undefined;
  }

  /* --- keys ----------------------------------------------------------------------------------------------------- */
  const search = () => document.getElementById("filter_q");
  const inList = {
    j: () => step(1),
    k: () => step(-1),
    o: () => open(current()),
    n: () => { const all = rows(); open(all[all.indexOf(current()) + 1]); },
    a: () => open(current(), "assign/"),
    r: () => open(current(), "draft_reply/"),
    t: take,
    x: () => { const row = current(), box = row && row.querySelector("[name=letter]"); if (box) box.click(); },
  };
  const onLetter = {
    n: () => location.assign(nextOf(here)),
    a: () => press("assign"),
    r: () => press("draft_reply", "submit_reply"),
    t: () => press("take", "accept"),
    u: () => location.assign((trail() || { list: base }).list),
  };
  const everywhere = { "/": () => { const field = search(); if (field) { field.focus(); field.select(); } }, "?": help };

  function take() {
    const row = current(), form = row && row.querySelector('form[action$="/take/"]');
    if (!form) return open(row, row && "free" in row.dataset ? "take/" : "accept/");
    leave(row);
    return form.requestSubmit();
  }

  const typing = (place) => place.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    const place = event.target instanceof Element ? event.target : document.body;
    if (event.key === "Escape" && place === search()) return place.blur();
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return undefined;
    if (off() || typing(place) || document.querySelector("dialog[open]")) return undefined;
    const keys = { ...everywhere, ...(list ? inList : here ? onLetter : {}) };
    if (!Object.hasOwn(keys, event.key) || (event.repeat && !"jk".includes(event.key))) return undefined;
    event.preventDefault();
    return keys[event.key]();
  });

  document.addEventListener("click", (event) => {
    const way = event.target instanceof Element && event.target.closest("a");
    if (!way || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const row = way.closest("#list tr[data-reference]");
    if (row) leave(row);
    if (way.matches("[data-keys]")) {
      event.preventDefault();
      help();
    }
  });

  if (list) {
    learn();
    list.addEventListener("change", count);
    document.addEventListener("htmx:after:swap", learn);
    addEventListener("pageshow", count); // the browser puts the ticks back
    const back = location.hash.startsWith("#row-") && document.getElementById(location.hash.slice(1));
    const settle = () => { focus(back); back.scrollIntoView({ block: "center" }); };
    if (back) addEventListener("load", () => setTimeout(settle)); // after the browser's own jump, which drops the focus
  } else if (here) {
    arrived();
    wayBack();
  }
  switches(document);
  const unfinished = document.querySelector("form[data-go-on]");
  if (unfinished) unfinished.requestSubmit();
})();
