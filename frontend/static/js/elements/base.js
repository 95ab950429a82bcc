/**
 * What the elements of the chat share: they render into the light DOM, replace what the server rendered in the moment
 * they first know more, and read one Chat that the page gives them. A reactive property begins in the constructor: a
 * class field of its name would shadow it.
 */
import { html, LitElement, nothing } from "#lit";
import { iconSource } from "#elements/sprite";

export class ChatElement extends LitElement {
  static properties = { chat: { attribute: false }, words: { attribute: false }, clock: { attribute: false } };

  /** The parts of the chat (see Chat, event `change`) that this element shows. */
  static parts = [];

  createRenderRoot() {
    return this;
  }

  shouldUpdate() {
    return Boolean(this.chat);
  }

  willUpdate(changed) {
    if (!changed.has("chat")) return;
    this.chat.addEventListener(
      "change",
      ({ detail }) => this.constructor.parts.includes(detail) && this.requestUpdate(),
    );
  }

  update(changed) {
    if (!this.hasUpdated) this.replaceChildren();
    super.update(changed);
  }

  say(key, values) {
    return this.words.say(key, values);
  }

  ask(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
}

/** An icon of the sprite: decoration, its meaning stands beside it. */
export function icon(name, size = nothing) {
  return html`<svg class="icon" data-size=${size} aria-hidden="true"><use href=${iconSource(name)}></use></svg>`;
}

/** @param {{initials: string, avatar: number}} person a seat of a roster, a direct room, the reader: the server says the face */
export function avatar(person, size = nothing) {
  return html`<span class="avatar avatar-${person?.avatar ?? 12}" data-size=${size} aria-hidden="true">${person?.initials ?? "?"}</span>`;
}

/** A button that is an icon; the label is its name and its tooltip. */
export function iconButton({ name, label, act, size = nothing, more = nothing }) {
  return html`<button class="icon-button" type="button" data-size=${size} aria-label=${label} title=${label} aria-expanded=${more} @click=${act}>${icon(name)}</button>`;
}
