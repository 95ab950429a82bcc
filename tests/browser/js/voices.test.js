import { Announcer } from "#announcer";
import { ConnectionNotice } from "#connection_notice";
import { unsentOf } from "#farewell";
import { placeOf } from "#place";
import { needsNewPage, themeOf } from "#settings";
import { SHOWN_SECONDS, Typing } from "#typing";
import { equal, test, until } from "#runner";

test("who types is shown for five seconds, or until the message, and oneself never", () => {
  let now = 0;
  const typing = new Typing(() => now);
  typing.hear({ room: 1, seats: [3, 4, 9] });
  typing.hear({ room: 2, seats: [5] });
  equal([typing.in(1, 9), typing.in(2, 9)], [[3, 4], [5]]);
  typing.sent({ room: 1, by: 3 });
  equal(typing.in(1, 9), [4]);
  now = SHOWN_SECONDS * 1000 + 1;
  equal(typing.in(1, 9), []);
});

test("that one types is told at most once a second", () => {
  let now = 5000;
  const typing = new Typing(() => now);
  equal([typing.tells(), typing.tells()], [true, false]);
  now += 1000;
  equal(typing.tells(), true);
});

test("one message is said, a flood is summed up", async () => {
  const heard = [];
  const say = (count, messages) => heard.push([count, messages.map(({ text }) => text)]);
  const announcer = new Announcer(say, () => "all", 0.02);
  for (const text of ["a", "b", "c", "d"]) announcer.message({ name: "Ana", text });
  await until(() => heard.length === 2);
  equal(heard, [
    [1, ["a"]],
    [3, ["b", "c", "d"]],
  ]);
});

test("what is read aloud is what was chosen, from the next message on", async () => {
  const heard = [];
  let setting = "mentions";
  const say = (_, messages) => heard.push(...messages.map(({ text }) => text));
  const announcer = new Announcer(say, () => setting, 0.02);
  announcer.message({ name: "Ana", text: "to all", isForMe: false });
  announcer.message({ name: "Ana", text: "to me", isForMe: true });
  setting = "off";
  announcer.message({ name: "Ana", text: "to me again", isForMe: true });
  setting = "all";
  announcer.message({ name: "Ana", text: "to all again", isForMe: false });
  await until(() => heard.length === 2);
  equal(heard, ["to me", "to all again"]);
});

test("a new language or zone needs a new page, everything else is taken as it comes", () => {
  const now = { locale: "en", time_zone: "", theme: "system", sending_key: "enter" };
  equal(
    [{ locale: "es" }, { time_zone: "UTC" }, { theme: "dark" }, { sending_key: "ctrl_enter" }].map((change) =>
      needsNewPage(now, { ...now, ...change }),
    ),
    [true, true, false, false],
  );
  equal([themeOf(now), themeOf({ theme: "dark" }), themeOf({ theme: "light" })], [null, "dark", "light"]);
});

test("a short cut says nothing, a long one says so, and coming back tells the news", async () => {
  const notice = new ConnectionNotice({ patienceSeconds: 0.02, goodNewsSeconds: 0.02 });
  notice.lost();
  notice.back({ sent: 0, fresh: 0 });
  equal(notice.notice, null);
  notice.lost();
  await until(() => notice.notice?.kind === "lost");
  notice.lost();
  notice.back({ sent: 1, fresh: 12 });
  equal(notice.notice, { kind: "back", sent: 1, fresh: 12 });
  await until(() => notice.notice === null);
});

test("why the server pauses is said at once, and not of a connection that is lost after it", async () => {
  const notice = new ConnectionNotice({ patienceSeconds: 0.02, goodNewsSeconds: 0.02 });
  notice.lost();
  notice.closed({ then: "return", frame: { text: "The server starts again." } });
  equal(notice.notice, null);
  notice.closed({ then: "pause", frame: { text: "Too much at once." } });
  equal(notice.notice, { kind: "lost", why: "Too much at once." });
  notice.lost();
  await until(() => notice.notice?.kind === "lost" && !notice.notice.why);
  notice.back({ sent: 0, fresh: 0 });
  equal(notice.notice, { kind: "back", sent: 0, fresh: 0 });
});

test("what was not sent is told with its room, without what was", () => {
  const entries = [
    { room: 1, text: "waits", state: "waiting" },
    { room: 1, text: "there", state: "sent" },
  ];
  const drafts = [
    { room: 2, text: "half a" },
    { room: 3, text: "  " },
  ];
  const titles = (room) => ({ room_title: `Room ${room}`, course_title: "Algebra I" });
  equal(unsentOf({ entries, drafts }, titles), [
    { room_title: "Room 1", course_title: "Algebra I", text: "waits" },
    { room_title: "Room 2", course_title: "Algebra I", text: "half a" },
  ]);
});

test("addresses lead to the list, a room, a message, and nowhere else", () => {
  equal(["/rooms/", "/rooms/3/", "/rooms/3/207/", "/family/"].map(placeOf), [
    {},
    { room: 3 },
    { room: 3, seq: 207 },
    {},
  ]);
});
