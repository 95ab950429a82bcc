/**
 * Own messages from the moment they are written until the server has them.
 *
 * The invariants:
 * - One message has one `cid` until it is acknowledged, however often it is sent: the server stores it once.
 * - In a room messages go out in the order they were written, one in flight at a time.
 * - Nothing leaves the outbox but by an ack or by the author's own hand; a failed one keeps its text and its reason.
 *
 * No DOM. `push` is ChatSocket.push, `store` is lib/store.js.
 *
 * @typedef {"sending" | "waiting" | "held" | "failed" | "sent"} EntryState  held: goes by itself at `again_at`
 * @typedef {{cid: string, room: number, text: string, reply_to?: number, at: string, state: EntryState,
 *   again_at?: number, error?: {code: string, text: string}}} Entry
 */
import { sendMessage } from "#commands";
import { uuid7 } from "#uuid7";

const AGAIN = new Set(["busy", "storage_full", "too_fast", "try_later"]);
const LOST = new Set(["cut"]);
const TICK_SECONDS = 2;
const WAITS_SECONDS = [1, 2, 4, 8, 15];

/**
 * What follows from a refusal (design § 9).
 * @param {{code: string, retryAfterSeconds?: number}} error
 * @param {number} tries how often this entry was refused before
 * @param {boolean} askedAgain whether it was sent once more after a change of access
 * @returns {{then: "again", seconds: number} | {then: "connection" | "access" | "fail"}}
 */
export function afterRefusal({ code, retryAfterSeconds }, tries = 0, askedAgain = false) {
  if (LOST.has(code)) return { then: "connection" };
  if (AGAIN.has(code)) return { then: "again", seconds: retryAfterSeconds ?? WAITS_SECONDS[Math.min(tries, 4)] };
  if (code === "access_changed" && !askedAgain) return { then: "access" };
  return { then: "fail" };
}

export class Outbox extends EventTarget {
  /** @type {Entry[]} */
  entries = [];
  /** Cids acknowledged just now: they show a tick. */
  justSent = new Set();
  #connected = false;
  #flying = new Set();
  #refusals = new Map();
  #timers = new Map();

  /** @param {{push: (frame: object) => Promise<object>, store: object, now?: () => number}} options */
  constructor({ push, store, now = Date.now }) {
    super();
    Object.assign(this, { push, store, now });
  }

  /** What an earlier page of this member left behind. */
  async load() {
    const kept = await this.store.read("outbox");
    const known = new Set(this.entries.map(({ cid }) => cid));
    const older = kept.filter(({ cid }) => !known.has(cid));
    this.entries = [
      ...older.map((entry) => ({ ...entry, state: entry.error ? "failed" : "waiting" })),
      ...this.entries,
    ];
    this.#pumpAll();
    this.#changed();
  }

  of(room) {
    return this.entries.filter((entry) => entry.room === room);
  }

  /** Not yet on the server and not failed: what the banner counts. */
  get waitingCount() {
    return this.entries.filter(({ state }) => state !== "failed" && state !== "sent").length;
  }

  /** Until when the room takes no further message, or 0. */
  heldUntil(room) {
    const held = this.of(room).find(({ state, error }) => state === "held" && error?.code === "too_fast");
    return held?.again_at ?? 0;
  }

  /**
   * @param {{room: number, text: string, reply_to?: number}} message
   * @param {object[]} [changes] of the store, in the same transaction: the draft that became this message
   * @returns {Entry}
   */
  add({ room, text, reply_to }, changes = []) {
    const entry = { cid: uuid7(this.now()), room, text, at: new Date(this.now()).toISOString(), state: "waiting" };
    if (reply_to != null) entry.reply_to = reply_to;
    this.entries = [...this.entries, entry];
    this.#save(entry, changes);
    this.#pump(room);
    this.#changed();
    return this.#entry(entry.cid);
  }

  /** A failed message goes to the end of its room's queue: it is sent when its author says so, not before. */
  retry(cid) {
    const { error, ...entry } = this.#entry(cid);
    if (error?.code === "cid_reused") this.#forget(cid);
    const fresh = { ...entry, cid: error?.code === "cid_reused" ? uuid7(this.now()) : cid, state: "waiting" };
    this.entries = [...this.entries.filter((other) => other.cid !== cid), fresh];
    this.#refusals.delete(cid);
    this.#save(fresh);
    this.#pump(fresh.room);
    this.#changed();
  }

