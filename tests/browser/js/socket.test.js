import { CAP_SECONDS, delaySeconds } from "#backoff";
import { CLOSINGS, isFinal, remedyOf } from "#closing";
import { ChatSocket, SUBPROTOCOL } from "#socket";
import { equal, ok, test, until } from "#runner";

/** A wire whose far end is the test: what the client sends is kept, what the server says is put in by hand. */
function wires() {
  const opened = [];
  const open = (url, protocol) => {
    const wire = {
      url,
      protocol,
      sent: [],
      send: (text) => wire.sent.push(JSON.parse(text)),
      close: () => (wire.closed = true),
    };
    wire.say = (frame) => wire.onmessage?.({ data: JSON.stringify(frame) });
    opened.push(wire);
    return wire;
  };
  return { opened, open };
}

function connected({ last = () => ({ 1: 5 }), dice = () => 0 } = {}) {
  const { opened, open } = wires();
  const socket = new ChatSocket({ url: "ws://localhost/ws/", last, open, dice });
  const heard = [];
  for (const type of ["state", "ready", "frame", "closing"])
    socket.addEventListener(type, ({ detail }) => heard.push([type, detail]));
  socket.start();
  opened[0].onopen();
  opened[0].say({ t: "ready", rooms: [] });
  return { socket, opened, heard, wire: opened[0] };
}

test("it greets with what it has before anything else", () => {
  const { socket, wire } = connected();
  equal([wire.protocol, wire.sent[0].t, wire.sent[0].last, socket.state], [SUBPROTOCOL, "hello", { 1: 5 }, "ready"]);
});

test("an answer finds its question, whatever the order", async () => {
  const { socket, wire } = connected();
  const [first, second] = [
    socket.push({ t: "room.read", room: 1, seq: 5 }),
    socket.push({ t: "message.send", room: 1 }),
  ];
  const [a, b] = wire.sent.slice(1).map(({ ref }) => ref);
  wire.say({ t: "error", ref: b, code: "muted", text: "Paused." });
  wire.say({ t: "ack", ref: a, seq: 5 });
  equal((await first).seq, 5);
  const error = await second.catch((refusal) => refusal);
  equal([error.code, error.message], ["muted", "Paused."]);
});

test("nothing is pushed before the greeting is answered", async () => {
  const { opened, open } = wires();
  const socket = new ChatSocket({ url: "ws://localhost/ws/", last: () => ({}), open });
  socket.start();
  opened[0].onopen();
  equal((await socket.push({ t: "room.read" }).catch((error) => error)).code, "cut");
  equal(opened[0].sent.length, 1);
});

test("a cut fails what was in flight, and the socket comes back with what it has by then", async () => {
  let seq = 5;
  const { socket, opened, wire } = connected({ last: () => ({ 1: seq }) });
  const flying = socket.push({ t: "message.send", room: 1 }).catch((error) => error.code);
  seq = 9;
  wire.onclose({ code: 1006 });
  equal([await flying, socket.state], ["cut", "waiting"]);
  await until(() => opened.length === 2);
  opened[1].onopen();
  equal(opened[1].sent[0].last, { 1: 9 });
});

test("a frame that was too large is marked, the others were merely cut", async () => {
  const { socket, wire } = connected();
  const codes = [{ t: "a", text: "x" }, { t: "b", text: "x".repeat(99) }, { t: "c" }].map((frame) =>
    socket.push(frame).catch((error) => error.code),
  );
  wire.onclose({ code: 1009 });
  equal(await Promise.all(codes), ["cut", "frame_too_large", "cut"]);
});

test("the remedy of the closing frame holds, whatever code the browser saw", () => {
  const { heard, socket, wire, opened } = connected();
  wire.say({ t: "closing", code: 4453, reason: "consent", text: "…", remedy: { label: "…", url: "/gate/" } });
  wire.onclose({ code: 1006 });
  const [, detail] = heard.find(([type]) => type === "closing");
  equal([detail.then, detail.url, detail.code, socket.state], ["leave", "/gate/", 4453, "closed"]);
  socket.wake();
  equal(opened.length, 1);
});

test("waking connects at once when it waits, and does nothing otherwise", () => {
  const { socket, opened, wire } = connected({ dice: () => 0.99 });
  socket.wake();
  equal(opened.length, 1);
  wire.onclose({ code: 1012 });
  equal([opened.length, socket.state], [1, "waiting"]);
  socket.wake();
  equal([opened.length, socket.state], [2, "connecting"]);
});

test("when the network goes the socket doesn't wait for the browser to notice", () => {
  const { socket, wire } = connected({ dice: () => 0.99 });
  socket.lose();
  equal([socket.state, wire.closed], ["waiting", true]);
});

test("a late word of a wire that was given up is not heard", () => {
  const { socket, heard, wire } = connected({ dice: () => 0.99 });
  socket.lose();
  const before = heard.length;
  wire.say({ t: "message.sent" });
  equal(heard.length, before);
});

test("every code of the table has its remedy, and the final ones lead away", () => {
  equal(
    Object.keys(CLOSINGS).map(Number),
    [1001, 1006, 1009, 1011, 1012, 4429, 4440, 4450, 4451, 4452, 4453, 4454, 4455],
  );
  equal(
    [4451, 4452, 4453, 4454, 4455].map((code) => [isFinal(code), remedyOf(code).url]),
    [[true, "/sign-in/"], ...Array(4).fill([true, "/gate/"])],
  );
  equal(
    [1006, 1011, 1012, 4429, 4440, 4450, 4999].map((code) => remedyOf(code).then),
    ["return", "return", "return", "pause", "reload", "reload", "return"],
  );
});

test("the first try is near, later ones back off with full jitter under the cap", () => {
  ok(delaySeconds(0, 1, 0.999) <= 1 && delaySeconds(0, 5, 0.999) > 4.9);
  const widest = [1, 2, 3, 4, 9].map((attempt) => Math.round(delaySeconds(attempt, 1, 0.9999)));
  equal(widest, [2, 4, 8, CAP_SECONDS, CAP_SECONDS]);
  ok([0, 1, 5, 9].every((attempt) => delaySeconds(attempt, 1, 0) > 0.1));
});
