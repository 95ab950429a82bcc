/** The first words of a message on one line, without markup, people by name: for quotes and lists. Pure. */
import { toNames } from "#mentions";

export const EXCERPT_CHARS = 90;

/** @param {string} text  @param {import("#roster").Roster} roster */
export function excerpt(text, roster, chars = EXCERPT_CHARS) {
  const line = toNames(text.slice(0, chars * 4), roster)
    .replace(/^ *(?:> ?|[-*] |\d+[.)] )/gm, "")
    .replace(/\[([^\]]+)\]\([^)]*\)/g, "$1")
    .replace(/[*`]|(?<!\w)_|_(?!\w)/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > chars ? `${line.slice(0, chars).trimEnd()}…` : line;
}
