/**
 * Which actions a message offers to this reader. The server decides again; this only leaves out what it would refuse.
 * Pure.
 */
import { isReadAlong } from "#directory";

/**
 * @param {import("#room").Message} message
 * @param {{room: import("#directory").Room, roster: import("#roster").Roster, now?: number}} reader
 * @returns {{reply: boolean, edit: boolean, copy: boolean, remove: boolean, mute: boolean, versions: boolean,
 *   open: boolean}} versions: rule U19; open: a removed one, on record (S17)
 */
export function rightsOf(message, { room, roster, now = Date.now() }) {
  const isPaused = Date.parse(room.muted?.until) > now;
  const isThere = !message.removed;
  const may = (right) => room.may.includes(right);
  const isMine = room.my_seat > 0 && message.by === room.my_seat;
  const isStudents = roster.person(message.by)?.role === "student";
  const isOwn = isMine || (room.children ?? []).includes(message.by);
  const amInstructor = roster.person(room.my_seat)?.role === "instructor";
  const isForSeveral = room.kind !== "direct";
  const age = (now - Date.parse(message.at)) / 1000;
  return {
    reply: isThere && may("send") && !isPaused,
    edit: isThere && isMine && may("edit") && !isPaused && age < (room.edit_seconds ?? 0),
    copy: message.text != null,
    remove: isThere && (isMine ? may("remove") : isStudents && may("moderate")),
    versions: isOwn || (!message.removed && (room.view === "staff" || isWrittenTo(room, message, roster))),
    mute: isForSeveral && !isMine && isStudents && may("moderate"),
    open: !isThere && isForSeveral && !isMine && amInstructor,
  };
}

/** What staff write to families, or to one student in a chat of two, is open to them as it was. */
function isWrittenTo({ view, kind }, { by }, roster) {
  return (isReadAlong(view) || kind === "direct") && roster.isStaff(by);
}
