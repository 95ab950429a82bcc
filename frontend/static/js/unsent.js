/**
 * What was being written when the chat closed. The chat hands it over in the tab's own storage under `unsent`, as a list
 * of {room_title, course_title, text}; the page that replaces it shows it once. Reading removes it: no copy stays.
 * Signing out clears that storage in every tab, perhaps after another tab has put something there: the tab's name, which
 * lives in memory alone, carries it as well.
 */

/** @typedef {{room_title: string, course_title: string, text: string}} Unsent */

const KEY = "unsent";

/** @returns {Unsent[]} */
export function takeUnsent(storage = window.sessionStorage) {
  const kept = storage.getItem(KEY) ?? nameOfTab();
  storage.removeItem(KEY);
  if (kept !== null) window.name = "";
  try {
    const list = JSON.parse(kept ?? "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

function nameOfTab() {
  return window.name.startsWith(`${KEY}:`) ? window.name.slice(KEY.length + 1) : null;
}

/** Puts a box for each text before the template that draws it. */
export function showUnsent() {
  const template = document.getElementById("unsent");
  if (!(template instanceof HTMLTemplateElement)) return;
  for (const unsent of takeUnsent()) template.before(box(template, unsent));
}

/**
 * @param {HTMLTemplateElement} template
 * @param {Unsent} unsent
 */
function box(template, { room_title, course_title, text }) {
  const part = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const heading = /** @type {Element} */ (part.querySelector("h2"));
  const words = heading.textContent ?? "";
  heading.textContent = words.replace("{room}", () => room_title).replace("{course}", () => course_title);
  /** @type {Element} */ (part.querySelector("blockquote")).textContent = text;
  return part;
}
