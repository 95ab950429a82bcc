/** A room without a message says who can read it and what holds there (rule U32); one that is gone, where to go. */
import { html, nothing } from "#lit";
import { icon } from "#elements/base";
import { factList } from "#elements/chat-panel";

/** @param {import("#elements/base").ChatElement} element the one that shows it */
export function newRoom(element) {
  const { room, view } = element.chat;
  const mayWrite = element.chat.may("send");
  const lead = mayWrite ? (room.view === "staff" ? "room_is_new_staff" : "room_is_new_write") : "room_is_new_read";
  return html`<div class="main-body"><section class="empty" aria-labelledby="empty-title">
    <span class="empty-mark">${icon("message-circle")}</span>
    <h2 id="empty-title">${element.say("room_is_new")}</h2>
    <p>${element.say(lead)}</p>
    ${mayWrite ? firstMessage(element) : nothing}
    <div class="card" data-size="medium">
      <h2 class="u-lead">${element.say("who_can_read_it")}</h2>
      ${factList({ room, roster: view.roster, words: element.words })}
      <hr class="line">
      <h2 class="u-lead">${element.say("what_holds_here")}</h2>
      <ul class="facts">
        ${room.posting === "staff" ? html`<li>${icon("megaphone")}<span>${element.say("only_staff_write")}</span></li>` : nothing}
        <li>${icon("scale")}<span>${element.say("class_rules")}</span></li>
      </ul>
    </div>
  </section></div>`;
}

/** The open room may no longer be read: the banner says so, and here is the way on. */
export function goneRoom(element) {
  const { chat } = element;
  const next = chat.room ? undefined : [...chat.directory.rooms.values()].find(({ kind }) => kind !== "direct");
  if (!next) return nothing;
  return html`<div class="main-body"><section class="empty">
    <span class="empty-mark">${icon("messages-square")}</span>
    <h1 class="u-lead">${element.say("room_gone")}</h1>
    <a class="button" href=${`/rooms/${next.room}/`} data-room=${next.room}>${element.say("go_to_room", { room: next.title })}</a>
  </section></div>`;
}

function firstMessage(element) {
  const compose = () => element.ask("compose");
  return html`<button class="button" type="button" data-kind="primary" data-size="large" @click=${compose}>
    ${icon("square-pen")}<span>${element.say("write_first")}</span>
  </button>`;
}
