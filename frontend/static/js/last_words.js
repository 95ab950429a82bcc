/**
 * The last words of each room, for the list: from the page, then kept by what arrives. Where that isn't enough (another
 * message comes to light, a name isn't known here, the connection was gone) the server is asked, which knows what this
 * reader may see; only while the list is shown, and one room after the other.
 *
 * Invariant: a line that may no longer be right isn't shown: it goes at once, and comes back with the answer.
 *
 * @typedef {{seq: number, by: number, at: string, text: string, name?: string}} Last
 */
import { readLast } from "#commands";
import { excerpt } from "#excerpt";

const HIDES = new Set(["member.hidden", "member.shown"]);

export class LastWords extends EventTarget {
  #isShown = false;
  #stale = new Set();
  #isAsking = false;

  /** @param {{push: (frame: object) => Promise<object>, directory: object, open: object}} parts */
  constructor({ push, directory, open }) {
    super();
    Object.assign(this, { push, directory, open });
  }

  /** Whether the list shows them now. */
  show(isShown) {
    this.#isShown = isShown;
    this.#ask();
  }

  /** An event of a room. */
  hear(frame) {
    const last = this.directory.room(frame.room)?.last;
    if (frame.t === "message.sent" || frame.t === "message.restored") this.#newer(frame.room, frame.message, last);
    else if (frame.t === "message.edited" && last?.seq === frame.message.seq) this.#put(frame.room, frame.message);
    else if (frame.t === "message.removed" && last?.seq === frame.message.seq) this.doubt(frame.room);
    else if (HIDES.has(frame.t)) this.doubt(frame.room);
  }

  #newer(room, message, last) {
    if (message.seq > (last?.seq ?? 0)) this.#put(room, message);
  }

  #put(room, { seq, by, at, text }) {
    const roster = this.open.rosterOf(this.directory.room(room));
    if (text == null || !roster?.person(by)) return this.doubt(room);
    this.#set(room, { seq, by, at, text: excerpt(text, roster), name: roster.name(by) });
  }

  /** What is known of a room may be wrong now. */
  doubt(room) {
    this.#set(room, undefined);
    this.#stale.add(room);
    this.#ask();
  }

  /** Names may have changed: it stands until the answer comes. */
  refresh(room) {
    this.#stale.add(room);
    this.#ask();
  }

  /** The connection is back. */
  catchUp() {
    this.#ask();
  }

  #set(room, last) {
    this.#stale.delete(room);
    this.directory.patch(room, { last });
    this.dispatchEvent(new Event("change"));
  }

  async #ask() {
    if (this.#isAsking || !this.#isShown) return;
    this.#isAsking = true;
    for (const room of this.#stale) if (!(await this.#read(room))) break;
    this.#isAsking = false;
  }

  /** @returns {Promise<boolean>} whether it makes sense to go on asking */
  async #read(room) {
    this.#stale.delete(room);
    try {
      const { last } = await this.push(readLast({ room }));
      if (!this.#stale.has(room)) this.#set(room, last);
      return true;
    } catch (error) {
      if (error.code === "not_found") return true;
      this.#stale.add(room);
      return false;
    }
  }
}
