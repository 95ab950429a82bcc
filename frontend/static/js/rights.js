/**
 * Which actions a message offers to this reader. The server decides again; this only leaves out what it would refuse.
 * Pure.
 */

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
  const amInstructor = roster.person(room.my_seat)?.role === "instructor";
  const isForSeveral = room.kind !== "direct";
  const age = (now - Date.parse(message.at)) / 1000;
  return {
    reply: isThere && may("send") && !isPaused,
    edit: isThere && isMine && may("edit") && !isPaused && age < (room.edit_seconds ?? 0),
    copy: message.text != null,
    remove: isThere && (isMine ? may("remove") : isStudents && may("moderate")),
    versions: isMine || room.view !== "peer" || room.kind === "direct",
    mute: isForSeveral && !isMine && isStudents && may("moderate"),
    open: !isThere && isForSeveral && !isMine && amInstructor,
  };
}
