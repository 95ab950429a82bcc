/**
 * Who has joined, live: the list of the page asks again and again. The names of others are text, never HTML.
 */

import { poll } from "#polled";

const SEEN_MS = 1_500;

const place = /** @type {HTMLElement} */ (document.querySelector("[data-joined]"));
const count = /** @type {HTMLElement} */ (document.getElementById("joined-count"));
const list = /** @type {HTMLElement} */ (document.getElementById("joined-list"));

/** @typedef {{ id: number, name: string, note: string }} Joined */

/** @param {Joined} person */
function lineOf(person) {
  const line = list.querySelector(`[data-id="${person.id}"]`) ?? made(person);
  const note = line.querySelector("small");
  if (note) note.textContent = person.note;
  return line;
}

/** @param {Joined} person */
function made(person) {
  const line = document.createElement("li");
  line.className = "row";
  line.dataset.spread = "";
  line.dataset.id = String(person.id);
  const name = document.createElement("strong");
  name.className = "break";
  name.textContent = person.name;
  const note = document.createElement("small");
  note.className = "u-quiet";
  const text = document.createElement("p");
  text.append(name, " ", note);
  line.append(text);
  return line;
}

poll(place.dataset.joined ?? "", SEEN_MS, (state) => {
  count.textContent = state.count;
  list.replaceChildren(...state.joined.map(lineOf));
  for (const used of document.querySelectorAll("[data-code]")) {
    used.textContent = state.codes[/** @type {HTMLElement} */ (used).dataset.code ?? ""] ?? used.textContent;
  }
});
