import { Directory, isWaiting } from "#directory";
import { readerFacts, readerLine } from "#reader_line";
import { removedSentence } from "#removed";
import { rightsOf } from "#rights";
import { Reading } from "#reading";
import { RoomState } from "#room";
import { Roster } from "#roster";
import { equal, ok, test, until } from "#runner";

const room = (id, more = {}) => ({
  room: id,
  course: 1,
  kind: "course",
  title: `Room ${id}`,
  view: "peer",
  may: ["send", "edit", "remove"],
  first_seq: 1,
  last_seq: 10,
  read_seq: 10,
  unread: 0,
  mentions: 0,
  my_seat: 5,
  posting: "all",
  edit_seconds: 900,
  readers: { students: 24, staff: [1, 2], parents: 19, waiting: 2, supervisor: false },
  ...more,
});
const sent = (id, seq, by, html) => ({
  t: "message.sent",
  room: id,
  seq,
  by,
  message: { seq, number: seq, by, html, text: "x" },
});
const person = (seat, name, role) => ({ seat, name, initials: "", role, avatar: 1 });
const roster = new Roster({
  version: 1,
  seats: [
    person(1, "Ms. Rivera", "instructor"),
    person(2, "Mr. Chen", "instructor"),
    person(5, "Devon K.", "student"),
    person(6, "Jada A.", "student"),
  ],
});
const said = {
  say: (key, values = {}) =>
    `${key}${Object.entries(values)
      .map(([name, value]) => ` ${name}=${value}`)
      .join("")}`,
  list: (parts) => parts.join("+"),
};
const clock = { time: () => "4:13 PM" };

test("what arrives is counted once, own messages read the room", () => {
  const directory = new Directory([room(1)], [{ course: 1, title: "Algebra I" }]);
  directory.count(sent(1, 11, 6));
  directory.count(sent(1, 11, 6));
  directory.count(sent(1, 12, 6, '<span class="mention" data-seat="5">@[5]</span>'));
  equal([directory.room(1).unread, directory.room(1).mentions], [2, 1]);
  directory.count(sent(1, 13, 5));
  equal([directory.room(1).unread, directory.room(1).mentions, directory.room(1).read_seq], [0, 0, 13]);
});

test("for me are mentions, and everything in a chat of two, but not what a parent reads along", () => {
  const directory = new Directory(
    [
      room(1, { unread: 7, mentions: 2 }),
      room(2, { kind: "direct", unread: 3 }),
      room(3, { kind: "direct", view: "guardian", unread: 9 }),
    ],
    [],
  );
  equal(directory.totalForMe(), 5);
});

test("rooms stand in their groups", () => {
  const groups = new Directory(
    [
      room(1),
      room(2, { kind: "group" }),
      room(3, { kind: "direct" }),
      room(4, { kind: "direct", view: "staff" }),
      room(5, { kind: "direct", view: "staff", about: "Devon K." }),
      room(6, { view: "guardian" }),
      room(7, { course: 2 }),
      room(8, { kind: "page" }),
    ],
    [],
  ).groups(1);
  equal(
    Object.entries(groups).map(([name, rooms]) => [name, rooms.map((each) => each.room)]),
    [
      ["rooms", [1, 2]],
      ["students", [4]],
      ["teachers", [3]],
      ["parents", [5]],
      ["children", [6]],
    ],
  );
});

test("what is told again replaces rooms and rights, and an ended pause ends", () => {
  const directory = new Directory([room(1, { muted: { until: "x" } }), room(2)], []);
  directory.replace([room(1, { may: [] })], []);
  equal([directory.room(1).may, directory.room(1).muted ?? null, directory.room(2) ?? null], [[], null, null]);
});

test("a chat whose student isn't let in yet is marked", () => {
  const waiting = { students: 0, staff: [1], parents: 0, waiting: 1, supervisor: false };
  equal([isWaiting(room(1, { kind: "direct", readers: waiting })), isWaiting(room(1))], [true, false]);
});

test("the reader line counts who can read now", () => {
  const line = (more) => readerLine({ room: room(1, more), roster, words: said });
  equal(line({}), "can_read_room list=n_students n=24+Ms. Rivera+Mr. Chen+n_parents n=19");
  const two = (more) => ({
    kind: "direct",
    peer_seat: 1,
    readers: { students: 1, staff: [1], parents: 2, waiting: 0, supervisor: false, ...more },
  });
  equal(line(two({})), "can_read_direct list=you_first+Ms. Rivera+your_n_linked_parents n=2");
  equal(
    line(two({ parents: 0, supervisor: true })),
    "can_read_direct_unlinked list=you_first+Ms. Rivera+the_supervisor",
  );
  equal(
    line({ ...two({}), view: "guardian", children: [5], my_seat: 0 }),
    "can_read_direct_along list=Devon K.+Ms. Rivera+you_in_list+n_other_parents n=1",
  );
});

