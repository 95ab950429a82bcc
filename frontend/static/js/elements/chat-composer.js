/**
 * Where one writes. The text is the field's own: nothing here ever takes it away but a message that is on its way, and
 * every failure leaves it standing (rule U34).
 */
import { html, nothing } from "#lit";
import { ChatElement, icon, iconButton } from "#elements/base";
import "#elements/chat-reader-line";
import { counterOf, enterOf, keyHint, put, wrap } from "#compose";
import { isReadAlong } from "#directory";
import { excerpt } from "#excerpt";
import { mentionAt, toNames, toSeats } from "#mentions";

const SUGGESTED = 6;
const NO_SUGGESTIONS = { people: [], chosen: 0, from: 0 };
const touch = matchMedia("(pointer: coarse)");

export class ChatComposer extends ChatElement {
  static parts = ["rooms", "outbox", "people", "drafts", "settings"];
  static properties = {
    ...ChatElement.properties,
    narrow: { attribute: false },
    replyTo: { state: true },
    editing: { state: true },
    note: { state: true },
    suggestions: { state: true },
    counter: { state: true },
  };

  #room = null;
  #filled = null; // the field that `#enter` wrote into; a pause takes the field away and gives a new, empty one back
  #revision = 0;
  #timer = 0;

  constructor() {
    super();
    Object.assign(this, { replyTo: null, editing: null, note: null, counter: null, suggestions: NO_SUGGESTIONS });
  }

  get field() {
    return this.querySelector("textarea");
  }

  get text() {
    return this.field?.value ?? "";
  }

