/**
 * The messages of the open room in a window of rows, with the lines of days and of what is new. It keeps the place
 * while rows come and go, and tells what was seen.
 */
import { html, nothing, repeat } from "#lit";
import { ChatElement } from "#elements/base";
import "#elements/chat-message";
import { MessageKeys } from "#elements/message_keys";
import { pill, unreadBar } from "#elements/over_timeline";
import { Paging } from "#elements/paging";
import { Quotes } from "#elements/quotes";
import { Scroll } from "#lib/scroll";
import { goneRoom, newRoom } from "#elements/new_room";
import { rightsOf } from "#rights";
import { rowsOf } from "#rows";

const SEEN_SECONDS = 1;
const FLASH_SECONDS = 2;
const FAR_PIXELS = 1200;

export class ChatTimeline extends ChatElement {
  static parts = ["messages", "outbox", "people"];
  static properties = {
    ...ChatElement.properties,
    below: { state: true },
    lineAway: { state: true },
    isFarUp: { state: true },
  };

  #keys = new MessageKeys(this);
  #paging = new Paging(this);
  #quotes = new Quotes(this);
  #room = null;
  #showedEnd = true;
  #seenTimer = 0;
  #held = null;
  #sentOne = false;
  #settled = null;

  constructor() {
    super();
    Object.assign(this, { below: 0, lineAway: false, isFarUp: false });
  }

  connectedCallback() {
    super.connectedCallback();
    for (const type of ["focus", "blur"]) addEventListener(type, () => this.look());
    document.addEventListener("visibilitychange", () => this.look());
  }

  get scroller() {
    return this.querySelector(".timeline");
  }

  get state() {
    return this.chat.view.state;
  }

  /** Whether what is shown is the room that the chat is at. */
  get isEntered() {
    return this.#room === this.chat.current;
  }

  willUpdate(changed) {
    super.willUpdate(changed);
    if (!this.chat.view) return;
    this.#keys.hold();
    if (!this.isEntered) this.#enter();
    else if (this.scroll) this.#before();
  }

