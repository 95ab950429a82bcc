/**
 * A parent's home stays as things are: what is new is counted in place; a child, a room or a consent that changes brings
 * the page anew. It holds no socket.
 */

import { poll } from "#polled";

const SEEN_MS = 3_000;

const family = /** @type {HTMLElement} */ (document.getElementById("family"));

/** @param {Record<string, number>} unread room → new messages; rooms without any are left out */
function showUnread(unread) {
  for (const badge of family.querySelectorAll("[data-unread-of]")) {
    const room = /** @type {HTMLElement} */ (badge).dataset.unreadOf ?? "";
    const count = unread[room] ?? 0;
    const number = /** @type {HTMLElement} */ (badge.querySelector("[data-count]"));
    number.textContent = String(count);
    badge.toggleAttribute("hidden", count === 0);
    badge.nextElementSibling?.toggleAttribute("hidden", count > 0);
  }
}

poll(family.dataset.stateUrl ?? "", SEEN_MS, (state) => {
  if (state.version !== family.dataset.version) location.reload();
  else showUnread(state.unread);
});
