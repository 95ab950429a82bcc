/**
 * One message of the timeline, or one of the reader's own that is still on its way. It knows how a message looks;
 * what happens at a click is asked of the page (`message-…` events). Nothing in it is a stop for Tab: message_keys.js
 * leads into it. Its actions are drawn while it is pointed at or has the focus.
 */
import { html, nothing } from "#lit";
import { avatar, ChatElement, icon } from "#elements/base";
import { actionsOf } from "#elements/message_actions";
import { messageBody } from "#elements/message_body";
import { removedSentence } from "#removed";
import { toNames } from "#mentions";

const hovers = matchMedia("(hover: hover)");

/** Of a message that is not stored yet, or was just now: its sign and its word. */
const STATES = {
  sending: ["clock", "sending"],
  waiting: ["clock", "sends_when_back"],
  held: ["clock", "sends_soon"],
  failed: ["circle-alert", "not_sent"],
  sent: ["check", "sent"],
};

const same = (a, b) => a.message === b.message && a.entry === b.entry && a.grouped === b.grouped;

export class ChatMessage extends ChatElement {
  static properties = {
    ...ChatElement.properties,
    row: { attribute: false, hasChanged: (now, before) => !before || !same(now, before) },
    people: { attribute: false },
    active: { state: true },
    ticked: { attribute: false },
    quote: { attribute: false },
    rights: { attribute: false },
  };

  #isPointedAt = false;

  constructor() {
    super();
    this.active = false;
    this.addEventListener("pointerenter", ({ pointerType }) => this.#point(hovers.matches && pointerType !== "touch"));
    this.addEventListener("pointerleave", () => this.#point(false));
    this.addEventListener("focusin", () => this.#attend());
    this.addEventListener("focusout", ({ relatedTarget }) => this.contains(relatedTarget) || this.#lose());
  }

  /** A window that loses the focus keeps it for when it is back; the browser says so after the event. */
  #lose() {
    queueMicrotask(() => this.#attend());
  }

  #point(isPointedAt) {
    this.#isPointedAt = isPointedAt;
    this.#attend();
  }

  #attend() {
    this.active = this.#isPointedAt || this.contains(document.activeElement);
    this.toggleAttribute("data-active", this.active);
  }

  willUpdate() {}

  /** What had the focus may be gone now (a removed message has no actions): the message itself is still there. */
  update(changed) {
    const hadFocus = this.contains(document.activeElement);
    super.update(changed);
    if (hadFocus && !this.contains(document.activeElement)) this.focus({ preventScroll: true });
  }

  get message() {
    return this.row.message ?? { seq: null, by: this.chat.room.my_seat, at: this.row.entry.at, text: this.#entryText };
  }

  get #entryText() {
    return toNames(this.row.entry.text, this.chat.view.roster);
  }

  get person() {
    return this.chat.view.roster.person(this.message.by);
  }

  get isMine() {
    return this.message.by === this.chat.room.my_seat && this.message.by > 0;
  }

  render() {
    const { row } = this;
    return html`
      ${this.message.removed ? this.#removed() : this.#standing()}
      ${this.active && row.message ? this.#toolbar() : nothing}
    `;
  }

  #standing() {
    const { row } = this;
    return html`
      ${row.grouped ? nothing : avatar(this.person)}
      <div class="message-body">
        ${row.grouped ? this.#groupedHead() : this.#head()} ${this.#quote()}
        <div class="message-text" ${messageBody({ message: this.message, roster: this.chat.view.roster, mySeat: this.chat.room.my_seat, words: this.words })}></div>
        ${row.grouped ? this.#edited() : nothing}
        ${row.entry?.state === "failed" ? this.#failed(row.entry) : nothing}
      </div>
    `;
  }

  #head() {
    return html`<header class="message-head">
      <h3 class="message-name">${this.#name()}</h3>
      ${this.#role()} ${this.#time()} ${this.#edited()} ${this.#state()}
    </header>`;
  }

