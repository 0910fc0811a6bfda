"use strict";
if (!location.hash && navigator.language.toLowerCase().split("-")[0] === "id") location.replace("#id");
for (const ledger of document.querySelectorAll(".ledger")) {
  const box = ledger.querySelector(".search");
  const [text, phase] = box.querySelectorAll("input, select");
  const status = box.querySelector("[role=status]");
  const tenders = [...ledger.querySelectorAll(".tender")];
  let words;
  const filter = () => {
    words ??= tenders.map((each) => each.textContent.toLowerCase());
    const wanted = text.value.toLowerCase().split(/\s+/);
    let count = 0;
    tenders.forEach((each, place) => {
      const shown = (!phase.value || each.dataset.phase === phase.value)
        && wanted.every((word) => words[place].includes(word));
      each.hidden = !shown;
      count += shown;
    });
    status.textContent = status.dataset.count.replace("{count}", count).replace("{all}", tenders.length);
  };
  text.addEventListener("input", filter);
  phase.addEventListener("change", filter);
  box.hidden = tenders.length < 2;
}
