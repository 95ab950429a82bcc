/**
 * One message of the timeline, or one of the reader's own that is still on its way. It knows how a message looks;
 * what happens at a click is asked of the page (`message-…` events).
 */
import { html, nothing } from "#lit";
import { avatar, ChatElement, icon, iconButton } from "#elements/base";
import { messageBody } from "#elements/message_body";
import { removedSentence } from "#removed";
import { toNames } from "#mentions";

const same = (a, b) => a.message === b.message && a.entry === b.entry && a.grouped === b.grouped;

export class ChatMessage extends ChatElement {
  static properties = {
    ...ChatElement.properties,
    row: { attribute: false, hasChanged: (now, before) => !before || !same(now, before) },
    people: { attribute: false },
    active: { attribute: false },
    ticked: { attribute: false },
    quote: { attribute: false },
    rights: { attribute: false },
    readable: { attribute: false },
  };

  willUpdate() {}

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
    if (this.message.removed) return this.#removed();
    const { row } = this;
    return html`
      ${row.grouped ? nothing : avatar(this.person)}
      <div class="message-body">
        ${row.grouped ? this.#groupedHead() : this.#head()} ${this.#quote()}
        <div class="message-text" ${messageBody({ message: this.message, roster: this.chat.view.roster, mySeat: this.chat.room.my_seat, words: this.words })}></div>
        ${row.entry?.state === "failed" ? this.#failed(row.entry) : nothing}
      </div>
      ${this.active && row.message ? this.#toolbar() : nothing}
    `;
  }

  #head() {
    return html`<header class="message-head">
      <h3 class="message-name">${this.#name()}</h3>
      ${this.#role()} ${this.#time()} ${this.#edited()} ${this.#state()}
    </header>`;
  }

  /** Without a face: author and time are there for whoever can't see, the time for a pointer too. */
  #groupedHead() {
    return html`<header class="message-head" data-grouped>
      <h3 class="u-hidden-visually">${this.#name()}</h3>
      ${this.#time()} ${this.#edited()} ${this.#state()}
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
    return html`<a class="message-time" href=${`/rooms/${this.chat.current}/${seq}/`} @click=${(event) => this.#permalink(event)}>${time}</a>`;
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
    return html`<button class="message-edited message-versions" type="button" title=${this.clock.full(at)} @click=${open}>${words}</button>`;
  }

  #state() {
    const { entry } = this.row;
    if (this.ticked)
      return html`<span class="message-state" data-kind="sent">${icon("check", "small")}${this.say("sent")}</span>`;
    if (!entry || entry.state === "sent") return nothing;
    if (entry.state === "failed")
      return html`<span class="message-state" data-kind="failed">${icon("circle-alert", "small")}${this.say("not_sent")}</span>`;
    const word = { sending: "sending", waiting: "sends_when_back", held: "sends_soon" }[entry.state];
    return html`<span class="message-state" data-late>${icon("clock", "small")}${this.say(word)}</span>`;
  }

  #quote() {
    const seq = this.message.reply_to ?? this.row.entry?.reply_to;
    if (seq == null) return nothing;
    const jump = (event) => (event.preventDefault(), this.ask("message-jump", seq));
    return html`<a class="message-quote" href=${`/rooms/${this.chat.current}/${seq}/`} @click=${jump}>${this.quote || this.say("earlier_message")}</a>`;
  }

  #failed(entry) {
    const act = (name) => () => this.ask(name, entry);
    const button = (name, sprite, word) =>
      html`<button class="button" type="button" data-size="small" @click=${act(name)}>${icon(sprite)}<span>${this.say(word)}</span></button>`;
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

  #toolbar() {
    const rights = this.rights(this.message);
    const act = (name) => () => this.ask(name, this.message);
    const button = (allowed, name, sprite, word) =>
      allowed ? iconButton({ name: sprite, label: this.say(word), act: act(name) }) : nothing;
    return html`<div class="message-toolbar" role="group" aria-label=${this.say("actions_for", { name: this.#name(), time: this.clock.time(this.message.at) })}>
      ${button(rights.reply, "message-reply", "reply", "reply")} ${button(rights.edit, "message-edit", "pencil", "edit")}
      ${button(true, "message-copy", "copy", "copy_text")} ${button(rights.remove, "message-remove", "trash-2", "remove")}
      ${button(rights.mute, "message-mute", "hourglass", "pause_writing")}
    </div>`;
  }
}

customElements.define("chat-message", ChatMessage);
