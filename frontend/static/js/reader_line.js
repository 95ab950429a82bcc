/**
 * Who can read a room now, in words (rule U36, words of § 4): the line above every composer and the list in the panel
 * stand on the same counts. Pure.
 */
import { isReadAlong } from "#directory";

/** @returns {string} */
export function readerLine({ room, roster, words }) {
  return room.kind === "direct" ? directLine(room, roster, words) : roomLine(room, roster, words);
}

function roomLine({ readers }, roster, words) {
  const parts = [
    ...counted(words, "n_students", readers.students),
    ...staffNames(readers, roster, words),
    ...counted(words, "n_parents", readers.parents),
  ];
  return words.say("can_read_room", { list: words.list(parts) });
}

function directLine(room, roster, words) {
  const { readers } = room;
  if (!room.my_seat) return alongLine(room, roster, words);
  const you = words.say("you_first");
  if (room.about)
    return words.say("can_read_direct_parent", {
      list: words.list([you, roster.name(room.peer_seat, room.title)]),
      child: room.about.replace(/\.$/, ""),
    });
  const peer = roster.name(room.peer_seat, room.title);
  if (readers.parents === 0) return unlinkedLine({ you, peer, readers, words });
  const parents = words.say(room.view === "staff" ? "n_linked_parents" : "your_n_linked_parents", {
    n: readers.parents,
  });
  return words.say(room.view === "staff" ? "can_read_direct_staff" : "can_read_direct", {
    list: words.list([you, peer, parents]),
  });
}

function unlinkedLine({ you, peer, readers, words }) {
  const supervisor = readers.supervisor ? [words.say("the_supervisor")] : [];
  return words.say("can_read_direct_unlinked", { list: words.list([you, peer, ...supervisor]) });
}

/** Somebody without a seat reads along, a linked parent or the supervisor: the two, you, the other parents. */
function alongLine(room, roster, words) {
  const { readers, view } = room;
  const parents = isReadAlong(view)
    ? counted(words, "n_other_parents", readers.parents - 1)
    : counted(words, "n_linked_parents", readers.parents);
  const list = words.list([...bothNames(room, roster, words), words.say("you_in_list"), ...parents]);
  return words.say(readers.supervisor ? "can_read_direct_unlinked" : "can_read_direct_along", { list });
}

/** The two of a chat: the child and the teacher for a parent; for the supervisor, whose chat's roster holds them. */
function bothNames({ readers, title, view, children: [child] = [] }, roster, words) {
  if (isReadAlong(view)) return [roster.name(child, title), ...staffNames(readers, roster, words)];
  return [...roster.people.values()].sort((a, b) => roster.isStaff(a.seat) - roster.isStaff(b.seat)).map(({ name }) => name);
}

/**
 * @returns {{icon: string, text: string}[]} the same as a list
 */
export function readerFacts({ room, roster, words }) {
  const { readers, kind, my_seat: mySeat } = room;
  const amStudent = roster.person(mySeat)?.role === "student";
  const facts = [];
  if (kind === "direct" && !mySeat) facts.push({ icon: "users", text: words.list(bothNames(room, roster, words)) });
  else if (kind === "direct" && roster.person(room.peer_seat))
    facts.push({ icon: "user", text: words.say("you_and", { name: roster.name(room.peer_seat) }) });
  else if (readers.students) facts.push({ icon: "graduation-cap", text: studentsFact({ readers, amStudent, words }) });
  const staff = staffNames(readers, roster, words);
  if (staff.length && kind !== "direct") facts.push({ icon: "presentation", text: words.list(staff) });
  if (room.about) facts.push({ icon: "eye", text: words.say("it_is_about", { child: room.about }) });
  else if (readers.parents)
    facts.push({
      icon: "eye",
      text: words.say(kind === "direct" ? "n_linked_parents" : "parents_of_students", { n: readers.parents }),
    });
  if (kind === "direct")
    facts.push({ icon: "shield", text: words.say(readers.supervisor ? "supervisor_reads" : "supervisor_may") });
  else facts.push({ icon: "shield", text: words.say("moderators_with_reason") });
  return facts;
}

function studentsFact({ readers, amStudent, words }) {
  if (amStudent) return words.say(readers.students > 1 ? "you_and_classmates" : "you_alone", { n: readers.students - 1 });
  const who = words.say("students_in_course", { n: readers.students });
  return readers.waiting ? `${who} ${words.say("n_wait_for_consent", { n: readers.waiting })}` : who;
}

function staffNames({ staff }, roster, words) {
  return staff.map((seat) => roster.name(seat, words.say("a_teacher")));
}

function counted(words, key, n) {
  return n > 0 ? [words.say(key, { n })] : [];
}
