/**
 * The messages of the open room in a window of rows, with the lines of days and of what is new. It pages when the
 * reader comes near an edge, keeps the place, and tells what was seen.
 */
import { html, nothing, repeat } from "#lit";
import { ChatElement, icon } from "#elements/base";
import "#elements/chat-message";
import { PAGE_AHEAD_PIXELS, Scroll } from "#lib/scroll";
import { newRoom } from "#elements/new_room";
import { excerpt } from "#excerpt";
import { rightsOf } from "#rights";
import { rowsOf } from "#rows";

const SEEN_SECONDS = 1;
const FLASH_SECONDS = 2;
const FAR_PIXELS = 1200;
const RETRY_SECONDS = 3;

export class ChatTimeline extends ChatElement {
  static parts = ["messages", "outbox", "people"];
  static properties = {
    ...ChatElement.properties,
    active: { state: true },
    below: { state: true },
    lineAway: { state: true },
    isFarUp: { state: true },
  };

  #quotes = new Map();
  #room = null;
  #loading = null;
  #showedEnd = true;
  #seenTimer = 0;
  #held = null;
  #sentOne = false;
  #settled = null;

  constructor() {
    super();
    Object.assign(this, { active: null, below: 0, lineAway: false, isFarUp: false });
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

  willUpdate(changed) {
    super.willUpdate(changed);
    if (!this.chat.view) return;
    if (this.#room !== this.chat.current) this.#enter();
    else if (this.scroll) this.#before();
  }

  /** Another room: where it was left, or its end. */
  #enter() {
    this.#room = this.chat.current;
    this.#held = { place: this.chat.view.place };
    this.active = null;
    this.below = 0;
    this.#quotes.clear();
    this.#loading = null;
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
    this.look();
    this.#page();
  }

  /** At the end one stays there; near it what is new is followed; elsewhere nothing moves. */
  #settle({ place, isAtEnd, isNearEnd, lastRow }) {
    if (place !== undefined) this.scroll.goTo(place);
    else if (isAtEnd || this.#sentOne || (isNearEnd && lastRow !== this.#lastRow)) this.scroll.toEnd();
    else this.scroll.restore();
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
  }

  render() {
    if (!this.chat.view) return nothing;
    const rows = this.#rows();
    if (rows.length === 0) return this.state.moreBefore ? nothing : newRoom(this);
    return html`
      ${this.#bar()}
      <section class="timeline" aria-label=${this.say("messages_in", { room: this.chat.room.title })} tabindex="0"
        @scroll=${() => this.#scrolled()} @keydown=${this.#key}>
        <div class="timeline-list" role="list" @pointerover=${this.#point} @focusin=${this.#point} @pointerleave=${() => this.#unpoint()}>
          ${repeat(
            rows,
            ({ key }) => key,
            (row) => this.#row(row),
          )}
        </div>
      </section>
      ${this.#pill()}
    `;
  }

  #rows() {
    const { state } = this;
    const pending = state.moreAfter
      ? []
      : this.chat.outbox.of(this.chat.current).filter(({ cid }) => !state.hasCid(cid));
    const unreadAfter = this.#lineIsFurtherUp ? null : state.unreadAfter;
    return rowsOf({
      messages: state.messages,
      pending,
      unreadAfter,
      mySeat: this.chat.room.my_seat,
      zone: this.clock.zone,
    });
  }