  willUpdate(changed) {
    super.willUpdate(changed);
    if (this.#room === this.chat.current) return;
    this.replyTo = this.editing = this.note = this.counter = null;
    this.#closeSuggestions();
  }

  updated() {
    if (this.field && (this.#room !== this.chat.current || this.#filled !== this.field)) this.#enter();
    else if (this.#room && this.#revision !== this.chat.drafts.revision(this.#room)) this.#follow();
    clearTimeout(this.#timer);
    const left = Math.max(this.#heldUntil - Date.now(), this.#mutedFor);
    if (left > 0) this.#timer = setTimeout(() => this.requestUpdate(), Math.min(1000, left + 20));
  }

  /** Another room, or a field that is new: what was written there and not sent. */
  #enter() {
    this.#room = this.chat.current;
    this.#filled = this.field;
    this.editing = null;
    this.#revision = this.chat.drafts.revision(this.#room);
    const draft = this.chat.drafts.of(this.#room);
    this.#write({ text: this.#draftText });
    this.replyTo = draft.reply_to ?? null;
  }

  /** Another device has gone on writing; a message that is being changed stands in the field meanwhile. */
  #follow() {
    if (this.field && !this.editing) this.#enter();
  }

  get #draftText() {
    return toNames(this.chat.drafts.of(this.#room).text, this.chat.view.roster);
  }

  /** The drafts of an earlier page have come. */
  draftsLoaded() {
    if (!this.text && this.#room === this.chat.current) this.#enter();
  }

  get #heldUntil() {
    return this.chat.outbox.heldUntil(this.chat.current);
  }

  /** Milliseconds that a pause still lasts; below zero when there is none. */
  get #mutedFor() {
    return (Date.parse(this.chat.room?.muted?.until ?? "") || 0) - this.chat.now;
  }

  render() {
    const { room, view } = this.chat;
    if (!room || !view) return nothing;
    const line = html`<chat-reader-line .chat=${this.chat} .words=${this.words} .clock=${this.clock}></chat-reader-line>`;
    const instead = this.#instead(room);
    if (instead)
      return html`<div class="composer">${line}<div class="composer-instead">${icon(instead.sprite)}<span>${instead.text}</span>${instead.more ?? nothing}</div></div>`;
    return html`<form class="composer" data-kind=${this.narrow ? "phone" : nothing} aria-label=${this.say("write_to", { room: room.title })} @submit=${this.#submit}>
      ${line} ${this.#note()} ${this.#context()} ${this.#suggestionList()}
      <div class="composer-box" data-state=${this.#isHeld ? "held" : nothing}>
        <textarea class="composer-text" id="write" rows="1" dir="auto"
          placeholder=${this.say("message_room", { room: room.title })} aria-label=${this.say("message_room", { room: room.title })}
          aria-describedby="who-reads" aria-autocomplete="list" aria-controls="mention-list"
          aria-activedescendant=${this.suggestions.people.length ? `mention-${this.suggestions.chosen}` : nothing}
          @input=${this.#input} @keydown=${this.#key} @blur=${() => this.#closeSuggestions()}></textarea>
        ${this.#tools()}
      </div>
    </form>`;
  }

  #tools() {
    const { narrow } = this;
    const styles = [
      ["bold", "bold"],
      ["code", "code"],
    ];
    return html`<div class="composer-tools">
      ${narrow ? nothing : styles.map(([style, word]) => iconButton({ name: style, label: this.say(word), act: () => this.#wrap(style) }))}
      <button class="icon-button emoji-button" type="button" popovertarget="emoji" aria-label=${this.say("emoji")} title=${this.say("emoji")}>${icon("smile")}</button>
      ${this.#emoji()}
      ${this.#hint()}
      ${this.#sendButton()}
    </div>`;
  }

  #hint() {
    const hint = this.editing ? "esc_cancels" : (keyHint(this.#keys) ?? "markdown_works");
    const words = this.#counterWords() ?? html`<span>${this.say(hint)}</span>`;
    return html`<span class="composer-hint" aria-live=${this.counter ? "polite" : nothing}>${words}</span>`;
  }

  #sendButton() {
    const word = this.say(this.editing ? "save" : "send");
    const disabled = this.#isHeld || this.counter?.left < 0 ? "true" : nothing;
    if (!this.narrow)
      return html`<button class="button" data-kind="primary" type="submit" aria-disabled=${disabled}>${word}</button>`;
    return html`<button class="icon-button" data-kind="primary" type="submit" aria-label=${word} aria-disabled=${disabled}>
      ${icon(this.editing ? "check" : "send-horizontal")}
    </button>`;
  }

  get #isHeld() {
    return !this.editing && this.#heldUntil > Date.now();
  }

  #instead({ view, posting, readers, muted, my_seat: mySeat }) {
    if (this.#mutedFor > 0) return this.#paused(muted);
    if (this.chat.may("send")) return null;
    const { roster } = this.chat.view;
    const staff = this.words.list(readers.staff.map((seat) => roster.name(seat)));
    if (isReadAlong(view) || !mySeat) return { sprite: "eye", text: this.say("you_are_reading_dot") };
    if (posting === "staff") return { sprite: "megaphone", text: this.say("only_names_write", { names: staff }) };
    return { sprite: "lock", text: this.say("room_is_closed") };
  }

  /** Who paused the reader, why, and for how long still. A timer is not read out every second. */
  #paused({ by, until, reason }) {
    const name = this.chat.view.roster.name(by, this.say("staff_member"));
    const words = { name, time: this.clock.time(until), reason: reason.replace(/\.+$/u, "") };
    const left = this.say("write_again_in", { left: minutesAndSeconds(this.#mutedFor) });
    return { sprite: "hourglass", text: this.say("paused_you", words), more: html`<span role="timer">${left}</span>` };
  }

  #note() {
    if (this.#isHeld)
      return this.#noteLine(
        "hourglass",
        this.say("too_fast", { n: Math.max(1, Math.ceil((this.#heldUntil - Date.now()) / 1000)) }),
      );
    return this.note ? this.#noteLine("circle-alert", this.note) : nothing;
  }

  #noteLine(sprite, text) {
    return html`<p class="composer-note" role="alert">${icon(sprite)}<span>${text}</span></p>`;
  }

  /** What the message belongs to: an answer, or a change. */
  #context() {
    if (this.editing) return this.#bar(this.say("editing"), () => this.stopEditing());
    if (this.replyTo === null) return nothing;
    const message = this.chat.view.state.message(this.replyTo);
    const name = this.chat.view.roster.name(message?.by, this.say("somebody"));
    const words = excerpt(message?.text ?? "", this.chat.view.roster);
    return this.#bar(html`<strong>${this.say("reply_to", { name })}</strong> ${words}`, () => this.reply(null));
  }

  #bar(words, stop) {
    return html`<div class="composer-bar"><span>${words}</span>${iconButton({ name: "x", label: this.say("cancel"), act: stop, size: "small" })}</div>`;
  }

  #counterWords() {
    if (!this.counter) return null;
    const { left } = this.counter;
    return left < 0
      ? html`<strong data-kind="over">${this.say("n_too_many", { n: -left })}</strong>`
      : this.say("n_left", { n: left });
  }

  // --- what is asked from outside -----------------------------------------------------------------------------------

  focusText() {
    this.field?.focus();
  }

  reply(seq) {
    if (!this.field) return;
    if (this.editing) this.stopEditing();
    this.replyTo = seq;
    this.#keep();
    this.focusText();
  }

  edit(message) {
    this.editing = message;
    this.note = null;
    this.#write({ text: toNames(message.text, this.chat.view.roster) });
    this.focusText();
  }

  /** The field gets back what stood in it before. */
  stopEditing() {
    this.editing = this.note = null;
    this.#enter();
    this.focusText();
  }

  // --- sending ------------------------------------------------------------------------------------------------------

  #submit = (event) => {
    event.preventDefault();
    const text = this.text.trim();
    if (!text || this.#isHeld || this.counter?.left < 0) return;
    const sent = toSeats(text, this.chat.view.roster);
    if (this.editing) this.#save(sent);
    else this.#send(sent);
  };

  #send(text) {
    this.chat.send(text, this.replyTo ?? undefined);
    this.replyTo = this.note = null;
    this.#write({ text: "" });
    this.ask("message-written");
    this.focusText();
  }

  async #save(text) {
    const message = this.editing;
    try {
      await this.chat.edit(message.seq, text);
      if (this.editing === message) this.stopEditing();
    } catch (error) {
      this.note = error.code === "cut" ? this.say("edit_needs_connection") : error.message;
    }
  }

  // --- writing ------------------------------------------------------------------------------------------------------

  #input = () => {
    this.note = null;
    this.counter = counterOf(this.text, this.chat.limits.text_chars);
    this.#keep();
    this.#suggest();
    if (this.text.trim() && !this.editing) this.chat.writes();
  };

  #keep() {
    if (this.editing || !this.#room) return;
    const text = this.text.includes("@") ? toSeats(this.text, this.chat.view.roster) : this.text;
    this.chat.drafts.keep({ room: this.#room, text, reply_to: this.replyTo ?? undefined });
  }

  #write({ text, from = text.length, to = from }) {
    if (!this.field) return;
    this.field.value = text;
    this.field.setSelectionRange(from, to);
    this.counter = counterOf(text, this.chat.limits.text_chars);
  }

  /** By hand or by button: the browser's own undo would not know of it, so the draft does. */
  #change(change) {
    const { selectionStart: from, selectionEnd: to } = this.field;
    this.#write(change({ text: this.text, from, to }));
    this.focusText();
    this.#input();
  }

  #wrap(style) {
    this.#change((field) => wrap(field, style));
  }

  #key = (event) => {
    if (this.suggestions.people.length && this.#suggestionKey(event)) return;
    const before = this.text.slice(0, this.field.selectionStart);
    if (enterOf(event, { ...this.#keys, before }) === "send") this.#submit(event);
    else if (event.key === "ArrowUp" && !this.text && !this.editing) this.#editLast(event);
    else if (event.key === "Escape") this.#escape(event);
    else if (event.key === "b" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#wrap("bold");
    }
  };

  get #keys() {
    return { isTouch: touch.matches, sendingKey: this.chat.settings.sending_key };
  }

  #editLast(event) {
    event.preventDefault();
    this.ask("edit-last");
  }

  #escape(event) {
    if (!this.editing && this.replyTo === null) return;
    event.preventDefault();
    if (this.editing) this.stopEditing();
    else this.reply(null);
  }

  // --- mentions -----------------------------------------------------------------------------------------------------

  #suggest() {
    const found = mentionAt(this.text, this.field.selectionStart);
    const { roster } = this.chat.view;
    const people = found ? roster.matching(found.letters, { but: this.chat.room.my_seat }).slice(0, SUGGESTED) : [];
    const isDone = people.length === 1 && people[0].name === found.letters.trimEnd();
    this.suggestions = { people: isDone ? [] : people, chosen: 0, from: found?.from ?? 0 };
  }

