/* Keeps an open page of the desk true while colleagues work: rows, "2 new letters – show", who else is here, the
   inbox. The socket tells {id, version, seq} and nothing more; what to show is fetched from the address that knows who
   asks. Where no socket is served, or it breaks, the page asks once a minute. Without this file every page works. */
"use strict";
(() => {
  const words = document.getElementById("live");
  if (!words) return;
  const toasts = document.getElementById("toasts");
  const POLL = 60_000, BEAT = 20_000, FIRST_RETRY = 1_000, LONGEST_RETRY = 60_000, SETTLE = 250, NEW_EVERY = 5_000;
  const SEQ = "hoiam-seq", ITEM = "hoiam-item", STOP = 4401;
  const page = document.querySelector("[data-live-case]");
  const list = document.querySelector("[data-live-rows]");
  const number = (text) => Number(text.slice(-7).replace(/^\D+/, ""));

  const kept = (name) => { try { return sessionStorage.getItem(name); } catch (e) { return null; } };
  const keep = (name, value) => { try { sessionStorage.setItem(name, value); } catch (e) { /* a private window */ } };
  const chance = (most) => most * (0.5 + Math.random() / 2);
  const mould = (name) => words.content.querySelector(name).cloneNode(true);
  const later = (work, wait) => {  /* many calls within `wait` become one */
    let timer = 0;
    return () => { timer = timer || setTimeout(() => { timer = 0; work(); }, chance(wait)); };
  };

  const drawn = Date.now(), JUST_DRAWN = 5_000;
  let seq = Number(kept(SEQ) || -1), over = false;

  async function ask(address, options) {
    const answer = await fetch(address, Object.assign({ redirect: "manual" }, options));
    if (answer.type === "opaqueredirect" || answer.status === 403) over = true;  /* signed out: the next click asks */
    return answer;
  }
  const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

  /* --- what one message means -------------------------------------------------------------------- */
  function hear(change) {
    if (change.id === "inbox") return inboxSoon();
    if (change.id === "presence") return page && number(page.dataset.liveCase) === change.seq && beatSoon();
    if (change.seq > seq) { seq = change.seq; keep(SEQ, String(seq)); }
    if (page && (change.id === "" || change.id === page.dataset.liveCase)) newsSoon();
    if (!list) return undefined;
    if (change.id === "") return everything();
    if (rowOf(change.id)) { stale.add(change.id); rowsSoon(); } else { unknown.add(change.id); newSoon(); }
    return undefined;
  }

  /* --- rows of a list ----------------------------------------------------------------------------- */
  const stale = new Set(), unknown = new Set(), waiting = new Set();
  const rowOf = (reference) => document.getElementById(`row-${reference}`);
  const shown = () => [...document.querySelectorAll("tr[data-reference]")].map((row) => row.dataset.reference);
  const firstPage = !/[?&](after|before)=/.test(location.search);
  const rowsSoon = later(refresh, SETTLE), newSoon = later(lookForNew, SETTLE);
  let lookedAt = 0, notice = null;

  const ready = () => document.querySelectorAll("tr[data-reference]").length > 0;

  async function fetchRows(some, others) {
    const query = new URLSearchParams(location.search);
    query.set("shown", some.join(","));
    query.set("other", others.join(","));
    const rows = document.querySelectorAll("tr[data-position]"), last = rows[rows.length - 1];
    if (last && document.querySelector("a[rel=next]")) query.set("end", last.dataset.position);
    const answer = await ask(`${list.dataset.liveRows}?${query}`);
    if (!answer.ok) throw new Error(String(answer.status));
    return new Map([...parsed(await answer.text()).querySelectorAll("tr[data-reference]")]
      .map((row) => [row.dataset.reference, document.importNode(row, true)]));
  }

  async function refresh() {
    const some = [...stale].filter(rowOf);
    stale.clear();
    if (!some.length || over) return;
    try {
      const found = await fetchRows(some, []);
      some.forEach((reference) => found.has(reference) ? replace(reference, found.get(reference)) : gone(reference));
    } catch (e) { some.forEach((reference) => stale.add(reference)); }
  }

  /* What a row says, without our own marks and the token that is drawn anew for every form. */
  function bare(row) {
    const copy = row.cloneNode(true);
    copy.querySelectorAll(".live-mark, .live-gone, [name=csrfmiddlewaretoken]").forEach((one) => one.remove());
    return copy.innerHTML.replace(/\s+/g, " ");
  }

  function replace(reference, row) {
    const old = rowOf(reference);
    if (!old || bare(old) === bare(row)) return;
    if (old.getAttribute("aria-selected")) row.setAttribute("aria-selected", old.getAttribute("aria-selected"));
    const ticked = old.querySelector("input[type=checkbox]"), tick = row.querySelector("input[type=checkbox]");
    if (ticked && tick) tick.checked = ticked.checked;
    const same = "a, button, input:not([type=hidden])";
    const focus = [...old.querySelectorAll(same)].indexOf(document.activeElement);
    old.replaceWith(row);
    if (focus >= 0) (row.querySelectorAll(same)[focus] || row.querySelector("a")).focus({ preventScroll: true });
    mark(row, ".live-mark");
    row.classList.add("is-changed");
    if (window.htmx && window.htmx.process) window.htmx.process(row);
  }

  function mark(row, name) {
    row.querySelectorAll(".live-mark, .live-gone").forEach((one) => one.remove());
    const place = row.querySelector(".queue__sub") || row.cells[0];
    place.append(" ", mould(name));
  }

  /* The row stays where the reader's finger is; it only says that it is no longer part of the list. */
  function gone(reference) {
    const row = rowOf(reference);
    if (!row || row.classList.contains("is-gone")) return;
    row.classList.add("is-gone");
    row.querySelectorAll("form, a.button").forEach((one) => one.remove());
    row.querySelectorAll("input[type=checkbox]").forEach((one) => {
      one.checked = false;
      one.disabled = true;
      one.dispatchEvent(new Event("change", { bubbles: true }));
    });
    mark(row, ".live-gone");
  }

  async function lookForNew() {
    if (!firstPage || over) return;
    if (Date.now() - lookedAt < NEW_EVERY) { setTimeout(newSoon, NEW_EVERY); return; }
    lookedAt = Date.now();
    const others = [...unknown].slice(0, 200).filter((reference) => !rowOf(reference));
    unknown.clear();
    if (!others.length) return;
    try {
      const found = await fetchRows([], others);
      others.forEach((reference) => found.has(reference) ? waiting.add(reference) : waiting.delete(reference));
      announce();
    } catch (e) { others.forEach((reference) => unknown.add(reference)); }
  }

  function announce() {
    if (!waiting.size) { if (notice) notice.remove(); notice = null; return; }
    say(waiting.size === 1 ? ".live-new" : ".live-many");
  }

  function say(name) {
    const fresh = mould(name), link = fresh.querySelector("a"), query = new URLSearchParams(location.search);
    ["after", "before"].forEach((one) => query.delete(one));
    link.href = `${location.pathname}${String(query) && "?"}${query}`;
    link.textContent = link.textContent.replace("{n}", String(waiting.size));
    if (notice && notice.textContent === fresh.textContent) return;
    if (notice) notice.replaceWith(fresh); else toasts.append(fresh);
    notice = fresh;
  }

  function everything() {
    if (Date.now() - drawn < JUST_DRAWN) return;
    shown().forEach((reference) => stale.add(reference));
    if (ready()) rowsSoon();
    say(".live-all");
  }

  /* --- the case page ------------------------------------------------------------------------------ */
  const newsSoon = later(news, SETTLE), beatSoon = later(beat, SETTLE);

  async function news() {
    if (over) return;
    const place = page.querySelector(".presence__news");
    try {
      const answer = await ask(`${page.dataset.news}?after=${page.dataset.seq}`);
      if (answer.status === 404) { place.replaceChildren(page.querySelector("template").content.cloneNode(true)); over = true; }
      if (answer.status !== 200) return;
      place.replaceChildren(document.importNode(parsed(await answer.text()).body.firstElementChild, true));
    } catch (e) { /* the next message or minute asks again */ }
  }

  function token() {
    const field = document.querySelector("[name=csrfmiddlewaretoken]");
    if (field) return field.value;
    try { return JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRFToken"]; } catch (e) { return ""; }
  }

  let writing = false;
  const mode = () => page.dataset.mode === "write" || writing ? "write" : "view";

  function tell(said) {
    return ask(page.dataset.here, { method: "POST", headers: { "X-CSRFToken": token() }, body: new URLSearchParams(said), keepalive: true });
  }

  async function beat() {
    if (over || document.visibilityState === "hidden") return;
    try {
      const answer = await tell({ mode: mode() });
      if (answer.status === 404) return newsSoon();
      if (!answer.ok) return;
      const fresh = await answer.text(), place = page.querySelector(".presence__who"), there = document.createElement("div");
      there.append(...[...parsed(fresh).body.childNodes].map((node) => document.importNode(node, true)));
      if (there.textContent.trim() !== place.textContent.trim()) place.replaceChildren(...there.childNodes);
    } catch (e) { /* not heard of for a minute: the others forget us, as they should */ }
  }

  if (page) {
    setInterval(beat, BEAT);
    beatSoon();
    addEventListener("pagehide", () => { if (!over) tell({ mode: mode(), gone: "1" }).catch(() => {}); });
    document.addEventListener("visibilitychange", beatSoon);
    document.addEventListener("input", (event) => {
      if (writing || !event.target.matches("main textarea")) return;
      writing = true;
      beatSoon();
    });
  }

  /* --- the inbox ---------------------------------------------------------------------------------- */
  const inboxSoon = later(inbox, SETTLE);

  async function inbox() {
    if (over) return;
    try {
      const last = kept(ITEM), answer = await ask(words.dataset.inbox + (last === null ? "" : `?after=${last}`));
      if (!answer.ok) return;
      const found = parsed(await answer.text()).querySelector("[data-unread]");
      if (!found) return;
      keep(ITEM, found.dataset.last);
      badge(found.dataset.unread);
      found.querySelectorAll(".live-toast").forEach(toast);
    } catch (e) { /* asked again with the next message or minute */ }
  }

  function badge(count) {
    const link = document.querySelector("a[data-inbox]");
    if (!link) return;
    let tag = link.querySelector(".tag");
    if (!count) { if (tag) tag.remove(); return; }
    if (!tag) { tag = document.createElement("span"); tag.className = "tag"; link.append(" ", tag); }
    tag.textContent = count;
  }

  function toast(found) {
    const one = document.importNode(found, true), close = mould("button");
    close.addEventListener("click", () => one.remove());
    one.firstElementChild.append(close);
    toasts.append(one);
    while (toasts.querySelectorAll(".live-toast").length > 3) toasts.querySelector(".live-toast").remove();
  }

  /* --- the socket, and life without it -------------------------------------------------------------- */
  let socket = null, address = words.dataset.socket, retry = FIRST_RETRY, poller = 0;

  const state = (word) => { document.documentElement.dataset.live = word; };
  let wished = "";
  const showing = () => (page ? [page.dataset.liveCase] : []).concat(shown()).slice(0, 300);

  function wish(after) {
    const watch = showing();
    if (after === undefined && wished === watch.join()) return;
    wished = watch.join();
    socket.send(JSON.stringify({ watch, list: Boolean(list), after }));
  }

  function open() {
    clearTimeout(poller);
    if (over) return;
    if (!address || !window.WebSocket) { poller = setTimeout(catchUp, chance(POLL)); return; }
    try {
      socket = new WebSocket(location.origin.replace(/^http/, "ws") + address);
    } catch (e) { address = ""; open(); return; }
    socket.addEventListener("open", () => { retry = FIRST_RETRY; wish(seq); state("on"); });
    socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      socket = null;
      state("off");
      if (event.code === STOP) over = true;
      poller = setTimeout(catchUp, chance(retry));
      retry = Math.min(retry * 2, LONGEST_RETRY);
    });
  }

  /* Before a socket is tried again the page asks in the ordinary way: that tells what was missed, whether we are still
     signed in, and whether sockets are served at all. A server that is away is not knocked at in vain. */
  async function catchUp() {
    if (over) return;
    try {
      const answer = await ask(`${words.dataset.changes}?after=${seq}`);
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      address = found.socket;
      shown().forEach((reference) => stale.add(reference));  /* a letter that can no longer be seen is not listed */
      if (list && ready()) rowsSoon();
      found.changes.forEach(hear);
      if (page) newsSoon();
      inboxSoon();
      open();
    } catch (e) {
      if (over) return;
      poller = setTimeout(catchUp, chance(retry));
      retry = Math.min(retry * 2, LONGEST_RETRY);
    }
  }

  addEventListener("online", () => { if (!socket) { clearTimeout(poller); retry = FIRST_RETRY; catchUp(); } });
  addEventListener("pagehide", () => { over = true; if (socket && socket.readyState === 1) socket.close(); });
  addEventListener("pageshow", (event) => { if (event.persisted) { over = false; catchUp(); } });
  if (list) new MutationObserver(later(() => { if (socket && socket.readyState === 1) wish(); }, 1_000))
    .observe(document.querySelector("main"), { childList: true, subtree: true });
  inbox();
  open();
})();
