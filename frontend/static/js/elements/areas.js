/** The areas of the page that F6 walks (rule U4), each by the element that takes the focus. */

const AREAS = [
  ".rail a, .rail button",
  ".rooms [aria-current=page], .rooms a",
  "chat-head a, chat-head button",
  ".timeline .message[tabindex='0']",
  "chat-composer textarea, chat-composer .composer-instead",
  "chat-panel",
  ".toast button",
];

/** @returns {HTMLElement[]} those in view, in order */
export function areas(page) {
  const found = AREAS.map((selector) =>
    [...page.querySelectorAll(selector)].find((element) => element.checkVisibility()),
  );
  return found.filter(Boolean);
}

/** @param {HTMLElement[]} list  @param {1 | -1} step */
export function nextArea(list, step) {
  const roots = list.map((element) =>
    element.closest(".rail, .rooms, chat-head, chat-timeline, chat-composer, chat-panel, .toast"),
  );
  const now = roots.findIndex((root) => root?.contains(document.activeElement));
  const next = list[now < 0 ? 0 : (now + step + list.length) % list.length];
  if (next && next.tabIndex < 0) next.tabIndex = -1;
  return next;
}
