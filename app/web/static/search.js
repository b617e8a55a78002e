// Searches while somebody types, by the address that the form without this script leads to.
"use strict";

const QUIET = 180; // ms without a key: shorter asks for halves of words, longer is felt
const ADDRESS = 1500; // characters; a longer text is sent in a body

for (const form of document.querySelectorAll("form[data-instant]")) {
  let waiting = 0;
  let running = null;
  let last = form.elements.q.value.trim();

  const address = (fields) => {
    const query = new URLSearchParams([...fields].filter(([, value]) => value.trim()));
    return query.size ? `/kb?${query}` : "/kb";
  };

  // What is around the form stays, so that neither the focus nor the place in the text is lost.
  const show = (page) => {
    const mine = document.querySelector("main");
    const theirs = page.querySelector("main");
    if (!theirs || !theirs.querySelector("form[data-instant]")) return false;
    mine.className = theirs.className;
    for (const part of [...mine.querySelectorAll(".column > :not(.shelf-head), aside")]) part.remove();
    mine.querySelector(".column").append(...theirs.querySelectorAll(".column > :not(.shelf-head)"));
    const aside = theirs.querySelector("aside");
    if (aside) mine.append(aside);
    document.title = page.title;
    document.getElementById("told").textContent = page.getElementById("told").textContent;
    return true;
  };

  const search = async () => {
    const said = form.elements.q.value.trim();
    if (said === last) return;
    if (running) running.abort();
    const mine = new AbortController();
    running = mine;
    const fields = new URLSearchParams(new FormData(form));
    const inBody = said.includes("\n") || said.length > ADDRESS;
    const where = inBody ? "/kb" : address(fields);
    document.querySelector("main").setAttribute("aria-busy", "true");
    form.closest(".column").classList.add("searching");
    try {
      const how = inBody ? { method: "POST", body: fields } : {};
      const answer = await fetch(where, { ...how, signal: mine.signal, headers: { accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine.signal.aborted) return;
      if (!answer.ok || !show(page)) return void form.requestSubmit();
      last = said;
      if (!inBody) history.replaceState(null, "", where);
    } catch (wrong) {
      if (wrong.name !== "AbortError") form.requestSubmit();
    } finally {
      if (running === mine) {
        document.querySelector("main").removeAttribute("aria-busy");
        form.closest(".column").classList.remove("searching");
      }
    }
  };

  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, QUIET);
  };

  form.addEventListener("input", soon);
  form.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    if (form.elements.q.value.trim() !== last) return;
    event.preventDefault(); // it stands there already
  });

  // A field of one line would swallow the line breaks of a traceback.
  form.addEventListener("paste", (event) => {
    const pasted = event.clipboardData.getData("text/plain");
    const field = form.elements.q;
    if (field.tagName === "TEXTAREA" || !pasted.trim().includes("\n")) return;
    event.preventDefault();
    const area = document.createElement("textarea");
    area.id = field.id;
    area.name = field.name;
    area.rows = 8;
    area.spellcheck = false;
    area.dir = "ltr";
    area.value = field.value.slice(0, field.selectionStart) + pasted + field.value.slice(field.selectionEnd);
    field.replaceWith(area);
    form.classList.add("whole");
    area.focus();
    soon();
  });
}
