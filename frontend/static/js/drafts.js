/**
 * What is written and not yet sent, per room: kept within a second on this device, within five on the server, and at
 * once when the page is left. It becomes nothing only as a message that the server has, by its author, or at sign-out.
 *
 * The newest state wins, and what is being typed is the newest there is: nothing from elsewhere ever replaces it. Texts
 * are kept as they would be sent, with seats for people: no name is ever stored.
 *
 * @typedef {{room: number, text: string, reply_to?: number, at?: string, touched?: number}} Draft
 *   at: the server's time of the state that is known there; touched: changed here since, by the server's clock
 */
import { saveDraft } from "#commands";

const SAVE_SECONDS = 1;
const TELL_SECONDS = 5;
const TYPING_SECONDS = 3;
/** After these the server may take it as it is; after others only once it has changed. */
const PASSING = new Set(["cut", "too_fast", "access_changed", "busy", "storage_full", "try_later"]);

const isEmpty = ({ text, reply_to: replyTo }) => text.trim() === "" && replyTo == null;

export class Drafts extends EventTarget {
  /** How far the server's clock is ahead of this device's. */
  aheadMilliseconds = 0;
  /** @type {Map<number, Draft>} one without a text was cleared here, and the server hasn't heard of it */
  #drafts = new Map();
  #unsaved = new Set();
  #untold = new Set();
  /** Room → what was heard of it while our own state was on its way. */
  #telling = new Map();
  #typed = new Map();
  #revisions = new Map();
  #timers = {};
  #loaded = Promise.resolve();

  /**
   * @param {object} parts
   * @param {object} parts.store lib/store.js
   * @param {import("#lib/pocket").Pocket} parts.pocket for the last moment of a page
   * @param {(frame: object) => Promise<object>} parts.push
   * @param {(room: number) => boolean} [parts.isSending] whether what was written there is still on its way
   * @param {() => number} [parts.now]
   */
  constructor({ store, pocket, push, isSending = () => false, now = Date.now }) {
    super();
    Object.assign(this, { store, pocket, push, isSending, now });
  }

  /** What this device has kept. */
  load() {
    this.#loaded = this.#load();
    return this.#loaded;
  }

