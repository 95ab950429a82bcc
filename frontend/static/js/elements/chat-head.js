/** The top line of the conversation: the way back on a phone, the title, who is in and who reads along. */
import { html, nothing } from "#lit";
import { avatar, ChatElement, icon } from "#elements/base";
import { isReadAlong } from "#directory";

export class ChatHead extends ChatElement {
  static parts = ["rooms", "people"];
  static properties = { ...ChatElement.properties, panelClosed: { attribute: false } };

  render() {
    const { room } = this.chat;
    if (!room) return nothing;
    return html`
      <span class="u-narrow-only">
        <a class="icon-button" href="/rooms/" aria-label=${this.say("rooms")} data-go="list">${icon("chevron-left")}</a>
      </span>
      <div class="head-title">
        <h1 class="page-head-title">${roomMark(room, "small")}<span>${this.#title(room)}</span></h1>
        <p class="page-head-sub u-narrow-only">${this.#sub(room)}</p>
      </div>
      <div class="page-head-states">${this.#states(room)}</div>
      <div class="page-head-actions">
        <span class="only-sheet-panel">
          <a class="icon-button" href="#details" aria-haspopup="dialog" aria-label=${this.say("details")} title=${this.say("details")}>${icon("panel-right")}</a>
        </span>
        <span class="only-wide-panel">
          <button class="icon-button" type="button" aria-pressed=${this.panelClosed ? "false" : "true"}
            aria-label=${this.say("details")} title=${this.say("details")} @click=${() => this.ask("panel-toggle")}>${icon("panel-right")}</button>
        </span>
      </div>
    `;
  }

  #title({ title, view, course }) {
    return isReadAlong(view) ? `${title}, ${this.chat.directory.courses.get(course)?.short_title ?? ""}` : title;
  }

  #sub({ course }) {
    const here = this.chat.view?.roster.here().find(({ role }) => role === "instructor");
    const parts = [this.chat.directory.courses.get(course)?.title, here && this.say("is_here", { name: here.name })];
    return parts.filter(Boolean).join(" · ");
  }

  #states({ readers, view, kind, about }) {
    if (isReadAlong(view)) return html`<span class="chip">${icon("eye")}${this.say("you_are_reading")}</span>`;
    const people = readers.students + readers.staff.length;
    return html`
      ${kind === "direct" ? nothing : html`<span class="chip">${icon("users")}${people}<span class="u-hidden-visually">${this.say("people_in_room")}</span></span>`}
      ${readers.parents && !about ? html`<span class="chip" data-kind="info">${icon("eye")}${this.say("readable_by_parents", { n: readers.parents })}</span>` : nothing}
    `;
  }
}

/** The sign of a room: a hash, a megaphone, or the face of the other. */
export function roomMark(room, size = "tiny") {
  if (room.kind === "direct") return avatar(room, size);
  return icon(
    room.posting === "staff" ? "megaphone" : room.kind === "group" ? "users" : "hash",
    size === "small" ? "large" : nothing,
  );
}

customElements.define("chat-head", ChatHead);
