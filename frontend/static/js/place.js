/**
 * The addresses of the chat: `/rooms/` the list, `/rooms/314/` a room, `/rooms/314/207/` a message in it. Pure.
 * @returns {{room?: number, seq?: number}}
 */
export function placeOf(pathname) {
  const [, room, seq] = pathname.match(/^\/rooms\/(?:(\d+)\/(?:(\d+)\/)?)?$/) ?? [];
  return { ...(room && { room: Number(room) }), ...(seq && { seq: Number(seq) }) };
}
