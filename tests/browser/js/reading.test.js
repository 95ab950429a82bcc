import { Directory } from "#directory";
import { Reading } from "#reading";
import { equal, test } from "#runner";

const room = { room: 1, course: 1, kind: "course", title: "General", view: "peer", may: [], my_seat: 5 };
const at = { ...room, last_seq: 40, read_seq: 10, unread: 30, mentions: 2 };

/** What was told to the server, and a reading of one room. */
function reading() {
  const directory = new Directory([at], []);
  const told = [];
  const push = async (frame) => (told.push(frame), { read_seq: frame.seq, unread: 40 - frame.seq, mentions: 0 });
  return { told, directory, reading: new Reading({ push, directory, open: new Map() }) };
}
const marks = ({ read_seq, unread, mentions }) => ({ read_seq, unread, mentions });

test("what was seen is read, and never goes back by itself", async () => {
  const { told, directory, reading: mine } = reading();
  mine.seen(1, 40);
  mine.seen(1, 30);
  equal(marks(directory.room(1)), { read_seq: 40, unread: 0, mentions: 0 });
  equal(told, [{ t: "room.read", room: 1, seq: 40 }]);
});

test("what is marked unread by hand stays so while it is in view, until the room is left", async () => {
  const { told, directory, reading: mine } = reading();
  mine.seen(1, 40);
  await mine.unread(1, 20);
  mine.seen(1, 40);
  equal(marks(directory.room(1)), { read_seq: 20, unread: 20, mentions: 0 });
  mine.release(1);
  mine.seen(1, 40);
  equal(
    told.map(({ t, seq }) => `${t} ${seq}`),
    ["room.read 40", "room.unread 20", "room.read 40"],
  );
});
