/**
 * Every frame the client sends, by its name in docs/protocol.md. `ref` is added by the socket.
 */

export const sendMessage = ({ room, cid, text, reply_to }) => ({
  t: "message.send",
  room,
  cid,
  text,
  ...(reply_to != null && { reply_to }),
});

export const editMessage = ({ room, message, text }) => ({ t: "message.edit", room, message, text });

/** `reason` is for staff who remove a student's message. */
export const removeMessage = ({ room, message, reason }) => ({
  t: "message.remove",
  room,
  message,
  ...(reason && { reason }),
});

export const restoreMessage = ({ room, message }) => ({ t: "message.restore", room, message });

export const readVersions = ({ room, message }) => ({ t: "message.versions", room, message });

/** @param {{room: number, before?: number, after?: number, around?: number, limit?: number}} page */
export const readHistory = ({ room, limit = 50, ...where }) => ({ t: "room.history", room, ...where, limit });

export const markRead = ({ room, seq }) => ({ t: "room.read", room, seq });

/** Everything after `seq` is new again. */
export const markUnread = ({ room, seq }) => ({ t: "room.unread", room, seq });

export const readRoster = ({ room, version }) => ({ t: "room.roster", room, version });

/** `reason` is read by the student and the linked parents, as with a removal. */
export const muteMember = ({ room, seat, minutes, reason }) => ({ t: "member.mute", room, seat, minutes, reason });

export const unmuteMember = ({ room, seat }) => ({ t: "member.unmute", room, seat });
/** An empty text forgets it. */
export const saveDraft = ({ room, text, reply_to }) => ({
  t: "draft.save",
  room,
  text,
  ...(reply_to != null && { reply_to }),
});

export const readLast = ({ room }) => ({ t: "room.last", room });

export const typing = ({ room }) => ({ t: "typing", room });

export const presence = ({ state }) => ({ t: "presence", state });
