/**
 * From messages to what stands in the timeline: day lines, the line "New", messages with or without a head, pending
 * messages last. Pure: the same state gives the same rows, with the same keys.
 *
 * @typedef {{kind: "day", key: string, at: string} | {kind: "new", key: string}
 *   | {kind: "message", key: string, message: import("#room").Message, grouped: boolean}
 *   | {kind: "pending", key: string, entry: import("#outbox").Entry, grouped: boolean}} Row
 */
import { dayKey } from "#lib/time";

export const GROUP_MILLISECONDS = 5 * 60 * 1000;

/**
 * @param {object} state
 * @param {import("#room").Message[]} state.messages in order
 * @param {import("#outbox").Entry[]} [state.pending] own messages without an ack, in order
 * @param {number | null} [state.unreadAfter] see RoomState
 * @param {number} state.mySeat
 * @param {string} state.zone the reader's time zone
 * @returns {Row[]}
 */
export function rowsOf({ messages, pending = [], unreadAfter = null, mySeat, zone }) {
  const rows = [];
  let before = null;
  let day = null;
  let lineStands = unreadAfter === null;
  const put = (row, at, by, key) => {
    const today = dayKey(at, zone);
    const newDay = today !== day;
    if (newDay) rows.push({ kind: "day", key: `day-${today}`, at });
    const newLine = !lineStands && row.message?.seq > unreadAfter && by !== mySeat;
    if (newLine) {
      rows.push({ kind: "new", key: "new" });
      lineStands = true;
    }
    const grouped = !newDay && !newLine && joins(before, { at, by, row });
    rows.push({ ...row, key, grouped });
    before = { at, by, row };
    day = today;
  };
  for (const message of messages)
    put({ kind: "message", message }, message.at, message.by, message.cid ?? `m${message.seq}`);
  for (const entry of pending) put({ kind: "pending", entry }, entry.at, mySeat, entry.cid);
  return rows;
}

/** The same author within five minutes; a removed message stands for itself, on both sides. */
function joins(before, { at, by, row }) {
  if (!before || before.by !== by || row.message?.removed || before.row.message?.removed) return false;
  return Date.parse(at) - Date.parse(before.at) < GROUP_MILLISECONDS;
}
