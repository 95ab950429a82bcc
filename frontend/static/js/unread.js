/**
 * What is new to the reader of a room (rule U7): what came before it was opened, or while nobody looked at the page.
 * Messages that were watched arriving are never counted. Pure.
 *
 * The line "New" stands where it stood, seen or not, until the room is left; what is seen is no longer announced.
 */

export class Unread {
  /** The seq after which the line "New" stands; null: there is no line. @type {number | null} */
  after = null;
  count = 0;
  /** Whether the reader stood at the line: from there on everything new is below. */
  isSeen = true;

  /** @param {{after?: number | null, count?: number}} [of] */
  constructor({ after = null, count = 0 } = {}) {
    Object.assign(this, { after, count, isSeen: after === null });
  }

  /** A message of somebody else came while nobody looked. What was seen before is old then: the line moves on. */
  miss(seq) {
    if (this.isSeen) Object.assign(this, { after: seq - 1, count: 0, isSeen: false });
    this.count += 1;
  }

  /** @param {Unread} later what came since  @returns {Unread} both */
  with(later) {
    return Object.assign(new Unread(this), { count: this.count + later.count });
  }

  see() {
    this.isSeen = true;
  }
}
