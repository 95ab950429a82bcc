/**
 * Seats and the names they go by for this view. Frames and stored text name people by seat alone; this is the one
 * place where a seat becomes a name. Seat 0 is the system.
 *
 * @typedef {{seat: number, name: string, initials: string, role: string, avatar: number, here?: boolean,
 *   you?: boolean, child?: boolean, left?: boolean, waiting?: boolean}} Person
 */

const STAFF = new Set(["instructor", "assistant"]);

export class Roster {
  version = 0;
  /** @type {Map<number, Person>} */
  people = new Map();
  #here = new Set();

  /** @param {{version: number, seats: Person[]}} [roster] */
  constructor(roster) {
    if (roster) this.replace(roster);
  }

  /** An older answer that comes late changes nothing. */
  replace({ version, seats }) {
    if (version < this.version) return;
    this.version = version;
    this.people = new Map(seats.map((person) => [person.seat, person]));
    this.meet({ here: seats.filter(({ here }) => here).map(({ seat }) => seat) });
  }

  /** @param {{here?: number[], gone?: number[]}} presence */
  meet({ here = [], gone = [] }) {
    here.forEach((seat) => this.#here.add(seat));
    gone.forEach((seat) => this.#here.delete(seat));
  }

  /** @returns {Person | undefined} */
  person(seat) {
    return this.people.get(seat);
  }

  name(seat, unknown = "") {
    return this.people.get(seat)?.name ?? unknown;
  }

  isStaff(seat) {
    return STAFF.has(this.people.get(seat)?.role);
  }

  /** Who is here, staff first, then by name; the reader too. */
  here() {
    return this.#ordered(({ seat, left }) => !left && this.#here.has(seat));
  }

  /** Whom a mention may name: begins with the letters typed, in any of the words of the name. */
  matching(letters, { but } = {}) {
    const typed = fold(letters);
    const fits = ({ name }) =>
      fold(name)
        .split(/\s+/)
        .some((_, index, words) => words.slice(index).join(" ").startsWith(typed));
    return this.#ordered(
      (person) => person.seat !== 0 && person.seat !== but && !person.left && !person.waiting && fits(person),
    );
  }

  #ordered(keep) {
    const rank = (person) => (STAFF.has(person.role) ? 0 : 1);
    return [...this.people.values()].filter(keep).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  }
}

/** Lower case, without accents: "Ramírez" is found by "ram" and by "rami". */
function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
