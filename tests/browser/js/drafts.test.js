import { Drafts } from "#drafts";
import { MemoryStore } from "#lib/store";
import { Pocket } from "#lib/pocket";
import { equal, test } from "#runner";

const NOON = Date.parse("2026-11-24T12:00:00.000Z");
const at = (seconds) => new Date(NOON + seconds * 1000).toISOString();

/** One device: a clock that is moved by hand, and a server that keeps what it is told. */
function device({ store = new MemoryStore(), pocket = shelf(), isSending } = {}) {
  const told = [];
  const device = { told, store, pocket, seconds: 0, refuse: null, answer: null };
  const push = async (frame) => {
    told.push([frame.room, frame.text]);
    if (device.refuse) throw Object.assign(new Error(device.refuse), { code: device.refuse });
    if (device.answer) await device.answer;
    return { room: frame.room, at: at(device.seconds + 0.5) };
  };
  device.drafts = new Drafts({ store, pocket, push, isSending, now: () => NOON + device.seconds * 1000 });
  return device;
}

function shelf() {
  const kept = new Map();
  return new Pocket(1, {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  });
}

test("what is written goes to the server once, and again when it has changed", async () => {
  const { drafts, told } = device();
  drafts.keep({ room: 1, text: "a" });
  drafts.keep({ room: 1, text: "ab" });
  await drafts.tell();
  await drafts.tell();
  equal(told, [[1, "ab"]]);
  drafts.keep({ room: 1, text: "abc" });
  await drafts.tell();
  equal(told, [[1, "ab"], [1, "abc"]]); // prettier-ignore
});

test("what another device has written is taken over, unless one types here", async () => {
  const here = device();
  here.drafts.hear({ room: 1, text: "from the phone", at: at(-1) });
  equal([here.drafts.of(1).text, here.drafts.revision(1)], ["from the phone", 1]);
  here.drafts.keep({ room: 1, text: "from the phone and on" });
  here.drafts.hear({ room: 1, text: "typed there", at: at(2) });
  equal([here.drafts.of(1).text, here.drafts.revision(1)], ["from the phone and on", 1]);
  await here.drafts.tell();
  here.seconds = 2;
  here.drafts.hear({ room: 1, text: "typed there too", at: at(3) });
  equal(here.drafts.of(1).text, "from the phone and on");
  await here.drafts.tell();
  equal(here.told.length, 2); // so that it is the newest everywhere
  here.seconds = 20;
  here.drafts.hear({ room: 1, text: "gone on there", at: at(21) });
  equal(here.drafts.of(1).text, "gone on there");
});

test("an older state never replaces a newer one", () => {
  const { drafts } = device();
  drafts.hear({ room: 1, text: "newer", at: at(5) });
  drafts.hear({ room: 1, text: "older", at: at(4) });
  equal(drafts.of(1).text, "newer");
  drafts.hear({ room: 1, text: "", at: at(6) });
  equal([drafts.has(1), drafts.all()], [false, []]);
});

test("one's own echo changes nothing, before the answer or after it", async () => {
  const here = device();
  let answered;
  here.answer = new Promise((resolve) => (answered = resolve));
  here.drafts.keep({ room: 1, text: "with a space " });
  here.seconds = 10;
  const telling = here.drafts.tell();
  here.drafts.hear({ room: 1, text: "with a space", at: at(10.5) });
  answered();
  await telling;
  here.drafts.hear({ room: 1, text: "with a space", at: at(10.5) });
  equal([here.drafts.of(1).text, here.drafts.revision(1)], ["with a space ", 0]);
});

test("what the server no longer has is gone here, and what it never heard of is told", async () => {
  const here = device();
  await here.drafts.meet([{ room: 1, text: "kept", at: at(-60) }, { room: 2, text: "sent elsewhere", at: at(-60) }]); // prettier-ignore
  here.refuse = "cut";
  here.drafts.keep({ room: 3, text: "written without a connection" });
  await here.drafts.tell();
  here.refuse = null;
  here.seconds = 30;
  here.told.length = 0;
  await here.drafts.meet([{ room: 1, text: "kept", at: at(-60) }]);
  equal([here.drafts.has(1), here.drafts.has(2), here.drafts.has(3)], [true, false, true]);
  equal(here.told, [[3, "written without a connection"]]);
});

test("a page that is loaded again has what was written in the last moment", async () => {
  const before = device();
  before.store = { read: async () => [], write: () => new Promise(() => undefined) }; // closed before it has begun
  const dying = device({ store: before.store });
  dying.refuse = "cut";
  dying.drafts.keep({ room: 1, text: "the last word" });
  dying.drafts.leave();
  const next = device({ pocket: dying.pocket });
  await next.drafts.load();
  await next.drafts.meet([{ room: 1, text: "the last", at: at(-3) }]);
  equal([next.drafts.of(1).text, next.told], ["the last word", [[1, "the last word"]]]);
  equal(dying.pocket.read(), []);
});

test("of what this device kept long ago and another one wrote since, the newer stays", async () => {
  const store = new MemoryStore();
  await store.write([{ put: ["drafts", { room: 1, text: "yesterday", touched: NOON - 86_400_000 }] }]);
  const { drafts } = device({ store });
  await drafts.load();
  await drafts.meet([{ room: 1, text: "this morning", at: at(-3600) }]);
  equal(drafts.of(1).text, "this morning");
  const next = device({ store });
  await next.drafts.load();
  await next.drafts.meet([]);
  equal([next.drafts.has(1), next.told], [false, []]); // discarded since: this device brings nothing back
});

test("a draft that became a message is cleared on the server when the message is there", async () => {
  let isSending = true;
  const here = device({ isSending: () => isSending });
  here.drafts.keep({ room: 1, text: "to be sent" });
  await here.drafts.tell();
  const changes = here.drafts.take(1);
  equal([changes[0].put[1].text, here.drafts.has(1)], ["", false]);
  here.drafts.settle();
  here.seconds = 10;
  here.drafts.hear({ room: 1, text: "to be sent", at: at(0.5) });
  await here.drafts.tell();
  equal([here.told, here.drafts.has(1)], [[[1, "to be sent"]], false]);
  isSending = false;
  here.drafts.settle();
  equal(here.told.at(-1), [1, ""]);
});

test("what the server refuses stays here and isn't said again until it changes", async () => {
  const here = device();
  here.refuse = "message_too_long";
  here.drafts.keep({ room: 1, text: "far too long" });
  await here.drafts.tell();
  await here.drafts.tell();
  equal([here.told.length, here.drafts.of(1).text], [1, "far too long"]);
  here.drafts.stop();
  equal(here.drafts.all(), []);
});

test("the pocket holds one of each room, and nobody else's", () => {
  const pocket = shelf();
  pocket.put([{ room: 1, text: "a" }, { room: 2, text: "b" }]); // prettier-ignore
  pocket.put([{ room: 1, text: "c" }]);
  equal(pocket.read(), [{ room: 2, text: "b" }, { room: 1, text: "c" }]); // prettier-ignore
  equal(new Pocket(2, pocket.storage).read(), []);
  pocket.clear();
  equal(pocket.read(), []);
});
