import { rowsOf } from "#rows";
import { equal, test } from "#runner";

const zone = "America/Chicago";
const at = (clock, day = 23) => `2026-11-${day}T${clock}:00.000Z`;
const message = (seq, by, when, more = {}) => ({
  seq,
  number: seq,
  by,
  at: when,
  cid: `c${seq}`,
  text: "x",
  version: 1,
  ...more,
});
const shape = (rows) =>
  rows.map((row) =>
    row.kind === "message" || row.kind === "pending" ? `${row.key}${row.grouped ? "+" : ""}` : row.key,
  );
const rows = (messages, more = {}) => shape(rowsOf({ messages, mySeat: 9, zone, ...more }));

test("one author within five minutes is one group", () => {
  equal(
    rows([
      message(1, 1, at("14:00")),
      message(2, 1, at("14:04")),
      message(3, 1, at("14:09")),
      message(4, 2, at("14:09")),
    ]),
    ["day-2026-11-23", "c1", "c2+", "c3", "c4"],
  );
});

test("days are those of the reader's zone, and part groups", () => {
  const night = [message(1, 1, at("05:58", 23)), message(2, 1, at("06:01", 23))];
  equal(rows(night), ["day-2026-11-22", "c1", "day-2026-11-23", "c2"]);
  equal(rows(night, { zone: "Europe/Madrid" }), ["day-2026-11-23", "c1", "c2+"]);
});

test("the unread line stands before the first message of somebody else and parts groups", () => {
  const talk = [
    message(1, 1, at("14:00")),
    message(2, 9, at("14:01")),
    message(3, 1, at("14:02")),
    message(4, 1, at("14:03")),
  ];
  equal(rows(talk, { unreadAfter: 1 }), ["day-2026-11-23", "c1", "c2", "new", "c3", "c4+"]);
  equal(rows(talk, { unreadAfter: 3 }), ["day-2026-11-23", "c1", "c2", "c3", "new", "c4"]);
  equal(rows(talk, { unreadAfter: 4 }), ["day-2026-11-23", "c1", "c2", "c3", "c4+"]);
});

test("an unread line that coincides with a new day stands once, below the day", () => {
  equal(rows([message(1, 1, at("14:00", 22)), message(2, 1, at("14:00", 23))], { unreadAfter: 1 }), [
    "day-2026-11-22",
    "c1",
    "day-2026-11-23",
    "new",
    "c2",
  ]);
});

test("a removed message stands for itself", () => {
  const removed = { removed: { by_kind: "author", at: at("14:02") } };
  equal(rows([message(1, 1, at("14:00")), message(2, 1, at("14:01"), removed), message(3, 1, at("14:02"))]), [
    "day-2026-11-23",
    "c1",
    "c2",
    "c3",
  ]);
});

test("pending messages come last and keep their key when they are stored", () => {
  const entry = { cid: "c2", room: 1, text: "mine", at: at("14:01"), state: "sending" };
  const before = rowsOf({ messages: [message(1, 9, at("14:00"))], pending: [entry], mySeat: 9, zone });
  const after = rowsOf({ messages: [message(1, 9, at("14:00")), message(2, 9, at("14:01"))], mySeat: 9, zone });
  equal(
    before.map(({ key }) => key),
    after.map(({ key }) => key),
  );
  equal(shape(before), ["day-2026-11-23", "c1", "c2+"]);
});

test("an empty room has no rows", () => {
  equal(rows([]), []);
});
