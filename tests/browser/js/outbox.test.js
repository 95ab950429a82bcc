import { forgetMembers, MemoryStore, openStore } from "#lib/store";
import { afterRefusal, Outbox } from "#outbox";
import { Drafts } from "#drafts";
import { Pocket } from "#lib/pocket";
import { PushError } from "#socket";
import { equal, test, until } from "#runner";

/** The other end of `push`: every frame waits for the test to answer it. */
function line() {
  const frames = [];
  const push = (frame) =>
    new Promise((resolve, reject) =>
      frames.push({
        ...frame,
        ack: () => resolve({ seq: 1 }),
        refuse: (code, more) => reject(new PushError({ code, ...more })),
      }),
    );
  return { frames, push, texts: () => frames.map(({ text }) => text) };
}

const states = (outbox) => outbox.entries.map(({ text, state }) => `${text} ${state}`);

test("messages of a room go out in order, one at a time; rooms don't wait for each other", async () => {
  const { frames, push, texts } = line();
  const outbox = new Outbox({ push, store: new MemoryStore() });
  outbox.connect();
  for (const [room, text] of [
    [1, "a"],
    [1, "b"],
    [2, "c"],
  ])
    outbox.add({ room, text });
  equal(texts(), ["a", "c"]);
  frames[0].ack();
  await until(() => frames.length === 3);
  equal(texts(), ["a", "c", "b"]);
});

test("without a connection messages wait, and go out in order when it is back, with the same cid", async () => {
  const { frames, push, texts } = line();
  const outbox = new Outbox({ push, store: new MemoryStore() });
  outbox.add({ room: 1, text: "a" });
  outbox.add({ room: 1, text: "b" });
  equal([states(outbox), outbox.waitingCount], [["a waiting", "b waiting"], 2]);
  outbox.connect();
  frames[0].refuse("cut");
  outbox.disconnect();
  await until(() => outbox.entries[0].state === "waiting");
  outbox.connect();
  await until(() => frames.length === 2);
  frames[1].ack();
  await until(() => frames.length === 3);
  equal(texts(), ["a", "a", "b"]);
  equal(frames[0].cid, frames[1].cid);
});

test("what comes after a refusal follows the table", () => {
  equal(afterRefusal({ code: "busy" }, 0), { then: "again", seconds: 1 });
  equal(afterRefusal({ code: "try_later" }, 9), { then: "again", seconds: 15 });
  equal(afterRefusal({ code: "storage_full" }, 2), { then: "again", seconds: 4 });
  equal(afterRefusal({ code: "too_fast", retryAfterSeconds: 6 }), { then: "again", seconds: 6 });
  equal(afterRefusal({ code: "access_changed" }), { then: "access" });
  equal(afterRefusal({ code: "access_changed" }, 1, true), { then: "fail" });
  equal(afterRefusal({ code: "cut" }), { then: "connection" });
  for (const code of ["muted", "room_closed", "message_too_long", "own_details", "not_allowed"])
    equal(afterRefusal({ code }), { then: "fail" });
});

test("a refused message keeps its text and reason, also over a restart, and the next ones go on", async () => {
  const { frames, push, texts } = line();
  const store = new MemoryStore();
  const outbox = new Outbox({ push, store });
  outbox.connect();
  outbox.add({ room: 1, text: "a" });
  outbox.add({ room: 1, text: "b" });
  frames[0].refuse("muted", { text: "Ms. Rivera paused you." });
  await until(() => frames.length === 2);
  equal(states(outbox), ["a failed", "b sending"]);
  const later = new Outbox({ push, store });
  await later.load();
  equal(states(later), ["a failed", "b waiting"]);
  equal(later.entries[0].error, { code: "muted", text: "Ms. Rivera paused you." });
  equal(texts(), ["a", "b"]);
});

test("try again sends a failed message with the same cid, at the end of the queue", async () => {
  const { frames, push } = line();
  const outbox = new Outbox({ push, store: new MemoryStore() });
  outbox.connect();
  const { cid } = outbox.add({ room: 1, text: "a" });
  outbox.add({ room: 1, text: "b" });
  frames[0].refuse("muted");
  await until(() => frames.length === 2);
  outbox.retry(cid);
  equal(states(outbox), ["b sending", "a waiting"]);
  frames[1].ack();
  await until(() => frames.length === 3);
  equal(frames[2].cid, cid);
});

