/** A state of the whole page in words: no connection and what waits; connected again; read only; closed. */
import { html, nothing } from "#lit";
import { ChatElement, icon } from "#elements/base";

export class ChatBanner extends ChatElement {
  static parts = ["notice", "outbox"];
  static properties = { ...ChatElement.properties, fault: { attribute: false } };

  render() {
    if (this.fault) return this.#banner({ sprite: "circle-alert", text: this.fault });
    const { notice } = this.chat.notice;
    if (notice?.why) return this.#banner({ sprite: "hourglass", text: notice.why });
    if (notice?.kind === "lost") return this.#lost(this.chat.outbox.waitingCount);
    if (notice?.kind === "back") return this.#banner({ kind: "good", sprite: "check", text: this.#news(notice) });
    return nothing;
  }

  #lost(n) {
    return this.#banner({ sprite: "wifi-off", text: this.say(n ? "no_connection_n" : "no_connection", { n }) });
  }

  /** "Connected. 1 sent, 12 new." */
  #news({ sent, fresh }) {
    const parts = [sent && this.say("n_sent", { n: sent }), fresh && this.say("n_new", { n: fresh })].filter(Boolean);
    return parts.length ? this.say("connected_with", { news: parts.join(", ") }) : this.say("connected_again");
  }

  #banner({ kind = nothing, sprite, text }) {
    return html`<p class="banner" data-kind=${kind} role="status">${icon(sprite)}<span>${text}</span></p>`;
  }
}

customElements.define("chat-banner", ChatBanner);
