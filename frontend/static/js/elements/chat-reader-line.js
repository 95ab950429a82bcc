/** Who can read what is written here, now. It flashes when that changes. */
import { html, nothing } from "#lit";
import { ChatElement, icon } from "#elements/base";
import { readerLine } from "#reader_line";

const FLASH_SECONDS = 2;

export class ChatReaderLine extends ChatElement {
  static parts = ["rooms", "people"];
  #line = "";
  #room = null;

  render() {
    const { room, view } = this.chat;
    if (!view) return nothing; // the room is gone
    return html`<p class="reader-line" id="who-reads">${icon("eye")}<span>${readerLine({ room, roster: view.roster, words: this.words })}</span></p>`;
  }

  updated() {
    const line = this.textContent;
    if (this.#room === this.chat.current && line !== this.#line) this.#flash();
    this.#line = line;
    this.#room = this.chat.current;
  }

  #flash() {
    this.setAttribute("data-flash", "");
    setTimeout(() => this.removeAttribute("data-flash"), FLASH_SECONDS * 1000);
  }
}

customElements.define("chat-reader-line", ChatReaderLine);
