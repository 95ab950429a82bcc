import { PAGE_ROWS, ROWS_KEPT, RoomState } from "#room";
import { equal, test } from "#runner";

const message = (seq, more = {}) => ({
  seq,
  number: seq,
  by: 1,
  at: "2026-11-23T14:00:00.000Z",
  cid: `c${seq}`,
  text: `text ${seq}`,
  version: 1,
  ...more,
});
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
const page = (messages, more = {}) => ({
  messages,
  as_of_seq: messages.at(-1)?.seq ?? 0,
  more_before: false,
  more_after: false,
  ...more,
});
const sent = (seq, more) => ({ t: "message.sent", room: 1, seq, by: 1, cid: `c${seq}`, message: message(seq, more) });
const edited = (seq, target, version, text) => ({
  t: "message.edited",
  room: 1,
  seq,
  by: 1,
  message: message(target, { version, text }),
});
const seqs = (room) => room.messages.map(({ seq }) => seq);

test("snapshot and events make the snapshot of later", () => {
  const room = new RoomState(page(range(1, 3)));
  room.apply(sent(4));
  room.apply(edited(5, 2, 2, "better"));
  room.apply({
    t: "message.removed",
    room: 1,
    seq: 6,
    by: 1,
    message: { ...message(3), text: undefined, removed: { by_kind: "author", at: "x" } },
  });
  const later = new RoomState(
    page(
      [
        message(1),
        message(2, { version: 2, text: "better" }),
        { ...message(3), text: undefined, removed: { by_kind: "author", at: "x" } },
        message(4),
      ],
      { as_of_seq: 6 },
    ),
  );
  equal(room.messages, later.messages);
  equal(room.appliedSeq, later.appliedSeq);
});

test("a repeated event changes nothing", () => {
  const room = new RoomState(page(range(1, 3)));
  equal(room.apply(sent(4)), "applied");
  const before = room.messages;
  equal([room.apply(sent(4)), room.apply(sent(2))], ["repeated", "repeated"]);
  equal(room.messages === before, true);
});

test("an event that skips one is a hole and is not applied", () => {
  const room = new RoomState(page(range(1, 3)));
  equal(room.apply(sent(5)), "hole");
  equal([room.appliedSeq, seqs(room)], [3, [1, 2, 3]]);
});

test("what is withheld from this view moves the prefix on", () => {
  const room = new RoomState(page(range(1, 3)));
  equal(room.apply({ t: "withheld", room: 1, from: 4, to: 6 }), "applied");
  equal(room.apply({ t: "withheld", room: 1, from: 4, to: 6 }), "repeated");
  equal(room.apply({ t: "withheld", room: 1, from: 9, to: 9 }), "hole");
  equal([room.apply(sent(7)), room.appliedSeq], ["applied", 7]);
});

test("an event that the client doesn't know moves the prefix on", () => {
  const room = new RoomState(page(range(1, 3)));
  equal(
    [room.apply({ t: "reaction.changed", room: 1, seq: 4, message: 2, reactions: [] }), room.appliedSeq],
    ["applied", 4],
  );
});

test("an older version never replaces a newer one", () => {
  const room = new RoomState(page([message(1, { version: 3, text: "third" })]));
  room.apply(edited(2, 1, 2, "second"));
  equal(room.message(1).text, "third");
});

test("a page that is older than what arrived meanwhile is brought up to date", () => {
  const room = new RoomState(page(range(60, 62), { more_before: true }));
  room.apply(edited(63, 58, 2, "better"));
  room.prepend(page(range(57, 59), { as_of_seq: 62 }));
  equal(room.message(58).text, "better");
});

test("the window holds at most 200 rows and pages both ways without a hole", () => {
  const room = new RoomState(page(range(951, 1000), { more_before: true }));
  for (let first = 901; first > 601; first -= PAGE_ROWS)
    room.prepend(page(range(first, first + 49), { as_of_seq: 1000, more_before: true }));
  equal([room.messages.length, room.firstSeq, room.moreAfter], [ROWS_KEPT, 651, true]);
  while (room.moreAfter)
    room.append(
      page(range(room.lastSeq + 1, Math.min(1000, room.lastSeq + 50)), {
        as_of_seq: 1000,
        more_after: room.lastSeq + 50 < 1000,
      }),
    );
  equal([room.messages.length, room.firstSeq, room.lastSeq, room.moreBefore], [ROWS_KEPT, 801, 1000, true]);
  equal(
    seqs(room),
    range(801, 1000).map(({ seq }) => seq),
  );
});

test("what arrives while the window is away from the end is counted, and comes with its page", () => {
  const room = new RoomState(page(range(1, 50), { as_of_seq: 100, more_after: true }));
  room.apply(sent(101));
  room.apply(sent(102));
  equal([room.arrivedBelow, room.lastSeq], [2, 50]);
  room.append(page(range(51, 101), { as_of_seq: 101 }));
  equal([room.lastSeq, room.arrivedBelow], [102, 0]);
});

