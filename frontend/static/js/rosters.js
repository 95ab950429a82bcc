import * as commands from "#commands";

const SPREAD_SECONDS = 2;

/** Keeps the rosters of open rooms current. Everybody of a course hears of a change at once: they ask one after another. */
export class Rosters extends EventTarget {
  /**
   * @param {object} parts
   * @param {(frame: object) => Promise<object>} parts.push
   * @param {import("#directory").Directory} parts.directory
   * @param {import("#open_rooms").OpenRooms} parts.open
   */
  constructor({ push, directory, open }) {
    super();
    this.push = push;
    this.directory = directory;
    this.open = open;
  }

  /** @param {{course: number, version: number}} frame `roster.changed` */
  hear({ course, version }) {
    for (const [id, { roster }] of this.open.all()) {
      if (this.directory.room(id)?.course !== course || roster.version >= version) continue;
      setTimeout(() => this.#read(id, roster, version), Math.random() * SPREAD_SECONDS * 1000);
    }
  }

  async #read(room, roster, version) {
    if (roster.version >= version) return;
    const answer = await this.push(commands.readRoster({ room, version: roster.version })).catch(() => null);
    if (!answer) return;
    roster.replace(answer);
    this.dispatchEvent(new CustomEvent("change"));
  }
}