  #closeSuggestions() {
    if (this.suggestions.people.length) this.suggestions = NO_SUGGESTIONS;
  }

  #suggestionKey(event) {
    const { people, chosen } = this.suggestions;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) this.suggestions = { ...this.suggestions, chosen: (chosen + move + people.length) % people.length };
    else if ((event.key === "Enter" || event.key === "Tab") && !event.isComposing) this.#mention(people[chosen]);
    else if (event.key === "Escape") this.#closeSuggestions();
    else return false;
    event.preventDefault();
    return true;
  }

  #mention({ name }) {
    const { from } = this.suggestions;
    this.#closeSuggestions();
    this.#change(({ text, to }) => put({ text, from, to }, `@${name} `));
    this.#closeSuggestions();
  }

  #suggestionList() {
    const { people, chosen } = this.suggestions;
    return html`<ul class="mention-list" id="mention-list" role="listbox" aria-label=${this.say("people")} ?hidden=${!people.length}>
      ${people.map(
        (person, index) => html`<li role="option" id=${`mention-${index}`} aria-selected=${index === chosen}
          @pointerdown=${(event) => (event.preventDefault(), this.#mention(person))}>
          <span class="avatar avatar-${person.avatar}" data-size="tiny" aria-hidden="true">${person.initials}</span>${person.name}
          <small>${person.role === "instructor" ? this.say("role_instructor") : ""}</small></li>`,
      )}
    </ul>`;
  }

  // --- emoji --------------------------------------------------------------------------------------------------------

  #emoji() {
    const take = (emoji) => () => {
      this.querySelector("#emoji").hidePopover();
      this.#change((field) => put(field, emoji));
    };
    return html`<div class="emoji-grid" id="emoji" popover aria-label=${this.say("emoji")}>
      ${Object.entries(this.words.words.emojis ?? {}).map(([emoji, name]) => html`<button type="button" title=${name} aria-label=${name} @click=${take(emoji)}>${emoji}</button>`)}
    </div>`;
  }
}

/** "9:41" */
function minutesAndSeconds(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

customElements.define("chat-composer", ChatComposer);
