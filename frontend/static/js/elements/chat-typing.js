/** Who is writing: up to two names, then "several". Never announced aloud (U17). */
import { html, nothing } from "#lit";
import { ChatElement } from "#elements/base";
import { SHOWN_SECONDS } from "#typing";

export class ChatTyping extends ChatElement {
  static parts = ["typing", "rooms"];
  #timer = 0;

  render() {
    if (!this.chat.view) return nothing;
    const { room, view } = this.chat;
    const names = this.chat.typing
      .in(room.room, room.my_seat)
      .map((seat) => view.roster.name(seat, this.say("somebody")));
    if (names.length === 0) return nothing;
    if (names.length > 2) return html`${this.say("several_typing")}`;
    const [words, key] = [
      names.map((name) => html`<strong>${name}</strong>`),
      names.length === 1 ? "one_typing" : "two_typing",
    ];
    const parts = this.say(key, { a: "\u0000", b: "\u0000" }).split("\u0000");
    return parts.map((part, index) => html`${part}${words[index] ?? nothing}`);
  }

  /** A name goes by itself. */
  updated() {
    clearTimeout(this.#timer);
    if (this.textContent.trim()) this.#timer = setTimeout(() => this.requestUpdate(), (SHOWN_SECONDS * 1000) / 2);
  }
}

customElements.define("chat-typing", ChatTyping);