test("the supervisor's reader line says that no parent is linked, and of no other supervisor", () => {
  const chat = {
    kind: "direct",
    view: "full",
    my_seat: 0,
    readers: { students: 1, staff: [1], parents: 0, waiting: 0, supervisor: true },
  };
  const line = readerLine({ room: room(1, chat), roster, words: said });
  ok(/^can_read_direct_unlinked list=.*you_in_list/.test(line), line);
});

test("the panel names classmates to a student and who waits to staff", () => {
  const facts = (more) => readerFacts({ room: room(1, more), roster, words: said }).map(({ text }) => text);
  equal(facts({}), [
    "you_and_classmates n=23",
    "Ms. Rivera+Mr. Chen",
    "parents_of_students n=19",
    "moderators_with_reason",
  ]);
  equal(facts({ my_seat: 1, view: "staff" })[0], "students_in_course n=24 n_wait_for_consent n=2");
});

test("a removed message says to each reader what words.md says", () => {
  const by = (kind, more) => ({ seq: 3, by: 5, removed: { by_kind: kind, at: "x", ...more } });
  const seen = (message, more) => {
    const { sentence, kept } = removedSentence(message, { room: room(1, more), roster, words: said, clock });
    return [sentence.split(" ")[0], kept];
  };
  equal(seen(by("author"), { my_seat: 6 }), ["removed_by_author", null]);
  equal(seen(by("staff", { by: 1 }), { my_seat: 6 }), ["removed_by_staff", null]);
  equal(seen({ ...by("author"), text: "t" }, { my_seat: 5 }), ["removed_by_you", "t"]);
  equal(seen({ ...by("author"), text: "t" }, { my_seat: 0, view: "guardian", children: [5] }), [
    "removed_by_own_child",
    "t",
  ]);
  equal(seen(by("author"), { my_seat: 0, view: "guardian", children: [6] }), ["removed_by_a_student", null]);
});

test("rights of a message: own within the window, students' for staff, nothing for who reads along", () => {
  const now = Date.parse("2026-11-23T14:10:00Z");
  const rights = (by, more, at = "2026-11-23T14:00:00Z") =>
    Object.entries(rightsOf({ by, at }, { room: room(1, more), roster, now }))
      .filter(([, may]) => may)
      .map(([name]) => name);
  equal(rights(5, {}), ["reply", "edit", "remove", "versions"]);
  equal(rights(5, {}, "2026-11-23T13:00:00Z"), ["reply", "remove", "versions"]);
  equal(rights(6, {}), ["reply"]);
  equal(rights(5, { muted: { until: "2026-11-23T14:20:00Z" } }), ["remove", "versions"]);
  equal(rights(6, { muted: { until: "2026-11-23T14:09:00Z" } }), ["reply"]);
  equal(rights(6, { my_seat: 1, view: "staff", may: ["send", "edit", "remove", "moderate"] }), [
    "reply",
    "remove",
    "versions",
    "mute",
  ]);
  equal(rights(2, { my_seat: 1, view: "staff", may: ["send", "edit", "remove", "moderate"] }), ["reply", "versions"]);
  equal(rights(5, { my_seat: 0, view: "guardian", children: [5], may: [] }), ["versions"]);
});

test("reading moves forward only, counts by numbers, and is made up for after a cut", async () => {
  const frames = [];
  let isCut = true;
  const push = (frame) => {
    frames.push(frame);
    return isCut
      ? Promise.reject(Object.assign(new Error(), { code: "cut" }))
      : Promise.resolve({ unread: 1, mentions: 0 });
  };
  const directory = new Directory([room(1, { read_seq: 1, unread: 3 })], []);
  const messages = [1, 4, 6, 7].map((seq, index) => ({
    seq,
    number: index + 1,
    by: 6,
    at: "2026-11-23T14:00:00Z",
    version: 1,
  }));
  const state = new RoomState({ messages, as_of_seq: 7, more_before: false, more_after: false });
  const reading = new Reading({ push, directory, open: new Map([[1, { state }]]) });
  reading.seen(1, 6);
  reading.seen(1, 4);
  equal([directory.room(1).read_seq, directory.room(1).unread, frames.length], [6, 1, 1]);
  await until(() => frames.length === 1);
  isCut = false;
  reading.catchUp();
  equal(
    frames.map(({ seq }) => seq),
    [6, 6],
  );
});
