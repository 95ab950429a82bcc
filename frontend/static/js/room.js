/**
 * What one room looks like here: a window of messages in the order of their seq, and how far the log was applied.
 *
 * The invariants:
 * - `appliedSeq` is contiguous: every event up to it was applied, withheld from this view, or is part of a page.
 * - Events carry absolute state, so a repeat changes nothing, and an older state never replaces a newer one.
 * - The window is one unbroken stretch of the room's messages, at most ROWS_KEPT long. With `moreAfter` it doesn't
 *   reach the end, and what arrives live is counted, not shown.
 * - Whatever comes in, what the reader has in view stays in the window (rule U14).
 *
 * No DOM, no socket: frames go in, state comes out.
 *
 * @typedef {{seq: number, number: number, by: number, at: string, cid?: string, text?: string, html?: string,
 *   version: number, edited_at?: string, reply_to?: number, removed?: {by_kind: string, at: string, by?: number, reason?: string}}} Message
 */

import { Unread } from "#unread";

export const ROWS_KEPT = 200;
export const PAGE_ROWS = 50;
const EVENTS_REMEMBERED = 300;

export class RoomState {
  /** @type {Message[]} */
  messages = [];
  appliedSeq = 0;
  moreBefore = false;
  moreAfter = false;
  /** Messages that arrived below the window since it left the end. */
  arrivedBelow = 0;
  unread = new Unread();
  /** Told by whoever shows the room; null: nobody looks. @type {() => {first: number, last: number} | null} seqs */
  inView = () => null;
  #remembered = [];

  /**
   * @param {{messages: Message[], as_of_seq: number, more_before: boolean, more_after: boolean}} page
   * @param {{view?: string, kind?: string, my_seat?: number, children?: number[]}} [room] who reads
   */
  constructor(page, { view = "peer", kind = "course", my_seat: mySeat = 0, children = [] } = {}) {
    this.view = view;
    this.isOwnChildsChat = kind === "direct" && children.length > 0;
    this.ownSeats = new Set([mySeat, ...children].filter(Boolean));
    this.replace(page);
  }

  get firstSeq() {
    return this.messages[0]?.seq ?? null;
  }

  get lastSeq() {
    return this.messages.at(-1)?.seq ?? null;
  }

  /** @returns {Message | undefined} */
  message(seq) {
    return this.messages.find((message) => message.seq === seq);
  }

  hasCid(cid) {
    return this.messages.some((message) => message.cid === cid);
  }

  /** The line "New" stands where it stood when the room was opened, until it is left. */
  openAt({ unread, read_seq: readSeq }) {
    this.unread = new Unread(unread > 0 ? { after: readSeq, count: unread } : {});
  }

  /** The window starts anew: opening, a permalink, after a gap. */
  replace(page) {
    this.messages = [...page.messages];
    this.moreBefore = page.more_before;
    this.moreAfter = page.more_after;
    this.appliedSeq = Math.max(this.appliedSeq, page.as_of_seq);
    this.arrivedBelow = 0;
    this.#catchUp(page.as_of_seq);
  }

  /** @returns {"applied" | "repeated" | "hole"} after a hole the room has to be read anew */
  apply(event) {
    if (event.t === "withheld") return this.#skip(event.from, event.to);
    if (event.seq <= this.appliedSeq) return "repeated";
    if (event.seq > this.appliedSeq + 1) return "hole";
    this.appliedSeq = event.seq;
    this.#remember(event);
    this.#change(event);
    return "applied";
  }

  /** A page that ends just before the window. Older rows come in, the newest go when there are too many. */
  prepend(page) {
    const known = new Set(this.messages.map((message) => message.seq));
    this.messages = [...page.messages.filter((message) => !known.has(message.seq)), ...this.messages];
    this.moreBefore = page.more_before;
    this.#catchUp(page.as_of_seq);
    const { surplus, below } = this.#spare();
    this.#cut({ atEnd: Math.min(surplus, below), surplus });
  }

