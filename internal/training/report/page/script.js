"use strict";
// Tables sort by a click on a column; numbers by data-sort, names by their text.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = table.tHead.rows[0].cells;
  for (let i = 0; i < heads.length; i++) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heads[i].textContent;
    heads[i].replaceChildren(button);
    button.addEventListener("click", () => {
      const down = heads[i].getAttribute("aria-sort") !== "descending" && heads[i].classList.contains("n") ||
        heads[i].getAttribute("aria-sort") === "ascending";
      for (const head of heads) head.removeAttribute("aria-sort");
      heads[i].setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[i].dataset.sort ?? row.cells[i].textContent;
      const order = (a, b) => heads[i].classList.contains("n") ? parseFloat(a) - parseFloat(b) || 0 : a.localeCompare(b);
      const rows = [...table.tBodies[0].rows].sort((a, b) => (down ? -1 : 1) * order(key(a), key(b)));
      table.tBodies[0].append(...rows);
    });
  }
}
// The slider shows what one least confidence would give in place of the assumed thresholds.
const slider = document.querySelector(".slider");
if (slider) {
  slider.hidden = false;
  const table = document.getElementById("table"), one = document.getElementById("one");
  const least = document.getElementById("least"), shown = document.getElementById("shown"), sums = document.getElementById("sums");
  const labels = [...table.tBodies[0].rows].map((row) => ({
    all: +row.dataset.all, right: row.dataset.true.split(" ").map(Number), wrong: row.dataset.false.split(" ").map(Number),
    cells: [1, 2, 3, 5].map((i) => row.cells[i]),
  }));
  for (const label of labels) {
    label.texts = label.cells.map((cell) => cell.querySelector("span")?.textContent);
    label.sorts = label.cells.map((cell) => cell.dataset.sort);
  }
  const figure = (f) => f >= 0.995 && f < 1 ? Math.min(f, 0.999).toFixed(3) : f > 0 && f < 0.005 ? Math.max(f, 0.001).toFixed(3) : f.toFixed(2);
  const show = () => {
    const at = +least.value;
    least.disabled = !one.checked;
    shown.textContent = (at / 100).toFixed(2);
    table.classList.toggle("swept", one.checked);
    const mean = [0, 0, 0];
    let n = 0;
    for (const label of labels) {
      if (!one.checked) {
        label.cells.forEach((cell, i) => {
          const text = cell.querySelector("span");
          if (text) text.textContent = label.texts[i];
          cell.dataset.sort = label.sorts[i];
        });
        continue;
      }
      const right = label.right[at], wrong = label.wrong[at];
      const figures = [2 * right / Math.max(1, right + wrong + label.all), right / Math.max(1, right + wrong), right / Math.max(1, label.all), at / 100];
      if (label.all) {
        n++;
        mean.forEach((_, i) => { mean[i] += figures[i]; });
      }
      label.cells.forEach((cell, i) => {
        const text = cell.querySelector("span");
        if (!text) return;
        text.textContent = figure(figures[i]);
        cell.dataset.sort = figures[i];
      });
    }
    sums.textContent = one.checked && n ? `All labels: F1 score ${figure(mean[0] / n)}, precision ${figure(mean[1] / n)}, recall ${figure(mean[2] / n)}` : "";
  };
  one.addEventListener("change", show);
  least.addEventListener("input", show);
  show();
}