test("live messages push the oldest rows out", () => {
  const room = new RoomState(page(range(1, ROWS_KEPT)));
  room.apply(sent(ROWS_KEPT + 1));
  equal([room.messages.length, room.firstSeq, room.moreBefore], [ROWS_KEPT, 2, true]);
});

test("overlapping pages give no row twice", () => {
  const room = new RoomState(page(range(10, 20), { more_before: true }));
  room.prepend(page(range(5, 12), { as_of_seq: 20 }));
  equal(
    seqs(room),
    range(5, 20).map(({ seq }) => seq),
  );
});

test("the messages of somebody who is hidden vanish at once", () => {
  const room = new RoomState(page([message(1), message(2, { by: 7 }), message(3)]));
  room.apply({ t: "member.hidden", room: 1, seq: 4, by: 0, seat: 7 });
  equal(seqs(room), [1, 3]);
});

test("staff and the child's own family keep what is hidden from classmates", () => {
  const staff = new RoomState(page([message(1, { by: 7 })]), { view: "staff" });
  const family = new RoomState(page([message(1, { by: 7 }), message(2, { by: 8 })]), {
    view: "guardian",
    children: [7, 12],
  });
  for (const [room, seat] of [
    [staff, 7],
    [family, 7],
  ])
    room.apply({ t: "member.hidden", room: 1, seq: room.appliedSeq + 1, by: 0, seat });
  family.apply({ t: "member.hidden", room: 1, seq: 4, by: 0, seat: 8 });
  equal([seqs(staff), seqs(family)], [[1], [1]]);
});

test("the unread line is fixed when the room is opened, and what is watched arriving isn't counted", () => {
  const room = new RoomState(page(range(1, 5)));
  room.openAt({ unread: 2, read_seq: 3 });
  room.apply(sent(6));
  equal([room.unread.after, room.unread.count], [3, 2]);
  room.openAt({ unread: 0, read_seq: 6 });
  equal([room.unread.after, room.unread.isSeen], [null, true]);
});

test("what comes while nobody looks is new: beside what wasn't seen yet, or from where reading stopped", () => {
  const room = new RoomState(page(range(1, 5)));
  room.openAt({ unread: 2, read_seq: 3 });
  room.unread.miss(6);
  equal({ ...room.unread }, { after: 3, count: 3, isSeen: false });
  room.unread.see();
  room.unread.miss(9);
  room.unread.miss(10);
  equal({ ...room.unread }, { after: 8, count: 2, isSeen: false });
});

test("rows in view are not cut for an older page: it is left out, and can be asked for again", () => {
  const room = new RoomState(page(range(801, 1000), { more_before: true }));
  room.inView = () => ({ first: 985, last: 1000 });
  room.prepend(page(range(751, 800), { as_of_seq: 1000, more_before: true }));
  equal([room.firstSeq, room.lastSeq, room.moreBefore, room.moreAfter], [801, 1000, true, false]);
  room.inView = () => ({ first: 960, last: 970 });
  room.prepend(page(range(751, 800), { as_of_seq: 1000, more_before: false }));
  equal([room.firstSeq, room.lastSeq, room.moreBefore, room.moreAfter], [771, 970, true, true]);
});

test("rows in view are not cut for a newer page, nor for what arrives", () => {
  const room = new RoomState(page(range(1, ROWS_KEPT), { more_after: true }));
  room.inView = () => ({ first: 1, last: 12 });
  room.append(page(range(201, 250), { as_of_seq: 300, more_after: false }));
  equal([room.firstSeq, room.lastSeq, room.moreBefore, room.moreAfter], [1, ROWS_KEPT, false, true]);
  const full = new RoomState(page(range(1, ROWS_KEPT)));
  full.inView = () => ({ first: 1, last: 12 });
  full.apply(sent(ROWS_KEPT + 1));
  equal([full.firstSeq, full.lastSeq, full.moreAfter, full.arrivedBelow], [1, ROWS_KEPT, true, 1]);
});

test("a removed text stays with its author and the author's family, and with nobody else", () => {
  const removed = {
    t: "message.removed",
    room: 1,
    seq: 2,
    by: 7,
    message: message(1, { by: 7, text: undefined, removed: { by_kind: "author", at: "x" } }),
  };
  const seen = (room) => {
    const state = new RoomState(page([message(1, { by: 7 })]), room);
    state.apply(removed);
    return state.message(1).text ?? null;
  };
  equal(
    [
      { view: "peer", my_seat: 7 },
      { view: "guardian", children: [7] },
    ].map(seen),
    ["text 1", "text 1"],
  );
  equal(
    [
      { view: "peer", my_seat: 8 },
      { view: "guardian", children: [8] },
      { view: "staff", my_seat: 1 },
    ].map(seen),
    [null, null, null],
  );
});