  /**
   * Without a face: author and time are there for whoever can't see, the time for a pointer too. How it is sent stands
   * beside the text as a sign with hidden words, so that nothing moves when it goes.
   */
  #groupedHead() {
    return html`<header class="message-head" data-grouped>
      <h3 class="u-hidden-visually">${this.#name()}</h3>
      ${this.#time()} ${this.#state()}
    </header>`;
  }

  #name() {
    if (this.row.entry || this.ticked) return this.say("you");
    return this.person?.name ?? this.say("somebody");
  }

  #role() {
    const role = { instructor: "instructor", assistant: "assistant", parent: "parent", supervisor: "supervisor" }[
      this.person?.role
    ];
    return role && !this.row.entry ? html`<span class="role">${this.say(`role_${role}`)}</span>` : nothing;
  }

  #time() {
    const { seq, at } = this.message;
    const time = html`<time datetime=${at} title=${this.clock.full(at)}>${this.clock.time(at)}</time>`;
    if (seq === null) return html`<span class="message-time">${time}</span>`;
    return html`<a class="message-time" tabindex="-1" href=${`/rooms/${this.chat.current}/${seq}/`} @click=${(event) => this.#permalink(event)}>${time}</a>`;
  }

  #permalink(event) {
    event.preventDefault();
    this.ask("message-permalink", this.message.seq);
  }

  #edited() {
    const { edited_at: at } = this.message;
    if (!at) return nothing;
    const words = this.say("edited_at", { time: this.clock.brief(at) });
    if (!this.rights(this.message).versions)
      return html`<span class="message-edited" title=${this.clock.full(at)}>${words}</span>`;
    const open = () => this.ask("message-versions", this.message);
    return html`<button class="message-edited message-versions" type="button" tabindex="-1" title=${this.clock.full(at)} @click=${open}>${words}</button>`;
  }

  #state() {
    const state = this.ticked ? "sent" : this.row.entry?.state;
    if (!state || (state === "sent" && !this.ticked)) return nothing;
    const [sprite, word] = STATES[state];
    const words = this.row.grouped && state !== "failed" ? "u-hidden-visually" : nothing;
    return html`<span class="message-state" data-kind=${state} ?data-late=${sprite === "clock"}>
      ${icon(sprite, "small")}<span class=${words}>${this.say(word)}</span></span>`;
  }

  #quote() {
    const seq = this.message.reply_to ?? this.row.entry?.reply_to;
    if (seq == null) return nothing;
    const jump = (event) => (event.preventDefault(), this.ask("message-jump", seq));
    return html`<a class="message-quote" tabindex="-1" href=${`/rooms/${this.chat.current}/${seq}/`} @click=${jump}>${this.quote || this.say("earlier_message")}</a>`;
  }

  #failed(entry) {
    const act = (name) => () => this.ask(name, entry);
    const button = (name, sprite, word) =>
      html`<button class="button" type="button" data-size="small" tabindex="-1" @click=${act(name)}>${icon(sprite)}<span>${this.say(word)}</span></button>`;
    return html`<p class="u-second">${entry.error?.text}</p>
      <div class="message-actions">
        ${button("entry-retry", "rotate-cw", "try_again")} ${button("entry-copy", "copy", "copy")} ${button("entry-delete", "trash-2", "delete")}
      </div>`;
  }

  #removed() {
    const { sentence, kept, isNamed } = removedSentence(this.message, {
      room: this.chat.room,
      roster: this.chat.view.roster,
      words: this.words,
      clock: this.clock,
    });
    return html`
      <span class="avatar" data-kind="none" aria-hidden="true">${icon("eye-off")}</span>
      <div class="message-body">
        ${isNamed ? html`<header class="message-head"><h3 class="message-name">${this.#name()}</h3>${this.#time()}</header>` : nothing}
        <p class="message-removed">${sentence} ${kept == null ? nothing : html`<span class="message-kept">“${toNames(kept, this.chat.view.roster)}”</span>`}</p>
      </div>
    `;
  }

  /** The frame is as high as the message: the toolbar stays in view while its message is. */
  #toolbar() {
    const { message } = this;
    const label = this.say("actions_for", { name: this.#name(), time: this.clock.time(message.at) });
    return html`<div class="message-toolbar"><div role="group" aria-label=${label}>
      ${actionsOf(message, this.rights).map((action) => this.#actionButton(action))}
    </div></div>`;
  }

  #actionButton({ name, sprite, word, key }) {
    const label = this.say(word);
    const title = key?.length === 1 ? `${label} (${key.toUpperCase()})` : label;
    return html`<button class="icon-button" type="button" tabindex="-1" aria-label=${label} title=${title}
      @click=${() => this.ask(`message-${name}`, this.message)}>${icon(sprite)}</button>`;
  }
}

customElements.define("chat-message", ChatMessage);