  remove(cid) {
    this.#forget(cid);
    this.#changed();
  }

  /** The socket is ready: whatever waits goes out. */
  connect() {
    this.#connected = true;
    this.accessChanged();
  }

  disconnect() {
    this.#connected = false;
    this.#flying.clear();
    this.#set(({ state }) => state === "sending", { state: "waiting" });
    this.#changed();
  }

  /** Rights have changed: what was refused for that is tried once more. */
  accessChanged() {
    this.#set(({ state, error }) => state === "held" && error.code === "access_changed", { again_at: 0 });
    this.#pumpAll();
    this.#changed();
  }

  /** A member's words leave this device; the caller has shown what was not sent. */
  stop() {
    this.disconnect();
    this.#timers.forEach(clearTimeout);
    this.entries = [];
  }

  #pumpAll() {
    new Set(this.entries.map(({ room }) => room)).forEach((room) => this.#pump(room));
  }

  #pump(room) {
    if (!this.#connected || this.#flying.has(room)) return;
    const next = this.of(room).find(({ state }) => state !== "failed" && state !== "sent");
    if (!next || (next.state === "held" && next.again_at > this.now())) return;
    this.#fly(next);
  }

  async #fly({ cid, room }) {
    this.#flying.add(room);
    this.#set((entry) => entry.cid === cid, { state: "sending", again_at: undefined });
    try {
      await this.push(sendMessage(this.#entry(cid)));
      this.#flying.delete(room);
      this.#sent(cid);
    } catch (error) {
      this.#flying.delete(room);
      this.#refused(cid, error);
    }
    this.#pump(room);
    this.#changed();
  }

  #sent(cid) {
    this.store.write([{ remove: ["outbox", cid] }]);
    this.#refusals.delete(cid);
    this.justSent.add(cid);
    this.#set((entry) => entry.cid === cid, { state: "sent", error: undefined });
    this.dispatchEvent(new CustomEvent("sent", { detail: cid }));
    this.#later(`tick ${cid}`, TICK_SECONDS, () => {
      this.justSent.delete(cid);
      this.entries = this.entries.filter((entry) => entry.cid !== cid);
    });
  }

  #refused(cid, error) {
    if (!error?.code) throw error;
    const before = this.#refusals.get(cid) ?? { tries: 0, askedAgain: false };
    const next = afterRefusal(error, before.tries, before.askedAgain);
    this.#refusals.set(cid, { tries: before.tries + 1, askedAgain: before.askedAgain || next.then === "access" });
    const reason = { code: error.code, text: error.message };
    if (next.then === "connection") return this.#set((entry) => entry.cid === cid, { state: "waiting" });
    if (next.then === "fail") return this.#fail(cid, reason);
    const seconds = next.seconds ?? 60;
    const held = { state: "held", again_at: this.now() + seconds * 1000, error: reason };
    this.#set((entry) => entry.cid === cid, held);
    this.#later(`again ${cid}`, seconds, () => this.#pump(this.#entry(cid)?.room));
  }

  #fail(cid, error) {
    this.#set((entry) => entry.cid === cid, { state: "failed", error });
    if (this.#entry(cid)) this.#save(this.#entry(cid));
    this.dispatchEvent(new CustomEvent("failed", { detail: error }));
  }

  #forget(cid) {
    this.entries = this.entries.filter((entry) => entry.cid !== cid);
    this.#refusals.delete(cid);
    this.store.write([{ remove: ["outbox", cid] }]);
  }

  #entry(cid) {
    return this.entries.find((entry) => entry.cid === cid);
  }

  #set(which, change) {
    this.entries = this.entries.map((entry) => (which(entry) ? { ...entry, ...change } : entry));
  }

  #save({ cid, room, text, reply_to, at, state, error }, changes = []) {
    const kept = { cid, room, text, reply_to, at, ...(state === "failed" && { error }) };
    this.store.write([{ put: ["outbox", kept] }, ...changes]);
  }

  #later(name, seconds, what) {
    clearTimeout(this.#timers.get(name));
    const act = () => {
      this.#timers.delete(name);
      what();
      this.#changed();
    };
    this.#timers.set(name, setTimeout(act, seconds * 1000));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
