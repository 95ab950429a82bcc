/** The first words of quoted messages: "Jada A.: I added 9 to both sides…". One outside the window is asked for once. */
import { excerpt } from "#excerpt";

export class Quotes {
  #fetched = new Map();

  /** @param {import("#elements/chat-timeline").ChatTimeline} list */
  constructor(list) {
    this.list = list;
  }

  enter() {
    this.#fetched.clear();
  }

  /** @returns {string | null} null: not known, or not known yet */
  of(seq) {
    if (seq == null) return null;
    const message = this.list.state.message(seq) ?? this.#fetched.get(seq);
    if (message) return this.#words(message);
    if (!this.#fetched.has(seq)) this.#fetch(seq);
    return null;
  }

  #words({ by, text, removed }) {
    const { roster } = this.list.chat.view;
    if (removed || text == null) return this.list.say("removed_quote");
    return `${roster.name(by, this.list.say("somebody"))}: ${excerpt(text, roster)}`;
  }

  async #fetch(seq) {
    const { chat } = this.list;
    this.#fetched.set(seq, null);
    const message = await chat.quoted(chat.current, seq).catch(() => null);
    if (message) this.#fetched.set(seq, message);
    this.list.requestUpdate();
  }
}
