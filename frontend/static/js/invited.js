/**
 * What became of each invitation, live: the list of the page asks again and again, and changes the words of its lines.
 * A line that came meanwhile is there when the page is loaded again.
 */

import { poll } from "#polled";

const SEEN_MS = 2_000;

const place = /** @type {HTMLElement} */ (document.querySelector("[data-invited]"));
const progress = /** @type {HTMLElement} */ (document.getElementById("progress"));

/** @param {{ id: number, glyph: string, kind: string, word: string, note: string, is_open: boolean }} told */
function show({ id, glyph, kind, word, note, is_open }) {
  const line = place.querySelector(`[data-id="${id}"]`);
  const chip = /** @type {HTMLElement | null | undefined} */ (line?.querySelector(".chip"));
  const text = chip?.querySelector("span");
  const small = line?.querySelector("td small");
  if (!line || !chip || !text || !small) return;
  const use = chip.querySelector("use");
  use?.setAttribute("href", `${use.getAttribute("href")?.split("#")[0]}#${glyph}`);
  chip.dataset.kind = kind;
  text.textContent = word;
  small.textContent = note;
  if (!is_open) line.querySelector(".row-end")?.remove();
}

poll(place.dataset.invited ?? "", SEEN_MS, (state) => {
  progress.textContent = state.progress;
  state.invited.forEach(show);
});
