import { Directory } from "#directory";
import { LastWords } from "#last_words";
import { rightsOf } from "#rights";
import { Roster } from "#roster";
import { equal, test } from "#runner";

const room = (id, more = {}) => ({
  room: id, course: 1, kind: "course", title: `Room ${id}`, view: "peer", may: [], last_seq: 5, read_seq: 5, unread: 0,
  mentions: 0, my_seat: 2, readers: { students: 1, staff: [1], parents: 0, waiting: 0, supervisor: false }, ...more,
}); // prettier-ignore
const seats = [[1, "Ms. Rivera", "instructor"], [2, "Jada A.", "student"], [3, "Liam P.", "student"]]; // prettier-ignore
const roster = new Roster({
  version: 1,
  seats: seats.map(([seat, name, role]) => ({ seat, name, role, initials: "", avatar: 1 })),
});
const last = { seq: 5, by: 3, at: "2026-11-24T12:00:00.000Z", text: "the last", name: "Liam P." };
const sent = (seq, more) => ({ seq, by: 1, at: "2026-11-24T12:01:00.000Z", text: "a **new** one for @[2]", version: 1, ...more });

function list(rooms, { known = true, answers = {} } = {}) {
  const directory = new Directory(rooms, []);
  const asked = [];
  const push = async ({ room: id }) => (asked.push(id), { last: answers[id] });
  const words = new LastWords({ push, directory, open: { rosterOf: () => (known ? roster : undefined) } });
  return { directory, words, asked };
}

test("what arrives is the last word, with names, and nothing is asked", () => {
  const { directory, words, asked } = list([room(1, { last })]);
  words.show(true);
  words.hear({ t: "message.sent", room: 1, message: sent(6) });
  equal([directory.room(1).last.text, directory.room(1).last.name], ["a new one for @Jada A.", "Ms. Rivera"]);
  words.hear({ t: "message.edited", room: 1, message: sent(6, { text: "changed", version: 2 }) });
  words.hear({ t: "message.edited", room: 1, message: sent(4, { text: "an older one", version: 2 }) });
  words.hear({ t: "message.restored", room: 1, message: sent(3) });
  equal([directory.room(1).last.text, asked], ["changed", []]);
});

test("a line that may be wrong goes at once, and the server says what is there", async () => {
  const { directory, words, asked } = list([room(1, { last }), room(2, { last })], { answers: { 1: { ...last, seq: 4, text: "before it" } } });
  words.show(true);
  words.hear({ t: "message.removed", room: 1, message: { seq: 4 } });
  equal(directory.room(1).last, last);
  words.hear({ t: "message.removed", room: 1, message: { seq: 5 } });
  equal(directory.room(1).last, undefined);
  words.hear({ t: "member.hidden", room: 2, seat: 9 });
  equal(directory.room(2).last, undefined);
  await new Promise((resolve) => setTimeout(resolve));
  equal([directory.room(1).last.text, directory.room(2).last, asked], ["before it", undefined, [1, 2]]);
});

test("where the list isn't shown nobody is asked, until it is", async () => {
  const { directory, words, asked } = list([room(1, { last })], { known: false, answers: { 1: { ...last, seq: 6, text: "known now" } } });
  words.hear({ t: "message.sent", room: 1, message: sent(6) });
  equal([directory.room(1).last, asked], [undefined, []]);
  words.show(true);
  await new Promise((resolve) => setTimeout(resolve));
  equal([directory.room(1).last.text, asked], ["known now", [1]]);
});

test("chats of two are listed by their last words, and stay in place while one looks", () => {
  const chat = (id, hour) => room(id, { kind: "direct", view: "staff", last: hour && { ...last, at: `2026-11-24T${hour}:00:00.000Z` } });
  const directory = new Directory([chat(1), chat(2, 10), chat(3, 12)], []);
  const order = () => directory.groups().students.map(({ room: id }) => id);
  equal(order(), [3, 2, 1]);
  directory.patch(1, { last: { ...last, at: "2026-11-24T11:00:00.000Z" } });
  equal(order(), [3, 2, 1]);
  directory.replace([...directory.rooms.values()], []);
  equal(order(), [3, 1, 2]);
});

test("a room is seen otherwise with another view, another seat, other children, and none any more", () => {
  const directory = new Directory([room(1, { view: "guardian", my_seat: 0, children: [7] })], []);
  const otherwise = (more) => {
    const before = directory.room(1);
    directory.replace([room(1, more)], []);
    return directory.isSeenOtherwise(before, 1);
  };
  equal(otherwise({ view: "guardian", my_seat: 0, children: [7], title: "Renamed", unread: 3 }), false);
  equal(otherwise({ view: "guardian", my_seat: 0, children: [7, 9] }), true);
  equal(otherwise({ view: "guardian", my_seat: 0 }), true);
  equal([otherwise({ view: "staff" }), otherwise({ view: "staff" })], [true, false]);
});

test("earlier texts are offered to those whom the server lets see them", () => {
  const versions = (of, message) =>
    rightsOf({ at: "2026-11-24T12:00:00.000Z", version: 2, ...message }, { room: room(1, of), roster }).versions;
  const [byStaff, byLiam, removed] = [{ by: 1 }, { by: 3 }, { removed: { by_kind: "author" } }];
  equal([versions({}, { by: 2 }), versions({}, byLiam), versions({}, byStaff)], [true, false, false]);
  const chat = { kind: "direct" };
  equal([versions(chat, byStaff), versions(chat, byLiam)], [true, false]);
  const family = { view: "guardian", my_seat: 0, children: [3] };
  equal([versions(family, byStaff), versions(family, byLiam), versions(family, { by: 2 })], [true, true, false]);
  equal([versions(family, { ...byLiam, ...removed }), versions(family, { ...byStaff, ...removed })], [true, false]);
  equal([versions({ view: "staff" }, byLiam), versions({ view: "staff" }, { ...byLiam, ...removed })], [true, false]);
});
