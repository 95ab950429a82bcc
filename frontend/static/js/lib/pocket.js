/**
 * For the last moment of a page: what is put here is written before the next line runs, while a database may be closed
 * before it has begun. Small, per member, and gone with everything else of theirs at sign-out (lib/store.js).
 */
import { NAME } from "#lib/store";

export class Pocket {
  #key;

  /** @param {number} memberId  @param {Storage} [storage] */
  constructor(memberId, storage = localStorage) {
    this.#key = `${NAME}${memberId}-drafts`;
    this.storage = storage;
  }

  /** @returns {{room: number}[]} */
  read() {
    try {
      const kept = JSON.parse(this.storage.getItem(this.#key) ?? "[]");
      return Array.isArray(kept) ? kept : [];
    } catch {
      return [];
    }
  }

  /** Beside what another window has put, one of each room. */
  put(drafts) {
    if (!drafts.length) return;
    const rooms = new Set(drafts.map(({ room }) => room));
    const others = this.read().filter(({ room }) => !rooms.has(room));
    try {
      this.storage.setItem(this.#key, JSON.stringify([...others, ...drafts]));
    } catch (error) {
      console.warn("not kept at the last moment:", error?.name);
    }
  }

  clear() {
    this.storage.removeItem(this.#key);
  }
}
