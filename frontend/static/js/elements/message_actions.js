/**
 * What can be done to a message, in the order of its toolbar: each action once, for the pointer, for the keyboard and for
 * the list of keys. Picked, it is asked of the page as `message-<name>` (chat-page.js, message_acts.js); a right of
 * rights.js with its name decides whether it is offered.
 *
 * @typedef {{name: string, sprite: string, word: string, key?: string}} MessageAction  key: as KeyboardEvent.key, small
 */

/** @type {MessageAction[]} */
export const MESSAGE_ACTIONS = [
  { name: "reply", sprite: "reply", word: "reply", key: "r" },
  { name: "edit", sprite: "pencil", word: "edit", key: "e" },
  { name: "unread", sprite: "mail", word: "mark_unread", key: "u" },
  { name: "copy", sprite: "copy", word: "copy_text" },
  { name: "remove", sprite: "trash-2", word: "remove", key: "delete" },
  { name: "mute", sprite: "hourglass", word: "pause_writing" },
  { name: "open", sprite: "eye", word: "open_removed" },
];

/**
 * @param {import("#room").Message} message
 * @param {(message: object) => Record<string, boolean>} rights  a right that is not named is everybody's
 * @returns {MessageAction[]}
 */
export function actionsOf(message, rights) {
  if (!message) return [];
  const mine = rights(message);
  return MESSAGE_ACTIONS.filter(({ name }) => mine[name] ?? true);
}
