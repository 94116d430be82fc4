"use strict";
// Adds keys, changes in place and the count of what is new. Every page works without it.
(() => {
  const { csrf, keys, newest } = document.body.dataset;
  const all = (what) => [...document.querySelectorAll(what)];
  const one = (what, where) => (where || document).querySelector(what);
  const said = one("#said");

  // The row that has the focus; on the page of one thing, that thing.
  const here = () => document.activeElement.closest("[data-id]") || one("article[data-id]");

  const move = (step) => {
    const rows = all("[data-id]");
    const next = rows[rows.indexOf(here()) + step];
    if (next) one("a", one(".head", next) || next).focus();
  };

  const say = (text, undo) => {
    said.replaceChildren(text);
    if (!undo) return;
    const button = document.createElement("button");
    button.textContent = "Undo";
    button.onclick = () => post("/undo", [["batch", undo]]);
    said.append(" ", button);
  };

  const post = async (path, fields) => {
    if (!csrf) return say("Log in to review.");
    let answer, told;
    try {
      const body = new URLSearchParams([...fields.filter(([name]) => name !== "csrf"), ["csrf", csrf]]);
      answer = await fetch(path, { method: "POST", body, headers: { Accept: "application/json" } });
      told = await answer.text();
      told = JSON.parse(told);
    } catch {
      return say(answer ? told : "Storywatch does not answer: nothing was done.");
    }
    for (const { id, status } of told.done || [])
      for (const row of all(`[data-id="${id}"]`)) {
        row.dataset.status = status;
        const tag = one(".status", row);
        if (tag) Object.assign(tag, { textContent: status, className: `tag status status-${status}` });
      }
    say(told.said || told.error, told.undo);
    return answer.ok;
  };

  const verdict = async (status) => {
    const row = here();
    if (row && (await post("/review", [["id", row.dataset.id], ["status", status]]))) move(1);
  };

  // Forms marked so act in place; without this script they load the page again.
  document.addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    if (!form.matches(".in-place")) return;
    event.preventDefault();
    const path = submitter?.getAttribute("formaction") || form.getAttribute("action");
    if (await post(path, [...new FormData(form, submitter)])) form.reset();
  });

  let hit = -1;
  const jump = (step) => {
    const marks = all("mark[id]");
    if (!marks.length) return;
    hit = (hit + step + marks.length) % marks.length;
    marks[hit].tabIndex = -1;
    marks[hit].focus({ preventScroll: true });
    marks[hit].scrollIntoView({ block: "center" });
  };

  // What a page offers under a key of its own, else what the key does everywhere.
  const press = (key, otherwise) => (one(`[data-key="${key}"]`) || { click: otherwise || (() => {}) }).click();
  const acts = {
    j: () => press("j", () => move(1)),
    k: () => press("k", () => move(-1)),
    f: () => { press("f"); one('[data-key="f"]')?.focus(); },
    o: () => { const row = here(); if (row) one("a", one(".head", row) || row).click(); },
    v: () => one("a.out", here())?.click(),
    e: () => verdict("kept"),
    x: () => verdict("dismissed"),
    u: () => verdict("unsure"),
    z: () => post("/undo", []),
    A: () => post("/seen", all("[data-id]").map((row) => ["id", row.dataset.id])),
    d: () => press("d"),
    "[": () => press("[", () => jump(-1)),
    "]": () => press("]", () => jump(1)),
    "/": () => one("input[type=search], input[name=q]")?.focus(),
    "?": () => location.assign("/help#keys"),
    Escape: () => {
      say("");
      const open = document.activeElement.closest("details[open]");
      if (open) { open.open = false; one("summary", open).focus(); }
    },
  };
  const places = { t: "/", s: "/stories", a: "/articles", l: "/alerts", r: "/rules", o: "/sources" };
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (keys !== "on") return;
    const to = Date.now() - going < 1500 && places[event.key];
    going = event.key === "g" ? Date.now() : 0;
    if (to) location.assign(to);
    else if (Object.hasOwn(acts, event.key)) acts[event.key]();
    else return;
    event.preventDefault();
  });

  // Without a safe connection browsers give no clipboard: then the text is chosen, to be copied by hand.
  for (const button of all("[data-copy]")) {
    button.hidden = false;
    button.onclick = () => {
      const text = one(`#${button.dataset.copy}`);
      const choose = () => {
        getSelection().selectAllChildren(text);
        say("Chosen: copy it with Ctrl+C.");
      };
      if (navigator.clipboard) navigator.clipboard.writeText(text.textContent).then(() => say("Copied."), choose);
      else choose();
    };
  }

  // What is new is counted, and shown when it is asked for: nothing moves under the reader. Only a page that is
  // looked at listens, since a browser has few connections to one place.
  const bar = one("#news");
  let source;
  const listen = () => {
    source?.close();
    if (document.hidden) return;
    source = new EventSource(`/events?since=${newest}`);
    source.onmessage = (event) => {
      const { articles } = JSON.parse(event.data);
      bar.hidden = !articles;
      one("a", bar).textContent = `${articles} new: show`;
    };
  };
  if (bar && newest) {
    document.addEventListener("visibilitychange", listen);
    addEventListener("pagehide", () => source?.close());
    listen();
  }
})();
