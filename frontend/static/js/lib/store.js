/**
 * What this device keeps of one member: messages not yet acknowledged and drafts, nothing else, no history. One
 * IndexedDB per member, so that two people on one machine never see each other's words.
 *
 * `write` is one transaction: a message enters the outbox and leaves the drafts together, or neither happens.
 */

export const NAME = "classtrak-member-";
const KEYS = { outbox: "cid", drafts: "room" };

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = request.oncomplete = () => resolve(request.result);
    request.onerror = request.onabort = () => reject(request.error);
  });

/** @typedef {{put: [keyof typeof KEYS, object]} | {remove: [keyof typeof KEYS, string | number]}} Change */

export class Store {
  #instead = null;

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
    database.onversionchange = () => this.#giveUp();
  }

  /** Another tab has signed out and takes the database away: from now on as where a browser refuses one. */
  #giveUp() {
    this.database.close();
    this.#instead = new MemoryStore();
  }

  /** @param {number} memberId */
  static async open(memberId) {
    const request = indexedDB.open(NAME + memberId, 1);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(KEYS)) request.result.createObjectStore(name, { keyPath });
    };
    return new Store(await done(request));
  }

  /** All of one kind, ordered by key. */
  read(name) {
    if (this.#instead) return this.#instead.read(name);
    return done(this.database.transaction(name).objectStore(name).getAll());
  }

  /** @param {Change[]} changes */
  write(changes) {
    if (this.#instead) return this.#instead.write(changes);
    const transaction = this.database.transaction(Object.keys(KEYS), "readwrite");
    for (const { put, remove } of changes) {
      const [name, value] = put ?? remove;
      const store = transaction.objectStore(name);
      if (put) store.put(value);
      else store.delete(value);
    }
    return done(transaction);
  }

  close() {
    this.database.close();
  }
}

/** The same where the browser refuses a database: what is written lives as long as the page. */
export class MemoryStore {
  #kept = { outbox: new Map(), drafts: new Map() };

  async read(name) {
    return [...this.#kept[name].entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  }

  async write(changes) {
    for (const { put, remove } of changes) {
      const [name, value] = put ?? remove;
      if (put) this.#kept[name].set(value[KEYS[name]], structuredClone(value));
      else this.#kept[name].delete(value);
    }
  }

  close() {}
}

export async function openStore(memberId) {
  try {
    return await Store.open(memberId);
  } catch (error) {
    console.warn("no database, kept in memory:", error?.name);
    return new MemoryStore();
  }
}

/** Nothing of any member stays on this device: at sign-out, and when a session is over for good. */
export async function forgetMembers() {
  for (const key of Object.keys(localStorage)) if (key.startsWith(NAME)) localStorage.removeItem(key);
  const databases = (await indexedDB.databases?.()) ?? [];
  const ours = databases.map(({ name }) => name).filter((name) => name?.startsWith(NAME));
  await Promise.all(ours.map((name) => done(indexedDB.deleteDatabase(name))));
}
