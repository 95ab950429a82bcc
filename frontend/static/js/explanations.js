import * as commands from "#commands";

/**
 * Why staff removed a message, and what its family still reads of it, stand in pages and in no event (S17): whoever may
 * read them asks, once for each removal.
 */
export class Explanations {
  #asked = new Set();

  /** @param {{push: (frame: object) => Promise<object>, open: import("#open_rooms").OpenRooms}} parts */
  constructor({ push, open }) {
    this.push = push;
    this.open = open;
  }

  /** @param {number} id of a room */
  async ask(id) {
    const state = this.open.get(id)?.state;
    for (const { seq, removed } of state?.unexplained ?? []) {
      const key = `${id} ${seq} ${removed.at}`;
      if (this.#asked.has(key)) continue;
      this.#asked.add(key);
      const page = await this.push(commands.readHistory({ room: id, around: seq, limit: 1 })).catch(() => null);
      if (page) state.refresh(page);
      else this.#asked.delete(key);
    }
  }
}
