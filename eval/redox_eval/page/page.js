"use strict";
// Tables sort by what a heading stands over; a share sorts by its value, not by its count.
const keyOf = (cell) => {
  const text = cell.textContent.trim();
  const number = parseFloat(text.replace(/^[\d,]+: /, "").replace(/,/g, ""));
  return Number.isNaN(number) ? text : number;
};
const isBefore = (a, b) =>
  typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const direction = heading.ariaSort === "ascending" ? -1 : 1;
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.ariaSort = direction === 1 ? "ascending" : "descending";
      const rows = [...table.tBodies[0].rows].map((row) => [keyOf(row.cells[column]), row]);
      rows.sort((one, two) => direction * isBefore(one[0], two[0]));
      table.tBodies[0].append(...rows.map((row) => row[1]));
    });
  });
}
// Tasks are found by any of their words, and by an outcome in any arm.
const find = document.getElementById("find");
const outcome = document.getElementById("outcome");
const shown = document.getElementById("shown");
const tasks = [...document.querySelectorAll("details.task")].map((task) => ({
  task,
  row: document.querySelector(`#index a[href="#${task.id}"]`).closest("tr"),
  text: task.textContent.toLowerCase(),
  outcomes: [...task.querySelectorAll(".side .badge")].map((badge) => badge.textContent),
}));
const choose = () => {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { task, row, text, outcomes } of tasks) {
    const fits = words.every((word) => text.includes(word) || row.textContent.toLowerCase().includes(word))
      && (!outcome.value || outcomes.includes(outcome.value));
    task.classList.toggle("hidden", !fits);
    row.classList.toggle("hidden", !fits);
    count += fits;
  }
  shown.textContent = `${count} of ${tasks.length}`;
};
find.addEventListener("input", choose);
outcome.addEventListener("change", choose);
choose();
const open = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
};
addEventListener("hashchange", open);
open();
