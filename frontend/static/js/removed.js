/**
 * What stands in the place of a removed message, and for whom (S17, words of § 8). Pure.
 *
 * Classmates learn who removed an own message, and of one that staff removed not whose it was. The author and the own
 * family see the text, and why staff removed it; in a child's chat with a teacher the family sees what either removed.
 * Other parents learn that something was removed, and no more.
 */
import { isReadAlong } from "#directory";

/**
 * @param {import("#room").Message} message
 * @param {{room: import("#directory").Room, roster: import("#roster").Roster, words: object, clock: object}} reader
 * @returns {{sentence: string, kept: string | null, isNamed: boolean}} kept: the text, for those who still see it
 */
export function removedSentence(message, { room, roster, words, clock }) {
  const { by, removed, text } = message;
  const name = roster.name(by, words.say("somebody"));
  const remover = roster.name(removed.by ?? by, words.say("staff_member"));
  const values = { name, given: givenName(name), remover, time: clock.time(removed.at), reason: removed.reason };
  const say = (key, kept = null) => ({ sentence: words.say(key, values), kept, isNamed: kept !== null });
  const byStaff = removed.by_kind === "staff";
  if (room.children?.includes(by)) return forOwnFamily(say, { byStaff, room, roster, words, values, text });
  if (isChildsTeacher(room)) return forFamilyOfOther(say, { room, roster, words, values, text });
  if (by === room.my_seat) return say(ownKey(removed), text ?? null);
  if (byStaff) return say("removed_by_staff");
  if (isReadAlong(room.view) && !roster.isStaff(by)) return say("removed_by_a_student");
  return say("removed_by_author");
}

function forOwnFamily(say, { byStaff, room, roster, words, values, text }) {
  values.others =
    room.kind === "direct" ? roster.name(room.readers.staff[0], words.say("the_teacher")) : words.say("the_class");
  if (text == null) return say(byStaff ? "removed_by_staff" : "removed_by_author");
  if (!byStaff) return say("removed_by_own_child", text);
  return say(values.reason ? "removed_of_own_child_because" : "removed_of_own_child_by_staff", text);
}

function ownKey({ by_kind: kind, reason }) {
  if (kind !== "staff") return "removed_by_you";
  return reason ? "removed_yours_because" : "removed_yours_by_staff";
}

/** The child is none of the authors of this one, but it is the child's own chat. */
function isChildsTeacher({ kind, children = [] }) {
  return kind === "direct" && children.length > 0;
}

/** What the teacher took back there: the child no longer sees it, the family does (S22). */
function forFamilyOfOther(say, { room, roster, words, values, text }) {
  values.others = givenName(roster.name(room.children[0], words.say("somebody")));
  return text == null ? say("removed_by_author") : say("removed_by_own_child", text);
}

/** "Devon" of "Devon K." */
function givenName(name) {
  return name.replace(/ \p{L}\.$/u, "");
}
