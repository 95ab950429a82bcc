/**
 * How far this member has read (rules U8 and U9): a mark per room that moves forward by itself and back by hand only,
 * told to the server, and made up for when the connection was gone.
 */
import { markRead, markUnread } from "#commands";

export class Reading extends EventTarget {
  #untold = new Map();
  #kept = new Set();

  constructor({ push, directory, open }) {
    super();
    Object.assign(this, { push, directory, open });
  }

  /** The reader has seen the room up to a message. */
  seen(id, seq) {
    const room = this.directory.room(id);
    if (!room || seq <= room.read_seq || this.#kept.has(id)) return;
    this.#show(id, { read_seq: seq, unread: this.#unreadAfter(room, seq), mentions: 0 });
    this.#untold.set(id, seq);
    this.#tell(id);
  }

  /**
   * By hand: everything after a message is new again, and stays so until the room is left; what is in view would be read
   * again at once. Rejects as `push` does.
   */
  async unread(id, seq) {
    this.#untold.delete(id);
    this.#kept.add(id);
    const { read_seq, unread, mentions } = await this.push(markUnread({ room: id, seq }));
    this.moved({ room: id, read_seq, unread, mentions });
  }

  /** The reader goes on reading, or has gone. */
  release(id) {
    this.#kept.delete(id);
  }

  #show(id, marks) {
    this.directory.patch(id, marks);
    this.dispatchEvent(new Event("change"));
  }

  /** The connection is back. */
  catchUp() {
    for (const id of this.#untold.keys()) this.#tell(id);
  }

  /**
   * Another device of the same member has read, or has said that something is new again: then it stays so here too, where
   * it is in view, until the room is left.
   */
  moved({ room, read_seq, unread, mentions }, { isInView = false } = {}) {
    if (isInView && read_seq < this.directory.room(room)?.read_seq) this.#kept.add(room);
    this.#show(room, { read_seq, unread, mentions });
  }

  async #tell(id) {
    const seq = this.#untold.get(id);
    try {
      const { unread, mentions } = await this.push(markRead({ room: id, seq }));
      if (this.#untold.get(id) !== seq) return;
      this.#untold.delete(id);
      if (unread != null && this.directory.room(id)?.read_seq === seq)
        this.moved({ room: id, read_seq: seq, unread, mentions });
    } catch (error) {
      if (error.code !== "cut") this.#untold.delete(id);
    }
  }

  /** By the numbers of messages: gapless, so that edits and removals don't count. */
  #unreadAfter(room, seq) {
    const state = this.open.get(room.room)?.state;
    const read = state?.message(seq);
    if (!read) return 0;
    if (!state.moreAfter) return state.messages.at(-1).number - read.number;
    const before = state.message(room.read_seq);
    return before ? Math.max(0, room.unread - (read.number - before.number)) : room.unread;
  }
}
