/** Who can read this room now, and who is here. A column on a wide screen, a sheet below 1100 px. */
import { html, nothing } from "#lit";
import { avatar, ChatElement, icon } from "#elements/base";
import { readerFacts } from "#reader_line";

const SHOWN_PEOPLE = 8;

export class ChatPanel extends ChatElement {
  static parts = ["rooms", "people"];
  static properties = { ...ChatElement.properties, all: { state: true } };

  constructor() {
    super();
    this.all = false;
  }

  render() {
    const { room, view } = this.chat;
    if (!room || !view) return nothing;
    return html`
      <button class="icon-button panel-close" type="button" popovertarget="panel" popovertargetaction="hide" aria-label=${this.say("close_details")}>${icon("x")}</button>
      <section class="panel-section">
        <h2 class="panel-title">${this.say("who_can_read_now")}</h2>
        <div class="card">${factList({ room, roster: view.roster, words: this.words })}</div>
      </section>
      ${this.#guardians()} ${this.#here(view.roster.here())}
    `;
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
