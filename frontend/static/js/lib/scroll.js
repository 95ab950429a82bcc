/**
 * Nothing jumps (rules U14 to U16): what is in view stays where it is while rows come and go around it.
 *
 * The scroller is reversed (flex-direction: column-reverse): its origin is the end of the list, scrollTop is 0 there and
 * negative above. Rows are found by their id, which outlives a new rendering.
 */

export const NEAR_END_PIXELS = 100;
export const PAGE_AHEAD_PIXELS = 700;

export class Scroll {
  #anchor = null;
  #residue = 0;

  /** @param {HTMLElement} scroller  @param {string} rows selector of the rows, each with an id */
  constructor(scroller, rows) {
    this.scroller = scroller;
    this.rows = rows;
  }

  get fromEnd() {
    return -this.scroller.scrollTop;
  }

  get fromStart() {
    return this.scroller.scrollHeight - this.scroller.clientHeight + this.scroller.scrollTop;
  }

  get isNearEnd() {
    return this.fromEnd <= NEAR_END_PIXELS;
  }

  toEnd() {
    this.#anchor = null;
    this.#residue = 0;
    this.scroller.scrollTop = 0;
  }

  /** Remember the first row in view, before rows change. */
  hold() {
    const row = this.firstInView();
    this.#anchor = row && { id: row.id, top: row.getBoundingClientRect().top };
  }

  /** Put it back after they did. What a whole pixel can't express is made up for the next time, whatever row that is. */
  restore() {
    const row = this.#anchor && document.getElementById(this.#anchor.id);
    if (!row) return;
    const drift = row.getBoundingClientRect().top - this.#anchor.top + this.#residue;
    if (Math.abs(drift) < 0.01) return;
    this.scroller.scrollTop += drift;
    this.#residue = row.getBoundingClientRect().top - this.#anchor.top + this.#residue;
  }

  /** @returns {HTMLElement | undefined} */
  firstInView() {
    const { top } = this.scroller.getBoundingClientRect();
    return this.#all().find((row) => row.getBoundingClientRect().bottom > top + 1);
  }

  /** @returns {HTMLElement | undefined} */
  lastInView() {
    const { bottom } = this.scroller.getBoundingClientRect();
    return this.#all().findLast((row) => row.getBoundingClientRect().top < bottom - 1);
  }

  /** The first and the last row of a kind in view. */
  ofInView(counts) {
    const rows = this.#all().filter((row) => counts(row) && this.isInView(row));
    return [rows[0], rows.at(-1)];
  }

  isInView(row) {
    const [{ top, bottom }, { top: start, bottom: end }] = [row, this.scroller].map((each) =>
      each.getBoundingClientRect(),
    );
    return bottom > start + 1 && top < end - 1;
  }

  /** The last row whose end is in view: everything above counts as seen. */
  lastSeen(counts = () => true) {
    const { bottom } = this.scroller.getBoundingClientRect();
    return this.#all().findLast((row) => counts(row) && row.getBoundingClientRect().bottom <= bottom + 1);
  }

  /** @returns {{id: string, offset: number} | null} a place to come back to; null is the end */
  place() {
    if (this.isNearEnd) return null;
    const row = this.firstInView();
    return row
      ? { id: row.id, offset: row.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top }
      : null;
  }

  goTo(place) {
    const row = place && document.getElementById(place.id);
    if (!row) return this.toEnd();
    const offset = row.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
    this.scroller.scrollTop += offset - place.offset;
    return undefined;
  }

  /** A row a third below the upper edge, so that what led to it is seen too. */
  show(row) {
    const offset = row.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
    this.scroller.scrollTop += offset - this.scroller.clientHeight / 3;
  }

  #all() {
    return [...this.scroller.querySelectorAll(this.rows)];
  }
}
