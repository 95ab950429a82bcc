/**
 * Who can read this room now, who is paused, who is here. A column on a wide screen; below 1100 px a second one of these
 * stands in a dialog (details_sheet.js).
 */
import { html, nothing } from "#lit";
import { avatar, ChatElement, icon } from "#elements/base";
import { readerFacts } from "#reader_line";

const SHOWN_PEOPLE = 8;

export class ChatPanel extends ChatElement {
  static parts = ["rooms", "people"];
  static properties = { ...ChatElement.properties, isSheet: { attribute: false }, all: { state: true } };

  #timer = 0;
  #ending = null;

  constructor() {
    super();
    this.all = this.isSheet = false;
  }

  render() {
    const { room, view } = this.chat;
    if (!room || !view) return nothing;
    return html`
      ${this.isSheet ? this.#close() : nothing}
      <section class="panel-section">
        <h2 class="panel-title">${this.say("who_can_read_now")}</h2>
        <div class="card">${factList({ room, roster: view.roster, words: this.words })}</div>
      </section>
      ${this.#guardians()} ${this.#paused(room)} ${this.#here(view.roster.here())}
    `;
  }

  willUpdate(changed) {
    super.willUpdate(changed);
    this.#ending = this.querySelector(".paused-list button:focus");
  }

  /** A pause is over by the clock: nobody says so. The button that ended it takes the focus along, but to the panel. */
  updated() {
    if (this.#ending && !this.#ending.isConnected) this.#takeFocus();
    clearTimeout(this.#timer);
    const next = Math.min(...this.#mutes(this.chat.room).map(({ until }) => Date.parse(until)));
    if (Number.isFinite(next)) this.#timer = setTimeout(() => this.requestUpdate(), next - this.chat.now + 20);
  }

  #takeFocus() {
    this.tabIndex = -1;
    this.focus({ preventScroll: true });
  }

  #close() {
    return html`<button class="icon-button panel-close" type="button" aria-label=${this.say("close_details")} @click=${() => this.ask("panel-close")}>${icon("x")}</button>`;
  }

  #guardians() {
    const { guardians = [] } = this.chat.me;
    if (!guardians.length) return nothing;
    return html`<section class="panel-section">
      <h2 class="panel-title">${this.say("your_linked_parents")}</h2>
      <div class="card"><ul class="facts">${guardians.map((name) => html`<li>${icon("eye")}<span>${name}</span></li>`)}</ul>
      <p class="u-second u-quiet">${this.say("they_read_what_you_read")}</p></div>
    </section>`;
  }

  /** For staff, who can end it; for a parent, the own child. In a chat of two the seats are others. */
  #mutes(room) {
    if (!room || room.kind === "direct") return [];
    const { mutes = [] } = this.chat.directory.courses.get(room.course) ?? {};
    return mutes.filter(({ until }) => Date.parse(until) > this.chat.now);
  }

  #paused(room) {
    const mutes = this.#mutes(room);
    if (!mutes.length) return nothing;
    return html`<section class="panel-section" data-part="paused">
      <h2 class="panel-title">${this.say("paused_now")}<span>${mutes.length}</span></h2>
      <ul class="paused-list">${mutes.map((mute) => this.#mute(mute))}</ul>
    </section>`;
  }

  #mute({ seat, until, by, reason }) {
    const { roster } = this.chat.view;
    const person = roster.person(seat);
    const name = roster.name(seat, this.say("somebody"));
    const words = { time: this.clock.time(until), name: roster.name(by, this.say("staff_member")), reason };
    const end = () => this.ask("member-unmute", { seat, name });
    return html`<li>${avatar(person, "small")}
      <div><p>${name}</p><p class="u-small u-quiet">${this.say("paused_by", words)}</p></div>
      ${this.chat.may("moderate") ? html`<button class="button" type="button" data-size="small" aria-label=${this.say("let_name_write_again", { name })} @click=${end}>${this.say("let_write_again")}</button>` : nothing}
    </li>`;
  }

  #here(people) {
    const shown = this.all ? people : people.slice(0, SHOWN_PEOPLE);
    return html`<section class="panel-section">
      <h2 class="panel-title">${this.say("here_now")}<span>${people.length}</span></h2>
      ${people.length ? nothing : html`<p class="u-second u-quiet">${this.say("nobody_here")}</p>`}
      <ul class="people">
        ${shown.map((person) => html`<li>${avatar(person, "small")}<span>${person.name}</span><span class="dot" role="img" aria-label=${this.say("here")}></span></li>`)}
      </ul>
      ${shown.length < people.length ? this.#more(people.length - shown.length) : nothing}
    </section>`;
  }

  #more(n) {
    const words = this.say("n_more_here", { n });
    return html`<button class="button" data-kind="quiet" type="button" @click=${() => (this.all = true)}>${words}</button>`;
  }
}

export function factList(reader) {
  return html`<ul class="facts">${readerFacts(reader).map((fact) => html`<li>${icon(fact.icon)}<span>${fact.text}</span></li>`)}</ul>`;
}

customElements.define("chat-panel", ChatPanel);
