/** The second column: the rooms of the course that is open, what is new in each, and whether we are connected. */
import { html, nothing, repeat } from "#lit";
import { avatar, ChatElement, icon } from "#elements/base";
import { roomMark } from "#elements/chat-head";
import { isWaiting } from "#directory";

const GROUPS = ["rooms", "children", "students", "teachers", "parents"];

export class ChatRoomList extends ChatElement {
  static parts = ["rooms", "drafts", "notice", "people"];
  #course = null;
  static properties = { ...ChatElement.properties, large: { attribute: false }, alone: { attribute: false } };

  /** That of the open room; when the room is gone, the same as before, as long as there is one. */
  get course() {
    const { directory, room } = this.chat;
    if (room) this.#course = room.course;
    else if (!directory.firstOf(this.#course)) this.#course = [...directory.courses.keys()][0];
    return this.#course;
  }

  render() {
    const { directory } = this.chat;
    const course = directory.courses.get(this.course);
    const groups = directory.groups(directory.isFamilys ? null : this.course);
    return html`
      <header class="rooms-head">
        ${directory.isFamilys ? this.#familyHead() : this.#courseHead(course)}
      </header>
      <nav class="rooms-body" aria-label=${directory.isFamilys ? this.say("your_family") : (course?.title ?? this.say("rooms"))}>
        ${this.#places(course)}
        ${GROUPS.filter((name) => groups[name].length).map((name) => this.#group(name, groups[name]))}
        ${this.#drafts()}
      </nav>
      <footer class="rooms-foot">${this.#connection()}${this.#lesson()}${this.#watched()}</footer>
    `;
  }

  #courseHead(course) {
    return html`
      <p class="rooms-title"><strong>${course?.title}</strong></p>
      <p class="rooms-sub">${icon("lock", "small")}${this.say("private_course", { n: course?.members ?? 0 })}</p>
    `;
  }

  /** Pages of the course, for whoever has a seat in it. */
  #places(course) {
    if (this.chat.directory.isFamilys || !course?.my_seat) return nothing;
    return html`<ul>
      <li>${this.#place(`/courses/${course.course}/`, "layout-template", "course_page")}</li>
      <li>${this.#place(`/courses/${course.course}/people/`, "users", "people_of_course")}</li>
    </ul>`;
  }

  #place(url, sprite, word) {
    return html`<a class="room-link" data-size=${this.large ? "large" : nothing} href=${url}>
      ${icon(sprite)}<span class="room-name">${this.say(word)}</span></a>`;
  }

  #familyHead() {
    return html`<p class="rooms-title">
      <a class="brand" href="/family/"><span class="brand-mark">${icon("book-open")}</span>${this.say("for_parents")}</a>
      <button class="u-push avatar-link" type="button" popovertarget="account" aria-label=${this.say("your_account", { name: this.chat.me.name })}>
        ${avatar(this.chat.me)}
      </button>
    </p>`;
  }

  #drafts() {
    const n = this.chat.drafts.all().filter(({ room }) => this.#isElsewhere(room)).length;
    if (!n) return nothing;
    return html`<ul class="rooms-drafts"><li><a class="room-link" data-size=${this.large ? "large" : nothing} href="/drafts/" data-go="drafts">
      ${icon("pencil")}<span class="room-name">${this.say("drafts")}</span><span class="badge">${n}</span></a></li></ul>`;
  }

  /** Not the room whose field is in view beside the list, where the draft itself is to be seen. */
  #isElsewhere(room) {
    return this.alone || room !== this.chat.current;
  }

  #group(name, rooms) {
    return html`
      <div class="room-group"><h2 class="u-small">${this.say(`group_${name}`)}</h2>${name === "rooms" ? this.#add(rooms) : nothing}</div>
      <ul>${repeat(
        rooms,
        ({ room }) => room,
        (room) => html`<li>${this.#room(room)}</li>`,
      )}</ul>
    `;
  }

  /** Staff open rooms, on a page of the course. */
  #add(rooms) {
    const own = rooms.find(({ view, my_seat: seat }) => view === "staff" && seat);
    if (!own || this.chat.directory.isFamilys) return nothing;
    return html`<a class="icon-button" data-size="small" href=${`/courses/${own.course}/rooms/`} aria-label=${this.say("new_room")}
      title=${this.say("new_room")}>${icon("plus")}</a>`;
  }

  #room(room) {
    const number = this.chat.directory.forMe(room);
    const name = this.#name(room);
    return html`<a class="room-link" data-size=${this.large ? "large" : nothing} href=${`/rooms/${room.room}/`} data-room=${room.room}
      aria-current=${room.room === this.chat.current && !this.alone ? "page" : nothing} ?data-unread=${room.unread > 0}>
      ${this.#mark(room)}
      <span class="room-name">${name}${this.large ? this.#sub(room) : nothing}</span>
      ${room.unread && !number ? html`<span class="u-hidden-visually">${this.say("has_new")}</span>` : nothing}
      ${isWaiting(room) ? this.#sign("waits_for_consent", "shield-alert") : nothing}
      ${this.chat.drafts.has(room.room) && this.#isElsewhere(room.room) ? this.#sign("has_draft", "pencil") : nothing}
      ${number ? html`<span class="badge" data-kind="mark"><span class="u-hidden-visually">${this.say("unread")} </span>${number}</span>` : nothing}
    </a>`;
  }

  #sign(word, sprite) {
    return html`<span class="u-hidden-visually">${this.say(word)}</span>${icon(sprite)}`;
  }

  #name({ title, course, about, kind, view }) {
    if (this.chat.directory.isFamilys) return `${title}, ${this.chat.directory.courses.get(course)?.short_title ?? ""}`;
    return kind === "direct" && about && view === "staff"
      ? this.say("parent_about", { parent: title, child: about })
      : title;
  }

  #mark(room) {
    if (!this.large) return roomMark(room);
    if (room.kind === "direct") return roomMark(room, nothing);
    return html`<span class="avatar" data-kind="none" aria-hidden="true">${roomMark(room)}</span>`;
  }

  #sub({ last, my_seat: mySeat, peer_seat: peerSeat }) {
    if (!last) return nothing;
    if (last.by === peerSeat) return html`<span class="room-sub">${last.text}</span>`;
    const name = mySeat && last.by === mySeat ? this.say("you") : (last.name ?? this.say("somebody"));
    return html`<span class="room-sub">${name}: ${last.text}</span>`;
  }

  #connection() {
    const away = this.chat.notice.notice?.kind === "lost";
    return html`<span class="dot" data-state=${away ? "away" : nothing}></span>${this.say(away ? "reconnecting" : "connected")}`;
  }

  /** The demo's: the page holds the form where there is a lesson to play. */
  #lesson() {
    if (!document.getElementById("lesson")) return nothing;
    return html`<button class="button u-push" data-size="small" type="submit" form="lesson">${icon("play", "small")}${this.say("play_lesson")}</button>`;
  }

  /** The sign that somebody reads along (U37). */
  #watched() {
    const { guardians = [] } = this.chat.me;
    if (!guardians.length) return nothing;
    const words = this.say("your_parents_read", { n: guardians.length });
    return html`<span class="row row-tight">${icon("eye", "small")}<a href="#details" title=${this.words.list(guardians)}>${words}</a></span>`;
  }
}

customElements.define("chat-room-list", ChatRoomList);
