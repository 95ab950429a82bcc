/**
 * The rooms that this member can read, and what is new in each. Its truth is `ready` and the page; in between it
 * counts what arrives. Pure state.
 *
 * @typedef {{room: number, course: number, kind: "course"|"group"|"direct", title: string, view: string,
 *   may: string[], first_seq: number, last_seq: number, read_seq: number, unread: number, mentions: number,
 *   my_seat: number, children?: number[], peer_seat?: number, about?: string, posting: "all"|"staff",
 *   edit_seconds: number, last?: import("#last_words").Last, muted?: Muted,
 *   readers: {students: number, staff: number[], parents: number, waiting: number, supervisor: boolean}}} Room
 *
 * @typedef {{seat: number, until: string, by: number, reason: string}} Muted seats of the course
 */
import { mentions } from "#mentions";

export class Directory {
  /** @type {Map<number, Room>} */
  rooms = new Map();
  /** @type {Map<number, {course: number, title: string, my_seat: number, mutes: Muted[]}>} */
  courses = new Map();
  /** Chats of two by their last words, as of the last time that the rooms came: nothing moves under a finger. */
  #order = new Map();

  constructor(rooms, courses) {
    this.replace(rooms, courses);
  }

  /** Of what is known and not said again (`ready` says less than the page) the old is kept. */
  replace(rooms, courses) {
    const listed = rooms.filter(({ kind }) => kind !== "page");
    this.rooms = new Map(
      listed.map((room) => [room.room, { ...this.rooms.get(room.room), muted: undefined, children: undefined, ...room }]),
    );
    this.#order = orderOf([...this.rooms.values()]);
    if (courses)
      this.courses = new Map(
        courses.map((course) => [course.course, { ...this.courses.get(course.course), ...course }]),
      );
  }

  room(id) {
    return this.rooms.get(id);
  }

  /** A room that is seen otherwise than before has to be read anew: nothing of the other view may stay. */
  isSeenOtherwise(before, id) {
    return before !== undefined && viewOf(before) !== viewOf(this.rooms.get(id));
  }

  /** Who is paused in a course, as far as this reader is told. */
  mutes(course, mutes) {
    const known = this.courses.get(course);
    if (known) this.courses.set(course, { ...known, mutes });
  }

  patch(id, change) {
    const room = this.rooms.get(id);
    if (room) this.rooms.set(id, { ...room, ...change });
  }

  /** A message has arrived in a room. */
  count({ room: id, seq, by, message }) {
    const room = this.rooms.get(id);
    if (!room || seq <= room.last_seq) return;
    if (room.my_seat && by === room.my_seat)
      return this.patch(id, { last_seq: seq, read_seq: seq, unread: 0, mentions: 0 });
    const named = room.my_seat && mentions(message.html, room.my_seat) ? 1 : 0;
    this.patch(id, { last_seq: seq, unread: room.unread + 1, mentions: room.mentions + named });
  }

  /** The number at a room that is for this reader: mentions, and everything in a chat of two. */
  forMe({ kind, view, unread, mentions: named }) {
    return kind === "direct" && !isReadAlong(view) ? unread : named;
  }

  totalForMe(keep = () => true) {
    return [...this.rooms.values()].filter(keep).reduce((sum, room) => sum + this.forMe(room), 0);
  }

  /** Whether the reader only reads along, everywhere: the page is then a family's. */
  get isFamilys() {
    const rooms = [...this.rooms.values()];
    return (
      rooms.length > 0 &&
      rooms.every(({ my_seat: seat, view }) => !seat || isReadAlong(view) || view === "peer") &&
      rooms.some(({ view }) => isReadAlong(view))
    );
  }

  /**
   * The rooms of one course in the groups of the list; of all courses when it is null.
   * @returns {{rooms: Room[], students: Room[], teachers: Room[], parents: Room[], children: Room[]}}
   */
  groups(course = null) {
    const groups = { rooms: [], students: [], teachers: [], parents: [], children: [] };
    for (const room of this.rooms.values()) {
      if (course === null || room.course === course) groups[groupOf(room)].push(room);
    }
    for (const name of ["students", "teachers", "parents"]) groups[name].sort((a, b) => this.#rank(a) - this.#rank(b));
    groups.children.sort((a, b) => (b.kind === "direct") - (a.kind === "direct"));
    return groups;
  }

  #rank({ room }) {
    return this.#order.get(room) ?? 0;
  }

  firstOf(course) {
    return [...this.rooms.values()].find((room) => room.course === course);
  }
}

/** A chat whose student the gate doesn't let in yet. */
export function isWaiting({ kind, readers }) {
  return kind === "direct" && readers.students === 0 && readers.waiting > 0;
}

export function isReadAlong(view) {
  return view.startsWith("guardian");
}

function orderOf(rooms) {
  const at = ({ last }) => last?.at ?? "";
  const newestFirst = rooms.toSorted((a, b) => (at(a) === at(b) ? 0 : at(a) < at(b) ? 1 : -1));
  return new Map(newestFirst.map(({ room }, index) => [room, index]));
}

/** What a reader sees of a room depends on this. */
function viewOf(room) {
  return room && JSON.stringify([room.view, room.my_seat, room.children ?? []]);
}

function groupOf({ kind, view, about }) {
  if (isReadAlong(view)) return "children";
  if (kind !== "direct") return "rooms";
  if (view !== "staff") return "teachers";
  return about ? "parents" : "students";
}
