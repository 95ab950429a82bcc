/**
 * Who is writing where (rule U17). The server says it once a second and never that somebody stopped: a name goes after
 * five seconds of silence, or with the message.
 */

export const SHOWN_SECONDS = 5;
export const TOLD_SECONDS = 1;

export class Typing {
  #until = new Map();
  #told = 0;

  constructor(now = Date.now) {
    this.now = now;
  }

  /** @param {{room: number, seats: number[]}} frame */
  hear({ room, seats }) {
    const until = this.#until.get(room) ?? new Map();
    for (const seat of seats) until.set(seat, this.now() + SHOWN_SECONDS * 1000);
    this.#until.set(room, until);
  }

  sent({ room, by }) {
    this.#until.get(room)?.delete(by);
  }

  /** @returns {number[]} seats, without one's own */
  in(room, mySeat) {
    const alive = [...(this.#until.get(room) ?? [])].filter(([seat, until]) => seat !== mySeat && until > this.now());
    return alive.map(([seat]) => seat);
  }

  /** Whether to tell now that one writes: at most once a second. */
  tells() {
    if (this.now() - this.#told < TOLD_SECONDS * 1000) return false;
    this.#told = this.now();
    return true;
  }
}
