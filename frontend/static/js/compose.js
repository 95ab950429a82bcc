/**
 * What the composer does to its text, without the field: limits, wrapping a selection, taking a mention. Pure.
 */

export const COUNTER_FROM = 300;
const COMPOSING_KEY = 229; // what older browsers say of a key that belongs to an input method

/** Code points, as the server counts them; cheap while the text is far from its limit. */
export function lengthOf(text, limit) {
  return text.length < limit - COUNTER_FROM ? text.length : [...text].length;
}

/** @returns {null | {left: number}} null while there is room enough; negative when too long */
export function counterOf(text, limit = 8000) {
  const left = limit - lengthOf(text, limit);
  return left <= COUNTER_FROM ? { left } : null;
}

/**
 * @param {{text: string, from: number, to: number}} field
 * @param {"bold" | "code"} style
 * @returns {{text: string, from: number, to: number}} the selection stays on the words
 */
export function wrap({ text, from, to }, style) {
  const chosen = text.slice(from, to);
  const isBlock = style === "code" && chosen.includes("\n");
  const [before, after] = isBlock ? ["```\n", "\n```"] : style === "bold" ? ["**", "**"] : ["`", "`"];
  const wrapped = text.slice(from - before.length, from) === before && text.slice(to, to + after.length) === after;
  if (wrapped) {
    const bare = text.slice(0, from - before.length) + chosen + text.slice(to + after.length);
    return { text: bare, from: from - before.length, to: to - before.length };
  }
  const full = text.slice(0, from) + before + chosen + after + text.slice(to);
  return { text: full, from: from + before.length, to: to + before.length };
}

/** Put words in the place of a stretch; the caret goes behind them. */
export function put({ text, from, to }, words) {
  return { text: text.slice(0, from) + words + text.slice(to), from: from + words.length, to: from + words.length };
}

/** Whether what is written next stands in a block of code: a fence of ``` was opened and not closed yet. */
export function isInFence(before) {
  return before.split("\n").filter((line) => /^ {0,3}```/.test(line)).length % 2 === 1;
}

/**
 * What a key does in the field (rule U1).
 * @param {{key: string, shiftKey: boolean, ctrlKey: boolean, metaKey: boolean, isComposing: boolean, keyCode?: number}} event
 * @param {{isTouch: boolean, sendingKey: "enter" | "ctrl_enter", before: string}} field `before`: what stands before the caret
 * @returns {"send" | null}
 */
export function enterOf({ key, shiftKey, ctrlKey, metaKey, isComposing, keyCode }, { isTouch, sendingKey, before }) {
  if (key !== "Enter" || isComposing || keyCode === COMPOSING_KEY) return null;
  if (ctrlKey || metaKey) return "send";
  if (shiftKey || isTouch || sendingKey === "ctrl_enter") return null;
  return isInFence(before) ? null : "send";
}

/** The word that says which key sends; on a touch screen it is the button. */
export function keyHint({ isTouch, sendingKey }) {
  return isTouch ? null : `${sendingKey}_sends`;
}