  get #lineIsFurtherUp() {
    const { unreadAfter, firstSeq, moreBefore } = this.state;
    return unreadAfter !== null && moreBefore && firstSeq > unreadAfter;
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
      data-key=${row.key} tabindex=${this.active === row.key ? 0 : -1}
      ?data-grouped=${row.grouped} ?data-active=${this.active === row.key}
      data-state=${entry && entry.state !== "sent" ? entry.state : nothing} data-kind=${message?.removed ? "removed" : nothing}
      .chat=${this.chat} .words=${this.words} .clock=${this.clock} .row=${row} .people=${this.chat.view.roster.people}
      .active=${this.active === row.key} .ticked=${this.chat.outbox.justSent.has(cid)}
      .quote=${this.#quoteOf(message?.reply_to ?? entry?.reply_to)} .rights=${this.#rights}
    ></chat-message>`;
  }

  #rights = (message) => rightsOf(message, { room: this.chat.room, roster: this.chat.view.roster });

  /** "Jada A.: I added 9 to both sides…"; one outside the window is asked for once. */
  #quoteOf(seq) {
    if (seq == null) return null;
    const message = this.state.message(seq) ?? this.#quotes.get(seq);
    if (message) return this.#excerpt(message);
    if (!this.#quotes.has(seq)) this.#askQuote(seq);
    return null;
  }

  #excerpt({ by, text, removed }) {
    const { roster } = this.chat.view;
    if (removed || text == null) return this.say("removed_quote");
    return `${roster.name(by, this.say("somebody"))}: ${excerpt(text, roster)}`;
  }

  async #askQuote(seq) {
    this.#quotes.set(seq, null);
    const message = await this.chat.quoted(this.chat.current, seq).catch(() => null);
    if (message) this.#quotes.set(seq, message);
    this.requestUpdate();
  }

  /** "37 new since 9:14": while the line is above what is in view. */
  #bar() {
    const { state } = this;
    if (!this.lineAway || state.unreadAfter === null) return nothing;
    return html`<div class="unread-bar" role="status">
      <span>${this.#barWords()}</span>
      <button class="button" type="button" data-kind="quiet" data-size="small" @click=${() => this.jumpToLine()}>${this.say("jump")}</button>
      <button class="button" type="button" data-kind="quiet" data-size="small" @click=${() => this.#markRead()}>${this.say("mark_read")}</button>
    </div>`;
  }

  #barWords() {
    const { state } = this;
    if (this.#lineIsFurtherUp) return this.say("new_before", { n: state.unreadAtOpen });
    const fresh = state.messages.filter(({ seq, by }) => seq > state.unreadAfter && by !== this.chat.room.my_seat);
    return this.say("new_since", { n: fresh.length, since: this.clock.brief(fresh[0]?.at) });
  }

  #pill() {
    const away = this.state.moreAfter ? this.state.arrivedBelow : this.below;
    if (!away && !this.isFarUp) return nothing;
    return html`<button class="pill" type="button" @click=${() => this.toLatest()}>
      ${icon("chevron-down", "small")}${away ? this.say("new_messages", { n: away }) : this.say("to_latest")}
    </button>`;
  }

  async toLatest() {
    await this.#load(() => this.chat.latest());
    this.below = 0;
    this.scroll?.toEnd();
    this.#page();
    this.ask("compose");
  }

  async jumpToLine() {
    const { state } = this;
    if (this.#lineIsFurtherUp) {
      await this.#load(() => this.chat.around(Math.max(state.unreadAfter, this.chat.room.first_seq)));
    }
    this.#flash(this.querySelector("#new-line")?.nextElementSibling);
  }

  /** To a message, wherever it is. */
  async jumpTo(seq) {
    if (!this.state.message(seq)) await this.#load(() => this.chat.around(seq));
    const row = this.querySelector(`#m${seq}`);
    this.#flash(row);
    row?.focus({ preventScroll: true });
  }

  #flash(row) {
    if (!row) return;
    this.scroll.show(row);
    row.setAttribute("data-flash", "");
    setTimeout(() => row.removeAttribute("data-flash"), FLASH_SECONDS * 1000);
    this.look();
    this.#page();
  }

  #markRead() {
    const seq = this.state.lastSeq;
    this.state.unreadAfter = null;
    this.chat.reading.seen(this.chat.current, seq);
    this.requestUpdate();
  }