  /** Another room: where it was left, or its end. */
  #enter() {
    this.#room = this.chat.current;
    this.#held = { place: this.chat.view.place };
    this.below = 0;
    this.#quotes.enter();
    this.#paging.enter();
  }

  /** The end of a window that isn't the room's is a place like any other: the page after it doesn't move the reader. */
  #before() {
    const { scroll } = this;
    if (this.#held) return;
    const isEnd = this.#showedEnd && !this.state.moreAfter;
    this.#held = {
      isAtEnd: isEnd && scroll.fromEnd < 2,
      isNearEnd: isEnd && scroll.isNearEnd,
      lastRow: this.#lastRow,
    };
    scroll.hold();
  }

  updated() {
    this.#settled = this.#afterRows();
  }

  /** With its messages rendered: only then do rows have their heights. All of it happens before the next paint. */
  async getUpdateComplete() {
    const result = await super.getUpdateComplete();
    await this.#settled;
    return result;
  }

  async #afterRows() {
    const rows = [...this.querySelectorAll("chat-message")];
    await Promise.all(rows.filter((row) => row.isUpdatePending).map((row) => row.updateComplete));
    if (!this.chat.view || !this.scroller) {
      this.scroll = this.#held = null;
      return;
    }
    if (this.scroll?.scroller !== this.scroller) this.scroll = new Scroll(this.scroller, ".message");
    this.#settle(this.#held ?? {});
    this.#held = null;
    this.#sentOne = false;
    this.#showedEnd = !this.state.moreAfter;
    this.#keys.settle();
    this.#guard(this.state);
    this.look();
    this.#paging.page();
  }

  /** At the end one stays there; near it what is new is followed; elsewhere nothing moves. */
  #settle({ place, isAtEnd, isNearEnd, lastRow }) {
    if (place !== undefined) this.scroll.goTo(place);
    else if (isAtEnd || this.#sentOne || (isNearEnd && lastRow !== this.#lastRow)) this.scroll.toEnd();
    else this.scroll.restore();
  }

  /** What is in view stays in the window. */
  #guard(state) {
    state.inView = () => {
      if (state !== this.chat.view?.state || !this.scroll?.scroller.isConnected) return null;
      const [first, last] = this.scroll.ofInView((row) => row.id.startsWith("m"));
      return first ? { first: seqOf(first), last: seqOf(last) } : null;
    };
  }

  get #lastRow() {
    return this.querySelector(".timeline-list > :last-child")?.dataset.key;
  }

  /** The own message just written is always shown. */
  showOwn() {
    this.#sentOne = true;
    this.requestUpdate();
  }

  /** Before the page shows another room. */
  leave() {
    if (this.chat.view && this.scroll) this.chat.view.place = this.scroll.place();
    this.chat.reading.release(this.chat.current);
  }

  render() {
    if (!this.chat.view) return goneRoom(this);
    const rows = this.#rows();
    if (rows.length === 0) return this.state.moreBefore ? nothing : newRoom(this);
    return html`
      ${unreadBar(this)}
      <section class="timeline" aria-label=${this.say("messages_in", { room: this.chat.room.title })} @scroll=${() => this.#scrolled()}>
        <p id="message-keys" hidden>${this.say("how_keys_work")}</p>
        <div class="timeline-list" role="list">
          ${repeat(
            rows,
            ({ key }) => key,
            (row) => this.#row(row),
          )}
        </div>
      </section>
      ${pill(this)}
    `;
  }

  #rows() {
    const { state } = this;
    const pending = state.moreAfter
      ? []
      : this.chat.outbox.of(this.chat.current).filter(({ cid }) => !state.hasCid(cid));
    return rowsOf({
      messages: state.messages,
      pending,
      unreadAfter: this.isLineFurtherUp ? null : state.unread.after,
      mySeat: this.chat.room.my_seat,
      zone: this.clock.zone,
    });
  }

  get isLineFurtherUp() {
    const { unread, firstSeq, moreBefore } = this.state;
    return unread.after !== null && moreBefore && firstSeq > unread.after;
  }

  #row(row) {
    if (row.kind === "day") return this.#day(row);
    if (row.kind === "new") return html`<div class="new-line" role="listitem" id="new-line">${this.say("new")}</div>`;
    return this.#message(row);
  }

  #day({ at }) {
    const words = this.clock.isToday(at) ? this.say("today") : this.clock.day(at);
    return html`<div class="day-line" role="listitem"><h2><time datetime=${at} title=${this.clock.full(at)}>${words}</time></h2></div>`;
  }

  #message(row) {
    const { message, entry } = row;
    const cid = message?.cid ?? entry.cid;
    return html`<chat-message
      class="message" role="listitem" id=${message ? `m${message.seq}` : `p${cid}`}
      data-key=${row.key} tabindex="-1" ?data-grouped=${row.grouped}
      data-state=${entry && entry.state !== "sent" ? entry.state : nothing} data-kind=${message?.removed ? "removed" : nothing}
      .chat=${this.chat} .words=${this.words} .clock=${this.clock} .row=${row} .people=${this.chat.view.roster.people}
      .ticked=${this.chat.outbox.justSent.has(cid)}
      .quote=${this.#quotes.of(message?.reply_to ?? entry?.reply_to)} .rights=${this.#rights}
    ></chat-message>`;
  }

  #rights = (message) => rightsOf(message, { room: this.chat.room, roster: this.chat.view.roster });

  /** Where Tab would lead in the list: after something that took the focus with it. */
  focusRow(seq) {
    this.#keys.focus((seq && this.querySelector(`#m${seq}`)) || undefined);
  }

  async toLatest() {
    await this.#toEnd();
    this.ask("compose");
  }

  /** The newest message, in focus. */
  async toNewest() {
    await this.#toEnd();
    this.#keys.focus(this.#keys.rows.at(-1));
  }

  async #toEnd() {
    if (this.state.moreAfter) await this.#paging.load(() => this.chat.latest());
    this.below = 0;
    this.scroll?.toEnd();
    this.#paging.page();
  }

  async jumpToLine() {
    const { unread } = this.state;
    if (this.isLineFurtherUp) await this.#show(Math.max(unread.after, this.chat.room.first_seq));
    this.#flash(this.querySelector("#new-line")?.nextElementSibling);
  }

  /** To a message, wherever it is. @returns {Promise<boolean>} whether it is there */
  async jumpTo(seq) {
    if (!this.state.message(seq)) await this.#show(seq);
    const row = this.querySelector(`#m${seq}`);
    this.#flash(row);
    return row !== null;
  }

  #show(seq) {
    return this.#paging.load(() => this.chat.around(seq));
  }

  #flash(row) {
    if (!row) return;
    this.scroll.show(row);
    this.#keys.focus(row);
    row.setAttribute("data-flash", "");
    setTimeout(() => row.removeAttribute("data-flash"), FLASH_SECONDS * 1000);
    this.look();
    this.#paging.page();
  }

  #scrolled() {
    this.#paging.page();
    this.look();
  }

  get #isWatched() {
    return document.hasFocus() && document.visibilityState === "visible" && Boolean(this.scroller?.checkVisibility());
  }

  /** What is in view now: read after a second of it, with the window in focus (U8). */
  look() {
    clearTimeout(this.#seenTimer);
    if (!this.scroll || !this.chat.view || !this.scroller?.checkVisibility()) return;
    this.#lookAtLine();
    this.#keys.follow();
    if (this.scroll.isNearEnd) this.below = 0;
    this.isFarUp = this.state.moreAfter || this.scroll.fromEnd > FAR_PIXELS;
    if (!this.#isWatched) return;
    const room = this.chat.current;
    this.#seenTimer = setTimeout(() => this.#see(room), SEEN_SECONDS * 1000);
  }

  #see(room) {
    if (room !== this.chat.current || !this.scroll) return;
    const last = this.scroll.lastSeen(({ id }) => id.startsWith("m"));
    if (last) this.chat.reading.seen(room, seqOf(last));
    const line = this.querySelector("#new-line");
    if (line && this.scroll.isInView(line)) this.state.unread.see();
  }

  #lookAtLine() {
    const line = this.querySelector("#new-line");
    const top = this.scroller.getBoundingClientRect().top;
    this.lineAway = line ? line.getBoundingClientRect().bottom < top : this.isLineFurtherUp;
  }

  /** Somebody wrote: while nobody looked, or while the reader was further up. */
  arrived(seq) {
    if (!this.#isWatched) this.state.unread.miss(seq);
    if (this.scroll && !this.scroll.isNearEnd && !this.state.moreAfter) this.below += 1;
  }
}

/** Rows of stored messages are called after their seq. */
function seqOf(row) {
  return Number(row.id.slice(1));
}

customElements.define("chat-timeline", ChatTimeline);
