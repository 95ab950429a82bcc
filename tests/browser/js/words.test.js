import { Clock, dayKey, readersLocale } from "#lib/time";
import { Roster } from "#roster";
import { Words } from "#words";
import { equal, test } from "#runner";

test("a word takes its values and its plural", () => {
  const words = new Words({ hello: "Hello {name}", new: { one: "{n} new message", other: "{n} new messages" } }, "en");
  equal(
    [words.say("hello", { name: "<b>" }), words.say("new", { n: 1 }), words.say("new", { n: 1200 })],
    ["Hello <b>", "1 new message", "1,200 new messages"],
  );
});

test("a missing word shows its key, a missing value its place", () => {
  equal([new Words({}, "en").say("nothing"), new Words({ a: "to {b}" }, "en").say("a")], ["nothing", "to {b}"]);
});

test("lists have no comma before the last", () => {
  equal(new Words({}, "en").list(["24 students", "Ms. Rivera", "Mr. Chen"]), "24 students, Ms. Rivera and Mr. Chen");
  equal(new Words({}, "es").list(["Ms. Rivera", "Ines G."]), "Ms. Rivera e Ines G.");
});

test("times are those of the reader's zone and language", () => {
  const at = "2026-11-23T14:02:00.000Z";
  const space = (text) => text.replace(/\u202f|\u00a0/g, " ");
  const [chicago, madrid] = [new Clock("en-US", "America/Chicago"), new Clock("es-ES", "Europe/Madrid")];
  equal([space(chicago.time(at)), space(madrid.time(at))], ["8:02 AM", "15:02"]);
  equal(
    [chicago.day(at, Date.parse(at)), chicago.day(at, Date.parse("2027-01-01T00:00Z"))],
    ["Monday, November 23", "Monday, November 23"],
  );
  equal(chicago.day(at, Date.parse("2027-06-01T00:00Z")), "Monday, November 23, 2026");
  equal(
    [dayKey("2026-11-23T05:59:00Z", "America/Chicago"), dayKey("2026-11-23T05:59:00Z", "UTC")],
    ["2026-11-22", "2026-11-23"],
  );
});

test("under an hour a time is relative, today a clock, else a date", () => {
  const clock = new Clock("en-US", "America/Chicago");
  const now = Date.parse("2026-11-23T18:00:00Z");
  const brief = (at) => clock.brief(at, now).replace(/\u202f|\u00a0/g, " ");
  equal(["2026-11-23T17:59:50Z", "2026-11-23T17:48:00Z", "2026-11-23T14:02:00Z", "2026-11-20T14:02:00Z"].map(brief), [
    "now",
    "12 min. ago",
    "8:02 AM",
    "Nov 20",
  ]);
});

test("the browser's region refines the member's language", () => {
  equal(
    [readersLocale("es", ["en-US", "es-MX"]), readersLocale("es", ["en-US"]), readersLocale("en", ["en-GB"])],
    ["es-MX", "es", "en-GB"],
  );
});

const roster = () =>
  new Roster({
    version: 3,
    seats: [
      { seat: 1, name: "Ms. Rivera", initials: "MR", role: "instructor", avatar: 1, here: true },
      { seat: 5, name: "Devon K.", initials: "DK", role: "student", avatar: 5, here: false },
      { seat: 6, name: "Amara D.", initials: "AD", role: "student", avatar: 6, here: true },
      { seat: 7, name: "Rosa Ramírez", initials: "RR", role: "student", avatar: 7, here: true },
    ],
  });

test("a roster names seats, and an older answer changes nothing", () => {
  const people = roster();
  people.replace({ version: 2, seats: [] });
  equal(
    [people.name(5), people.name(99, "Somebody"), people.isStaff(1), people.isStaff(5)],
    ["Devon K.", "Somebody", true, false],
  );
});

test("presence moves people in and out, staff first", () => {
  const people = roster();
  people.meet({ here: [5], gone: [6, 99] });
  equal(
    people.here().map(({ name }) => name),
    ["Ms. Rivera", "Devon K.", "Rosa Ramírez"],
  );
});

test("a mention is found by any word of the name, without accents, never oneself", () => {
  const found = (letters, but) =>
    roster()
      .matching(letters, { but })
      .map(({ name }) => name);
  equal(
    [found("ram"), found("k"), found("rivera"), found("d", 5), found("rosa ra")],
    [["Rosa Ramírez"], ["Devon K."], ["Ms. Rivera"], ["Amara D."], ["Rosa Ramírez"]],
  );
});