  #scrolled() {
    this.#page();
    this.look();
  }

  /** Looks again after each page: at the very edge no scrolling follows that would ask for the next. */
  async #page() {
    const wants = this.#wants;
    if (this.#loading || !wants) return;
    if (await this.#load(() => this.chat[wants]())) this.#page();
    else setTimeout(() => this.#page(), RETRY_SECONDS * 1000);
  }

  get #wants() {
    const { chat, scroll } = this;
    if (!chat.isConnected || !chat.view || this.#room !== chat.current) return null;
    if (!scroll?.scroller.checkVisibility()) return null;
    if (scroll.fromStart < PAGE_AHEAD_PIXELS && this.state.moreBefore) return "older";
    return scroll.fromEnd < PAGE_AHEAD_PIXELS && this.state.moreAfter ? "newer" : null;
  }

  /** One at a time: a page that was asked for before the window started anew would leave a hole in it. */
  async #load(ask) {
    const room = this.chat.current;
    const load = this.#after(this.#room === room ? this.#loading : null, () => room === this.chat.current && ask());
    this.#loading = load;
    const isThere = await load;
    if (this.#loading === load) this.#loading = null;
    return isThere;
  }

  /** @returns {Promise<boolean>} whether it came; by then it is rendered */
  async #after(earlier, ask) {
    if (earlier) await earlier;
    try {
      return (await ask()) !== false;
    } catch {
      return false;
    } finally {
      await this.updateComplete;
    }
  }

  /** What is in view now: read after a second of it, with the window in focus (U8). */
  look() {
    clearTimeout(this.#seenTimer);
    if (!this.scroll || !this.chat.view || !this.scroller?.checkVisibility()) return;
    this.#lookAtLine();
    if (this.scroll.isNearEnd) this.below = 0;
    this.isFarUp = this.state.moreAfter || this.scroll.fromEnd > FAR_PIXELS;
    if (!document.hasFocus() || document.visibilityState === "hidden") return;
    const room = this.chat.current;
    this.#seenTimer = setTimeout(() => this.#see(room), SEEN_SECONDS * 1000);
  }

  #see(room) {
    const seq = Number(this.scroll?.lastSeen(({ id }) => id.startsWith("m"))?.id.slice(1));
    if (room === this.chat.current && seq) this.chat.reading.seen(room, seq);
  }

  #lookAtLine() {
    const line = this.querySelector("#new-line");
    const top = this.scroller.getBoundingClientRect().top;
    this.lineAway = line ? line.getBoundingClientRect().bottom < top : this.#lineIsFurtherUp;
  }

  /** Somebody wrote while the reader was further up. */
  arrived() {
    if (this.scroll && !this.scroll.isNearEnd && !this.state.moreAfter) this.below += 1;
  }

  #point = (event) => {
    const row = event.target.closest(".message");
    if (row) this.active = row.dataset.key;
  };

  #unpoint() {
    const focused = document.activeElement?.closest("chat-message");
    this.active = focused?.dataset.key ?? null;
  }

  /** Arrows walk, E and R act on the message in focus (U5). */
  #key = (event) => {
    const row = event.target.closest(".message");
    if (event.target.matches("button, a, textarea, input") && !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const move = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Escape") this.ask("compose");
    else if (move && !event.altKey && !event.ctrlKey) this.#walk(event, row, move);
    else if (row && !event.ctrlKey && !event.metaKey && !event.altKey) this.#act(event, row);
  };

  #walk(event, row, move) {
    const rows = [...this.querySelectorAll(".message")];
    const next = row ? rows[rows.indexOf(row) + move] : rows.at(move < 0 ? -1 : 0);
    event.preventDefault();
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  #act(event, row) {
    const verb = { e: "edit", r: "reply", E: "edit", R: "reply", Delete: "remove" }[event.key];
    const { message } = row.row;
    if (!verb || !message || message.removed || !this.#rights(message)[verb]) return;
    event.preventDefault();
    this.ask(`message-${verb}`, message);
  }
}

customElements.define("chat-timeline", ChatTimeline);
