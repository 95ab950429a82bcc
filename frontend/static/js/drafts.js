/**
 * What is written and not yet sent, per room: saved within a second on this device, and cleared only by the outbox
 * (in the transaction that takes the message over), by the author, or at sign-out.
 *
 * @typedef {{room: number, text: string, reply_to?: number}} Draft
 */

const SAVE_SECONDS = 1;

export class Drafts extends EventTarget {
  /** @type {Map<number, Draft>} */
  #drafts = new Map();
  #unsaved = new Set();
  #timer = 0;

  /** @param {{store: object}} options */
  constructor({ store }) {
    super();
    this.store = store;
  }

  async load() {
    for (const draft of await this.store.read("drafts")) {
      if (!this.#drafts.has(draft.room)) this.#drafts.set(draft.room, draft);
    }
    this.#changed();
  }

  /** @returns {Draft} */
  of(room) {
    return this.#drafts.get(room) ?? { room, text: "" };
  }

  /** @returns {Draft[]} */
  all() {
    return [...this.#drafts.values()];
  }

  has(room) {
    return this.#drafts.has(room);
  }

  /** @param {Draft} draft */
  keep({ room, text, reply_to }) {
    const before = this.has(room);
    if (text.trim() === "" && reply_to == null) this.#drafts.delete(room);
    else this.#drafts.set(room, { room, text, ...(reply_to != null && { reply_to }) });
    this.#unsaved.add(room);
    this.#timer ||= setTimeout(() => this.save(), SAVE_SECONDS * 1000);
    if (before !== this.has(room)) this.#changed();
  }

  /** Now: the page is about to be hidden. */
  save() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!this.#unsaved.size) return Promise.resolve();
    const changes = [...this.#unsaved].map((room) => this.#change(room));
    this.#unsaved.clear();
    return this.store.write(changes);
  }

  /** The draft has become a message. @returns {object[]} the change of the store, for the outbox to write */
  take(room) {
    this.#drafts.delete(room);
    this.#unsaved.delete(room);
    this.#changed();
    return [{ remove: ["drafts", room] }];
  }

  stop() {
    clearTimeout(this.#timer);
    this.#unsaved.clear();
    this.#drafts.clear();
  }

  #change(room) {
    return this.has(room) ? { put: ["drafts", this.of(room)] } : { remove: ["drafts", room] };
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
