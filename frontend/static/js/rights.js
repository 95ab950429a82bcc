/**
 * Which actions a message offers to this reader. The server decides again; this only leaves out what it would refuse.
 * Pure.
 */

/**
 * @param {import("#room").Message} message
 * @param {{room: import("#directory").Room, roster: import("#roster").Roster, now?: number}} reader
 * @returns {{reply: boolean, edit: boolean, remove: boolean, mute: boolean, versions: boolean}} versions: rule U19
 */
export function rightsOf(message, { room, roster, now = Date.now() }) {
  const isPaused = Date.parse(room.muted_until) > now;
  const may = (right) => room.may.includes(right);
  const isMine = room.my_seat > 0 && message.by === room.my_seat;
  const isStudents = roster.person(message.by)?.role === "student";
  const age = (now - Date.parse(message.at)) / 1000;
  return {
    reply: may("send") && !isPaused,
    edit: isMine && may("edit") && !isPaused && age < (room.edit_seconds ?? 0),
    remove: isMine ? may("remove") : isStudents && may("moderate"),
    versions: isMine || room.view !== "peer" || room.kind === "direct",
    mute: !isMine && isStudents && may("moderate"),
  };
}
