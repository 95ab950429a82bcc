/**
 * Mentions between the person who writes and the wire: written "@Jada A.", sent and stored as "@[7]", so that no name
 * is ever stored in a text. Code is left as it is. Pure.
 */
const CODE = /(```[\s\S]*?(?:```|$)|`[^`\n]+`)/;
const SEAT = /@\[([1-9]\d{0,5})\]/g;
const BEGUN = /(?:^|[\s(])@([\p{L}\p{N}][\p{L}\p{N}.'’ -]{0,40}|)$/u;

/** @param {string} text  @param {import("#roster").Roster} roster */
export function toSeats(text, roster) {
  const people = [...roster.people.values()].filter(({ seat, name }) => seat > 0 && name);
  people.sort((a, b) => b.name.length - a.name.length);
  const encode = (part) => people.reduce((rest, { seat, name }) => replaceName(rest, name, `@[${seat}]`), part);
  return outsideCode(text, encode);
}

export function toNames(text, roster, unknown = "@…") {
  return text.replace(SEAT, (_, seat) => (roster.person(Number(seat)) ? `@${roster.name(Number(seat))}` : unknown));
}

/**
 * The mention that is being typed before the caret.
 * @returns {{from: number, letters: string} | null}
 */
export function mentionAt(text, caret) {
  const found = BEGUN.exec(text.slice(0, caret));
  if (!found || insideCode(text.slice(0, caret))) return null;
  return { from: caret - found[1].length - 1, letters: found[1] };
}

export function mentions(html, seat) {
  return Boolean(html?.includes(`class="mention" data-seat="${seat}"`));
}

function outsideCode(text, change) {
  return text
    .split(CODE)
    .map((part, index) => (index % 2 ? part : change(part)))
    .join("");
}

function insideCode(text) {
  return (text.match(/```/g)?.length ?? 0) % 2 === 1 || (text.split("\n").at(-1).match(/`/g)?.length ?? 0) % 2 === 1;
}

/** Only where the name ends: "@Ana" is not the beginning of "@Anabel". */
function replaceName(text, name, seat) {
  const parts = text.split(`@${name}`);
  return parts.reduce((left, right) => `${left}${/^[\p{L}\p{N}]/u.test(right) ? `@${name}` : seat}${right}`);
}
