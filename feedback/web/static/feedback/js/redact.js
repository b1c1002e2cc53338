/* Hiding by selection: choose words in the letter or the answer, say what they are, press "Hide". What is chosen becomes a
   ticked box of the form, counted in code points of the original as the server counts; the server draws the preview.
   Without script the boxes and the field "Other words to hide" do the same. */
"use strict";
(() => {
  const form = document.getElementById("hide-form"), mould = document.getElementById("hide-words"), live = document.getElementById("as-public");
  if (!form || !mould || !live) return;
  const bodies = [...form.querySelectorAll("[data-hide]")], texts = new Map(bodies.map((body) => [body, body.textContent]));
  const bar = mould.content.firstElementChild.cloneNode(true), shown = bar.querySelector(".hide-bar__words");
  const kind = bar.querySelector("select"), choice = document.getElementById("hide-choice").content.firstElementChild;
  const points = (text) => Array.from(text).length;
  let chosen = null, timer = 0, asked = 0;

  const boxes = (side) => [...form.querySelectorAll(`[name="${side}_span"]`)];
  const spanOf = (value) => { const [start, end] = value.split("-"); return [Number(start), Number(end)]; };

  function offset(body, node, at) { // UTF-16 places from the start of the text
    const range = document.createRange();
    range.setStart(body, 0);
    range.setEnd(node, at);
    return range.toString().length;
  }

  function selected() {
    const picked = document.getSelection();
    if (!picked || picked.isCollapsed || !picked.rangeCount) return null;
    const range = picked.getRangeAt(0);
    const body = bodies.find((one) => one.contains(range.startContainer) && one.contains(range.endContainer));
    if (!body) return null;
    const text = texts.get(body);
    let start = offset(body, range.startContainer, range.startOffset), end = offset(body, range.endContainer, range.endOffset);
    while (start < end && /\s/.test(text[start])) start += 1;
    while (end > start && /\s/.test(text[end - 1])) end -= 1;
    return start < end ? { body, text, start, end } : null;
  }

  function look() {
    const found = selected();
    if (!found && bar.contains(document.activeElement)) return;
    chosen = found;
    bar.hidden = !found;
    if (found) shown.textContent = `“${found.text.slice(found.start, found.end)}”`;
  }

  function places(everywhere) {
    const { text, start, end } = chosen, words = text.slice(start, end);
    if (!everywhere) return [start];
    const found = [];
    for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + words.length)) found.push(at);
    return found;
  }

  function hide(everywhere) {
    if (!chosen) return;
    const { body, text } = chosen, side = body.dataset.hide, words = text.slice(chosen.start, chosen.end);
    const list = document.getElementById(`choices-${side}`), label = kind.options[kind.selectedIndex].text;
    places(everywhere).forEach((at) => {
      const start = points(text.slice(0, at)), value = `${start}-${start + points(words)}-${kind.value}`;
      const there = boxes(side).find((box) => box.value === value);
      if (there) { there.checked = true; return; }
      const row = choice.cloneNode(true), box = row.querySelector("input");
      box.name = `${side}_span`;
      box.value = value;
      row.querySelector("[data-words]").textContent = words;
      row.querySelector("[data-kind]").textContent = label;
      list.append(row);
    });
    list.querySelectorAll("[data-nothing]").forEach((line) => line.remove());
    document.getSelection().removeAllRanges();
    chosen = null;
    bar.hidden = true;
    redraw();
  }

  function mark(body) { // the original with what is ticked boxed
    const text = Array.from(texts.get(body)), side = body.dataset.hide;
    const spans = boxes(side).filter((box) => box.checked).map((box) => spanOf(box.value)).sort((a, b) => a[0] - b[0]);
    const parts = [];
    let here = 0;
    spans.forEach(([start, end]) => {
      if (end <= here) return;
      const from = Math.max(start, here);
      parts.push(text.slice(here, from).join(""));
      const boxed = document.createElement("mark");
      boxed.className = "redaction redaction--proposed";
      boxed.textContent = text.slice(from, end).join("");
      parts.push(boxed);
      here = end;
    });
    parts.push(text.slice(here).join(""));
    body.replaceChildren(...parts);
  }

  function redraw() {
    bodies.forEach(mark);
    clearTimeout(timer);
    timer = setTimeout(preview, 400);
  }

  async function preview() {
    const data = new FormData(form), mine = asked += 1;
    data.set("act", "live");
    live.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.getAttribute("action") || location.pathname, { method: "POST", body: data, redirect: "error" });
      const html = await answer.text();
      if (!answer.ok || mine !== asked) return;
      const drawn = new DOMParser().parseFromString(html, "text/html");
      live.querySelector("[data-place]").replaceChildren(...drawn.body.childNodes);
      live.hidden = false;
    } catch (e) { /* the button draws it too */ } finally { live.removeAttribute("aria-busy"); }
  }

  bar.querySelector("[data-all]").addEventListener("click", () => hide(true));
  bar.querySelector("[data-one]").addEventListener("click", () => hide(false));
  form.append(bar);
  form.classList.add("hiding");
  bodies.forEach((body) => { body.tabIndex = 0; });
  form.querySelectorAll(".hide-hint").forEach((hint) => { hint.hidden = false; });
  document.addEventListener("selectionchange", look);
  form.addEventListener("change", (event) => { if (event.target !== kind) redraw(); });
  form.addEventListener("input", (event) => { if (event.target.name === "title" || event.target.name === "hide") redraw(); });
  preview();
})();