  /** A page that begins just after the window. */
  append(page) {
    const known = new Set(this.messages.map((message) => message.seq));
    this.messages = [...this.messages, ...page.messages.filter((message) => !known.has(message.seq))];
    this.moreAfter = page.more_after;
    if (!this.moreAfter) this.arrivedBelow = 0;
    this.#catchUp(page.as_of_seq);
    this.#trimStart();
  }

  #trimStart() {
    const { surplus, above } = this.#spare();
    this.#cut({ atEnd: surplus - Math.min(surplus, above), surplus });
  }

  /** How many rows are too many, and how many there are on either side of what is in view. */
  #spare() {
    const surplus = Math.max(0, this.messages.length - ROWS_KEPT);
    const view = surplus ? this.inView() : null;
    if (!view) return { surplus, above: surplus, below: surplus };
    const above = this.messages.filter(({ seq }) => seq < view.first).length;
    return { surplus, above, below: this.messages.filter(({ seq }) => seq > view.last).length };
  }

  #cut({ atEnd, surplus }) {
    if (surplus === 0) return;
    this.messages = this.messages.slice(surplus - atEnd, this.messages.length - atEnd);
    this.moreBefore ||= surplus > atEnd;
    this.moreAfter ||= atEnd > 0;
  }

  #skip(from, to) {
    if (to <= this.appliedSeq) return "repeated";
    if (from > this.appliedSeq + 1) return "hole";
    this.appliedSeq = to;
    return "applied";
  }

  /** A page may be older than what arrived while it was under way. */
  #catchUp(asOfSeq) {
    for (const event of this.#remembered) if (event.seq > asOfSeq) this.#change(event, { again: true });
  }

  #remember(event) {
    this.#remembered.push(event);
    if (this.#remembered.length > EVENTS_REMEMBERED) this.#remembered.shift();
  }

  #change(event, { again = false } = {}) {
    if (event.t === "message.sent") this.#arrive(event.message, again);
    else if (event.t.startsWith("message.") && typeof event.message === "object") this.#update(event.message);
    else if (event.t === "member.hidden") this.#hide(event.seat);
  }

  #arrive(message, again) {
    if (this.message(message.seq)) return this.#update(message);
    if (this.moreAfter) {
      if (!again) this.arrivedBelow += 1;
      return;
    }
    if (this.lastSeq !== null && message.seq < this.lastSeq) return;
    this.messages = [...this.messages, message];
    this.#trimStart();
    if (this.moreAfter) this.arrivedBelow += 1;
  }

  #update(message) {
    const index = this.messages.findIndex(({ seq }) => seq === message.seq);
    if (index < 0 || this.messages[index].version > message.version) return;
    this.messages = this.messages.with(index, this.#withKeptText(message, this.messages[index]));
  }

  /** Removed messages of which a page says more to this reader than the event did: the text, and why. */
  get unexplained() {
    const lacks = ({ text, removed }) => text == null || (removed.by_kind === "staff" && removed.reason == null);
    return this.messages.filter((message) => message.removed && this.#stillReads(message) && lacks(message));
  }

  /** A page of messages that are in the window already. */
  refresh(page) {
    for (const message of page.messages) this.#update(message);
    this.#catchUp(page.as_of_seq);
  }

  /** The author and the author's family; in a child's chat with a teacher the family reads both sides (S17, S22). */
  #stillReads({ by }) {
    return this.isOwnChildsChat || this.ownSeats.has(by);
  }

  /** Live frames carry no removed text; whoever may go on seeing it does. */
  #withKeptText(message, { text, html }) {
    if (!message.removed || message.text != null || text == null || !this.#stillReads(message)) return message;
    return { ...message, text, html };
  }

  /** Consent was taken back: the school and the own family keep what the others no longer see (S20). */
  #hide(seat) {
    if (this.view === "staff" || this.ownSeats.has(seat)) return;
    this.messages = this.messages.filter((message) => message.by !== seat);
  }
}
