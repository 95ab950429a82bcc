/**
 * The icons as part of the page: a sprite that lies in a file of its own is asked for again with each new icon, and
 * "no connection" is said when it can't be.
 */
import { parseSvg } from "#trusted";

const PREFIX = "icon-";
let adopted = false;

/** Where `<use>` finds an icon: in the file until its symbols are in the page. */
export function iconSource(name) {
  return adopted ? `#${PREFIX}${name}` : `${file()}#${name}`;
}

export async function adoptSprite() {
  const answer = await fetch(file());
  if (!answer.ok) return;
  const sprite = parseSvg(await answer.text());
  for (const symbol of sprite.querySelectorAll("symbol")) symbol.id = PREFIX + symbol.id;
  sprite.setAttribute("class", "sprite");
  document.body.append(sprite);
  adopted = true;
}

function file() {
  return document.querySelector("[data-sprite]")?.dataset.sprite ?? "";
}
