/**
 * One socket to the server, kept alive: greets, comes back by itself, pairs answers with questions.
 *
 * The invariant: a promise of `push` settles exactly once, with the server's `ack`, its `error`, or the loss of the
 * connection (`cut`). Nothing is sent twice from here; whoever pushes decides (outbox.js). After a final close code
 * the socket stays closed for good.
 *
 * Events: `state` (the new state), `ready` and `frame` (the frame), `closing` (what the page has to do).
 */
import { delaySeconds } from "#backoff";
import { remedyOf } from "#closing";

export const SUBPROTOCOL = "chatserver.v1";
const GREETING_SECONDS = 12;
const ANSWER_SECONDS = 15;

/** An answer that isn't an ack. `code` is the server's, or `cut` when the connection went before the answer came. */
export class PushError extends Error {
  /** @param {{code: string, text?: string, field?: string, retry_after_seconds?: number}} frame */
  constructor(frame) {
    super(frame.text ?? frame.code);
    this.code = frame.code;
    this.field = frame.field;
    this.retryAfterSeconds = frame.retry_after_seconds;
  }
}

/** @typedef {"idle"|"connecting"|"greeting"|"ready"|"waiting"|"closed"} SocketState */

export class ChatSocket extends EventTarget {
  /** @type {SocketState} */
  state = "idle";
  /** Tries since the last `ready`; two refused handshakes in a row may mean that the session is gone. */
  attempt = 0;
  #wire = null;
  #timer = 0;
  #ref = 0;
  #pending = new Map();
  #closing = null;

  /**
   * @param {object} options
   * @param {string} options.url absolute, ws: or wss:
   * @param {() => Record<string, number>} options.last the last seq applied, by room
   * @param {string} [options.client] name and version of this client
   * @param {(url: string, protocol: string) => WebSocket} [options.open]
   * @param {() => number} [options.dice]
   */
  constructor({ url, last, client = "web", open = (to, protocol) => new WebSocket(to, protocol), dice = Math.random }) {
    super();
    Object.assign(this, { url, last, client, open, dice });
  }

  start() {
    if (this.state === "idle") this.#connect();
  }

  /** For good: the page is leaving. */
  stop() {
    this.#become("closed");
    clearTimeout(this.#timer);
    this.#drop(1000);
  }

  /** The network or the reader is back: no use in waiting longer. */
  wake() {
    if (this.state !== "waiting") return;
    this.attempt = Math.min(this.attempt, 1);
    this.#connect();
  }

  /** The network is gone: the browser may notice the loss of a socket only minutes later. */
  lose() {
    if (["connecting", "greeting", "ready"].includes(this.state)) this.#lost(1006);
  }

  /**
   * A frame that wants an answer.
   * @param {object} frame without `ref`
   * @returns {Promise<object>} the ack; rejects with PushError
   */
  push(frame, { answerSeconds = ANSWER_SECONDS } = {}) {
    if (this.state !== "ready") return Promise.reject(new PushError({ code: "cut" }));
    const ref = ++this.#ref;
    const text = JSON.stringify({ ...frame, ref });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#lost(1006), answerSeconds * 1000);
      this.#pending.set(ref, { resolve, reject, timer, size: text.length });
      this.#wire.send(text);
    });
  }

  /** A frame without an answer, such as `typing`: dropped when there is no connection. */
  send(frame) {
    if (this.state === "ready") this.#wire.send(JSON.stringify(frame));
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#closing = null;
    this.#become("connecting");
    const wire = this.open(this.url, SUBPROTOCOL);
    this.#wire = wire;
    wire.onopen = () => this.#greet();
    wire.onmessage = (event) => this.#receive(JSON.parse(event.data));
    wire.onclose = (event) => this.#lost(event.code);
    this.#timer = setTimeout(() => this.#lost(1006), GREETING_SECONDS * 1000);
  }

  #greet() {
    this.#become("greeting");
    this.#ref += 1;
    this.#wire.send(JSON.stringify({ t: "hello", ref: this.#ref, last: this.last(), client: this.client }));
  }

  #receive(frame) {
    if (frame.t === "ready") this.#welcome(frame);
    else if (frame.t === "ack") this.#settle(frame.ref)?.resolve(frame);
    else if (frame.t === "error") this.#refuse(frame);
    else if (frame.t === "closing") this.#closing = frame;
    else this.#tell("frame", frame);
  }

  #welcome(frame) {
    clearTimeout(this.#timer);
    this.attempt = 0;
    this.#become("ready");
    this.#tell("ready", frame);
  }

  /** Without `ref` the error belongs to no question: it is only worth a look in the console. */
  #refuse(frame) {
    if (frame.ref == null) console.warn("refused:", frame.code);
    this.#settle(frame.ref)?.reject(new PushError(frame));
  }

  #settle(ref) {
    const question = this.#pending.get(ref);
    if (!question) return null;
    clearTimeout(question.timer);
    this.#pending.delete(ref);
    return question;
  }

  #lost(code) {
    if (this.state === "closed") return;
    clearTimeout(this.#timer);
    this.#drop();
    const farewell = this.#closing;
    const remedy = remedyOf(farewell?.code ?? code);
    this.#fail(remedy);
    if (remedy.then === "leave" || remedy.then === "reload") this.#become("closed");
    else this.#wait(remedy, farewell);
    this.#tell("closing", { code: farewell?.code ?? code, frame: farewell, ...remedy });
  }

  #drop() {
    const wire = this.#wire;
    if (!wire) return;
    this.#wire = wire.onopen = wire.onmessage = wire.onclose = null;
    wire.close();
  }

  /** The frame to blame fails for good, the others were merely cut. */
  #fail({ fails }) {
    const refs = [...this.#pending.keys()];
    const size = (ref) => this.#pending.get(ref).size;
    const culprit = fails === "largest" ? refs.toSorted((a, b) => size(b) - size(a))[0] : fails && refs[0];
    for (const ref of refs) {
      const code = ref === culprit ? (fails === "largest" ? "frame_too_large" : "invalid_frame") : "cut";
      this.#settle(ref).reject(new PushError({ code }));
    }
  }

  #wait({ then, spreadSeconds = 1 }, farewell) {
    const pause = then === "pause" ? (farewell?.retry_after_seconds ?? 10) : 0;
    const seconds = pause + delaySeconds(this.attempt, spreadSeconds, this.dice());
    this.attempt += 1;
    this.#become("waiting");
    this.#timer = setTimeout(() => this.#connect(), seconds * 1000);
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.#tell("state", state);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
