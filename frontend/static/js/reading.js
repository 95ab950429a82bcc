/**
 * How far this member has read (rules U8 and U9): a mark per room that moves forward only, told to the server, and
 * made up for when the connection was gone.
 */
import { markRead } from "#commands";

export class Reading extends EventTarget {
  #untold = new Map();

  constructor({ push, directory, open }) {
    super();
    Object.assign(this, { push, directory, open });
  }

  /** The reader has seen the room up to a message. */
  seen(id, seq) {
    const room = this.directory.room(id);
    if (!room || seq <= room.read_seq) return;
    this.directory.patch(id, { read_seq: seq, unread: this.#unreadAfter(room, seq), mentions: 0 });
    this.#untold.set(id, seq);
    this.#tell(id);
    this.dispatchEvent(new Event("change"));
  }

  /** The connection is back. */
  catchUp() {
    for (const id of this.#untold.keys()) this.#tell(id);
  }

  /** Another device of the same member has read. */
  moved({ room, read_seq, unread, mentions }) {
    this.directory.patch(room, { read_seq, unread, mentions });
    this.dispatchEvent(new Event("change"));
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
