/**
 * The rooms that were opened on this page, kept live so that going back to one is immediate: the last few, each with
 * its window of messages and its roster. What arrives for a room while its page is being fetched is kept and applied
 * to it, so that snapshot and events meet without a hole.
 *
 * @typedef {{state: RoomState, roster: Roster, place: object | null}} OpenRoom  place: where the reader left it
 */
import { RoomState } from "#room";
import { Roster } from "#roster";

const KEPT = 8;

export class OpenRooms {
  /** @type {Map<number, OpenRoom>} in the order they were last looked at */
  #rooms = new Map();
  #arriving = new Map();
  #rosters = new Map();
  #here = new Map();

  /** @returns {OpenRoom | undefined} */
  get(id) {
    return this.#rooms.get(id);
  }

  /** What `hello` tells of the rooms that are followed here. */
  lastSeqs() {
    return Object.fromEntries([...this.#rooms].map(([id, { state }]) => [id, state.appliedSeq]));
  }

  /**
   * @param {import("#directory").Room} room
   * @param {{messages: object[], as_of_seq: number, more_before: boolean, more_after: boolean, roster: object}} page
   */
  open(room, page) {
    const state = new RoomState(page, room);
    const early = this.#arriving.get(room.room) ?? [];
    this.#arriving.delete(room.room);
    for (const frame of early) state.apply(frame);
    const open = { state, roster: this.#roster(room, page.roster), place: null };
    open.roster.meet({ here: [...(this.#here.get(room.room) ?? [])] });
    this.#touch(room.room, open);
    return open;
  }

  /** The page of a room is on its way. */
  expect(id) {
    this.#arriving.set(id, []);
  }

  /** @returns {ReturnType<RoomState["apply"]> | "elsewhere"} */
  apply(frame) {
    this.#arriving.get(frame.room)?.push(frame);
    return this.#rooms.get(frame.room)?.state.apply(frame) ?? "elsewhere";
  }

  /** Who is in a room is told once, whether or not it is open here: kept for when it is. */
  meet({ room, here = [], gone = [] }) {
    const seats = this.#here.get(room) ?? new Set();
    here.forEach((seat) => seats.add(seat));
    gone.forEach((seat) => seats.delete(seat));
    this.#here.set(room, seats);
    this.get(room)?.roster.meet({ here, gone });
  }

  /** After a cut the server tells anew who is here. */
  meetNobody() {
    for (const [room, seats] of this.#here) this.get(room)?.roster.meet({ gone: [...seats] });
    this.#here.clear();
  }

  touch(id) {
    this.#touch(id, this.#rooms.get(id));
  }

  drop(id) {
    this.#rooms.delete(id);
  }

  /** Only rooms that may still be read. */
  keepOnly(isKept) {
    for (const id of this.#rooms.keys()) if (!isKept(id)) this.drop(id);
  }

  all() {
    return [...this.#rooms];
  }

  /** Who sits in a room, as far as it is known here. @returns {Roster | undefined} */
  rosterOf(room) {
    return room && this.#rosters.get(rosterKey(room));
  }

  #roster(room, roster) {
    const key = rosterKey(room);
    const known = this.#rosters.get(key) ?? new Roster();
    if (roster) known.replace(roster);
    this.#rosters.set(key, known);
    return known;
  }

  #touch(id, open) {
    this.#rooms.delete(id);
    this.#rooms.set(id, open);
    if (this.#rooms.size > KEPT) this.drop(this.#rooms.keys().next().value);
  }
}

/** One roster for all course rooms that are seen alike; a group and a chat of two have their own. */
function rosterKey({ kind, room, course, view, children = [] }) {
  return kind === "course" ? `${course} ${view} ${children}` : `room ${room}`;
}
