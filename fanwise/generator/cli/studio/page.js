"use strict";
(async () => {
  let seen = Number(document.body.dataset.version || 0);
  for (;;) {
    try {
      const answer = await fetch(`page?after=${seen}`, { cache: "no-store" });
      if (answer.status === 200) {
        const opened = new Set([...document.querySelectorAll("details[open] > summary")].map((each) => each.textContent));
        const next = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const part of ["header", "main"]) {
          document.querySelector(part).replaceWith(next.querySelector(part));
        }
        for (const each of document.querySelectorAll("details > summary")) {
          if (opened.has(each.textContent)) each.parentElement.open = true;
        }
        document.title = next.title;
        seen = Number(answer.headers.get("Fanwise-Version"));
        document.getElementById("live").textContent = `Updated ${new Date().toTimeString().slice(0, 8)}.`;
      } else if (answer.status !== 204) {
        throw new Error(String(answer.status));
      }
    } catch {
      document.getElementById("live").textContent = "The program has stopped. Start it again, and load its new page.";
      await new Promise((go) => setTimeout(go, 2000));
    }
  }
})();
