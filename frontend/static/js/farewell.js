/**
 * The end of a session on this device: what was not sent goes to the page that replaces the chat, in memory of this
 * tab and for once; the rest of the member's words leave the device (design § 9).
 */
import { forgetMembers } from "#lib/store";

const UNSENT = "unsent";

/**
 * @param {{entries: import("#outbox").Entry[], drafts: import("#drafts").Draft[]}} kept
 * @param {(room: number) => {room_title: string, course_title: string}} titles
 * @returns {{room_title: string, course_title: string, text: string}[]}
 */
export function unsentOf({ entries, drafts }, titles) {
  const unsent = entries.filter(({ state }) => state !== "sent");
  return [...unsent, ...drafts].filter(({ text }) => text.trim()).map(({ room, text }) => ({ ...titles(room), text }));
}

/** @param {ReturnType<typeof unsentOf>} unsent */
export async function takeLeave(unsent) {
  if (unsent.length) {
    sessionStorage.setItem(UNSENT, JSON.stringify(unsent));
    window.name = `${UNSENT}:${JSON.stringify(unsent)}`; // signing out clears the storage of every tab
  }
  await Promise.race([forgetMembers(), new Promise((resolve) => setTimeout(resolve, 1000))]);
}