test("a cid that the server knows from elsewhere is replaced when its author tries again", async () => {
  const { frames, push } = line();
  const outbox = new Outbox({ push, store: new MemoryStore() });
  outbox.connect();
  const { cid } = outbox.add({ room: 1, text: "a" });
  frames[0].refuse("cid_reused");
  await until(() => outbox.entries[0].state === "failed");
  outbox.retry(cid);
  equal([frames[1].text, frames[1].cid === cid], ["a", false]);
});

test("too fast holds the room and keeps the order", async () => {
  const { frames, push, texts } = line();
  let now = 1_000_000;
  const outbox = new Outbox({ push, store: new MemoryStore(), now: () => now });
  outbox.connect();
  outbox.add({ room: 1, text: "a" });
  frames[0].refuse("too_fast", { retry_after_seconds: 0.05 });
  await until(() => outbox.entries[0].state === "held");
  equal(outbox.heldUntil(1), 1_000_050);
  outbox.add({ room: 1, text: "b" });
  equal(texts(), ["a"]);
  now += 60;
  await until(() => frames.length === 2);
  frames[1].ack();
  await until(() => frames.length === 3);
  equal([texts(), outbox.heldUntil(1)], [["a", "a", "b"], 0]);
});

test("after a change of access a message is tried once more, then it fails", async () => {
  const { frames, push } = line();
  const outbox = new Outbox({ push, store: new MemoryStore() });
  outbox.connect();
  outbox.add({ room: 1, text: "a" });
  frames[0].refuse("access_changed");
  await until(() => outbox.entries[0].state === "held");
  outbox.accessChanged();
  equal(frames.length, 2);
  frames[1].refuse("access_changed");
  await until(() => outbox.entries[0].state === "failed");
});

test("an ack takes the message out of the store and shows a tick", async () => {
  const { frames, push } = line();
  const store = new MemoryStore();
  const outbox = new Outbox({ push, store });
  outbox.connect();
  const { cid } = outbox.add({ room: 1, text: "a" });
  await until(async () => (await store.read("outbox")).length === 1);
  frames[0].ack();
  await until(async () => (await store.read("outbox")).length === 0);
  equal([states(outbox), [...outbox.justSent]], [["a sent"], [cid]]);
});

test("outbox and drafts live in the database of one member, and are forgotten together", async () => {
  await forgetMembers();
  const store = await openStore(7);
  const outbox = new Outbox({ push: line().push, store });
  const drafts = new Drafts({ store, pocket: new Pocket(7), push: line().push });
  drafts.keep({ room: 1, text: "half a sent" });
  drafts.keep({ room: 2, text: "for later", reply_to: 5 });
  await drafts.save();
  outbox.add({ room: 1, text: "half a sentence" }, drafts.take(1));
  await until(async () => (await store.read("drafts"))[0].text === "");
  equal(
    (await store.read("outbox")).map(({ room, text }) => ({ room, text })),
    [{ room: 1, text: "half a sentence" }],
  );
  const other = await openStore(8);
  equal([await other.read("outbox"), await other.read("drafts")], [[], []]);
  await forgetMembers();
  const again = await openStore(7);
  equal([await again.read("outbox"), await again.read("drafts")], [[], []]);
  again.close();
});

test("drafts come back after a reload and an emptied one is gone", async () => {
  const store = new MemoryStore();
  const drafts = new Drafts({ store, pocket: new Pocket(7), push: line().push });
  drafts.keep({ room: 1, text: "a" });
  drafts.keep({ room: 2, text: "b" });
  drafts.keep({ room: 2, text: "  " });
  await drafts.save();
  const later = new Drafts({ store, pocket: new Pocket(7), push: line().push });
  await later.load();
  equal([later.of(1).text, later.has(2), later.of(2).text], ["a", false, ""]);
});
