/** What lies over the edges of the messages: above, what is new further up; below, what came since, and the way back. */
import { html, nothing } from "#lit";
import { icon } from "#elements/base";

/** "37 new since 9:14 AM": while the line is above what is in view, and until the reader was there (rule U7). */
export function unreadBar(list) {
  const { unread } = list.state;
  if (!list.lineAway || unread.isSeen) return nothing;
  const button = (word, act) =>
    html`<button class="button" type="button" data-kind="quiet" data-size="small" @click=${act}>${word}</button>`;
  return html`<div class="unread-bar" role="status">
    <span>${barWords(list)}</span>
    ${button(list.say("jump"), () => list.jumpToLine())} ${button(list.say("mark_read"), () => list.ask("mark-read"))}
  </div>`;
}

function barWords(list) {
  const { messages, unread } = list.state;
  if (list.isLineFurtherUp) return list.say("new_before", { n: unread.count });
  const first = messages.find(({ seq, by }) => seq > unread.after && by !== list.chat.room.my_seat);
  return list.say("new_since", { n: unread.count, since: list.clock.since(first?.at ?? Date.now()) });
}

/** "4 new messages", or only the way to the latest. */
export function pill(list) {
  const away = list.state.moreAfter ? list.state.arrivedBelow : list.below;
  if (!away && !list.isFarUp) return nothing;
  return html`<button class="pill" type="button" @click=${() => list.toLatest()}>
    ${icon("chevron-down", "small")}${away ? list.say("new_messages", { n: away }) : list.say("to_latest")}
  </button>`;
}