  async #load() {
    for (const draft of [...(await this.store.read("drafts")), ...this.pocket.read()]) this.#find(draft);
    this.#changed();
    await this.save();
    this.pocket.clear();
  }

  #find(draft) {
    const known = this.#drafts.get(draft.room);
    if (this.#typed.has(draft.room) || (known?.touched ?? 0) > (draft.touched ?? 0)) return;
    this.#put(draft);
    this.#revisions.set(draft.room, this.revision(draft.room) + 1);
    if (draft.touched == null) return;
    this.#unsaved.add(draft.room);
    this.#untold.add(draft.room);
  }

  /** @returns {Draft} */
  of(room) {
    return this.#drafts.get(room) ?? { room, text: "" };
  }

  /** @returns {Draft[]} */
  all() {
    return [...this.#drafts.values()].filter((draft) => !isEmpty(draft));
  }

  has(room) {
    return !isEmpty(this.of(room));
  }

  /** Another one whenever something else than the author's hand has changed it. */
  revision(room) {
    return this.#revisions.get(room) ?? 0;
  }

  /** @param {Draft} draft as it stands in the field */
  keep({ room, text, reply_to }) {
    const before = this.has(room);
    this.#typed.set(room, this.now());
    this.#touch({ room, text, reply_to });
    this.#later("save", SAVE_SECONDS, () => this.save());
    this.#later("tell", TELL_SECONDS, () => this.tell());
    if (before !== this.has(room)) this.#changed();
  }

  #touch({ room, text, reply_to }) {
    const touched = this.now() + this.aheadMilliseconds;
    const words = text.trim() === "" ? "" : text;
    this.#drafts.set(room, { room, text: words, ...(reply_to != null && { reply_to }), at: this.of(room).at, touched });
    this.#unsaved.add(room);
    this.#untold.add(room);
  }

  /** On this device, now. */
  save() {
    this.#stop("save");
    if (!this.#unsaved.size) return Promise.resolve();
    const changes = [...this.#unsaved].map((room) => this.#change(room));
    this.#unsaved.clear();
    return this.store.write(changes);
  }

  /** To the server, now. @returns {Promise<unknown>} */
  tell() {
    this.#stop("tell");
    return Promise.all([...this.#untold].map((room) => this.#tell(room)));
  }

  /** The page is about to go, and may have no time left for a database. */
  async leave() {
    this.pocket.put([...this.#drafts.values()].filter(({ touched }) => touched != null));
    this.tell();
    await this.save();
    this.pocket.clear();
  }

  /** The draft becomes a message. @returns {object[]} the change of the store, for the outbox to write */
  take(room) {
    this.#touch({ room, text: "" });
    this.#typed.delete(room);
    this.#unsaved.delete(room);
    this.#changed();
    return [this.#change(room)];
  }

  /** Something has left the outbox: what was written is the server's now, or nobody's. */
  settle() {
    for (const room of this.#untold) if (!this.has(room)) this.#tell(room);
  }

  /** All that the server has: on the page, and whenever the connection is back. */
  async meet(drafts, aheadMilliseconds = this.aheadMilliseconds) {
    await this.#loaded;
    this.aheadMilliseconds = aheadMilliseconds;
    const there = new Map(drafts.map((draft) => [draft.room, draft]));
    for (const room of this.#drafts.keys()) if (!there.has(room)) this.#miss(room);
    for (const draft of there.values()) this.hear(draft);
    this.tell();
    await this.save();
  }

  /** The server has this state, from another page of the same member or from this one. */
  hear(draft) {
    const { room, at } = draft;
    const own = this.of(room);
    if (this.#telling.has(room)) return this.#telling.set(room, draft);
    if (own.at != null && Date.parse(own.at) >= Date.parse(at)) return;
    if (this.#isBeingTyped(room) || own.touched > Date.parse(at)) return;
    this.#untold.delete(room);
    if (own.touched != null) this.#unsaved.add(room); // or this device would take it for its own news again
    this.#replace({ room, text: draft.text, ...(draft.reply_to != null && { reply_to: draft.reply_to }), at });
  }

  /** The server has none: sent or discarded elsewhere, or signed out there. */
  #miss(room) {
    const { touched, text } = this.of(room);
    if (touched != null || text.trim() === "" || this.#isBeingTyped(room)) return;
    this.#unsaved.add(room);
    this.#replace({ room, text: "" });
  }

  /** What was typed a moment ago is told again: then it is the newest everywhere. */
  #isBeingTyped(room) {
    const isRecent = this.now() - (this.#typed.get(room) ?? 0) < TYPING_SECONDS * 1000;
    if (isRecent && this.of(room).touched == null) {
      this.#touch(this.of(room));
      this.#later("tell", TELL_SECONDS, () => this.tell());
    }
    return isRecent;
  }

  #replace(draft) {
    const own = this.of(draft.room);
    this.#put(draft);
    if (draft.text === own.text && draft.reply_to === own.reply_to) return;
    this.#revisions.set(draft.room, this.revision(draft.room) + 1);
    this.#changed();
  }

  #put(draft) {
    if (isEmpty(draft) && draft.touched == null) this.#drafts.delete(draft.room);
    else this.#drafts.set(draft.room, draft);
  }

  stop() {
    this.#stop("save");
    this.#stop("tell");
    for (const kept of [this.#unsaved, this.#untold, this.#drafts, this.#typed]) kept.clear();
  }

  /** One at a time for each room. What is on its way as a message is cleared on the server when it has that. */
  async #tell(room) {
    const draft = this.of(room);
    const { text, reply_to, touched } = draft;
    if (touched == null || this.#telling.has(room) || (text === "" && this.isSending(room))) return;
    this.#telling.set(room, null);
    this.#untold.delete(room);
    try {
      const { at } = await this.push(saveDraft({ room, text, reply_to }));
      await this.#told(draft, at);
    } catch (error) {
      if (PASSING.has(error.code)) this.#again(room, error);
    }
    const heard = this.#telling.get(room);
    this.#telling.delete(room);
    if (heard) this.hear(heard);
  }

  /** What was typed meanwhile goes with the next time. */
  #told(draft, at) {
    const { room } = draft;
    const now = this.#drafts.get(room);
    if (!now) return Promise.resolve();
    if (now !== draft) {
      this.#drafts.set(room, { ...now, at });
      this.#later("tell", TELL_SECONDS, () => this.tell());
      return Promise.resolve();
    }
    if (isEmpty(draft)) this.#drafts.delete(room);
    else this.#drafts.set(room, { ...draft, at, touched: undefined });
    this.#unsaved.add(room);
    return this.save();
  }

  #again(room, { code, retryAfterSeconds }) {
    this.#untold.add(room);
    if (code !== "cut") this.#later("tell", retryAfterSeconds ?? TELL_SECONDS, () => this.tell());
  }

  #change(room) {
    return this.#drafts.has(room) ? { put: ["drafts", this.of(room)] } : { remove: ["drafts", room] };
  }

  #later(name, seconds, act) {
    this.#timers[name] ||= setTimeout(act, seconds * 1000);
  }

  #stop(name) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = 0;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
