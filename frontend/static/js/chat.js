/**
 * The chat of one member on one page, without DOM: it owns the socket and everything that is known, takes frames in
 * and tells what changed. Elements read it and call its verbs.
 *
 * Events: `change` with the part that changed (rooms, messages, people, typing, outbox, drafts, notice), `arrived`
 * (a message of somebody else), `sent`, `failed`, `gone` (the open room may no longer be read), `closing`, `refused`,
 * `settings` (the member has chosen something, here or elsewhere).
 */
import * as commands from "#commands";
import { ConnectionNotice } from "#connection_notice";
import { Directory } from "#directory";
import { Drafts } from "#drafts";
import { Explanations } from "#explanations";
import { LastWords } from "#last_words";
import { Pocket } from "#lib/pocket";
import { toNames } from "#mentions";
import { OpenRooms } from "#open_rooms";
import { Outbox } from "#outbox";
import { Reading } from "#reading";
import { Rosters } from "#rosters";
import { Typing } from "#typing";
import { unsentOf } from "#farewell";

const REFUSED_TRIES = 2;

export class Chat extends EventTarget {
  /** @type {number | null} the room that is looked at */
  current = null;
  limits = {};
  #replayed = new Map();
  #drafts = [];
  #ahead = 0;

  /**
   * @param {object} parts
   * @param {object} parts.snapshot of the page (frontend/views/chat.py)
   * @param {(last: () => Record<string, number>) => import("#socket").ChatSocket} parts.connect
   * @param {object} parts.store lib/store.js
   * @param {import("#lib/pocket").Pocket} [parts.pocket]
   * @param {(room: number) => Promise<object>} parts.fetchRoom the snapshot of another room
   */
  constructor({ snapshot, connect, store, fetchRoom, pocket = new Pocket(snapshot.me.id) }) {
    super();
    this.#drafts = snapshot.drafts ?? [];
    this.me = snapshot.me;
    this.settings = snapshot.me.settings;
    this.limits = snapshot.limits;
    this.fetchRoom = fetchRoom;
    this.directory = new Directory(snapshot.rooms, snapshot.courses);
    this.open = new OpenRooms();
    this.socket = connect(() => this.open.lastSeqs());
    this.push = (frame) => this.socket.push(frame);
    this.outbox = new Outbox({ push: this.push, store });
    const isSending = (room) => this.outbox.of(room).some(({ state }) => state !== "sent");
    this.drafts = new Drafts({ store, pocket, push: this.push, isSending });
    this.reading = new Reading({ push: this.push, directory: this.directory, open: this.open });
    this.lastWords = new LastWords({ push: this.push, directory: this.directory, open: this.open });
    this.explanations = new Explanations({ push: this.push, open: this.open });
    this.rosters = new Rosters({ push: this.push, directory: this.directory, open: this.open });
    this.typing = new Typing();
    this.notice = new ConnectionNotice();
    this.#listen();
    if (snapshot.room) this.#show(this.directory.room(snapshot.room), snapshot);
  }

  async start() {
    const loading = Promise.all([this.outbox.load(), this.drafts.load()]);
    this.drafts.meet(this.#drafts);
    this.socket.start();
    await loading;
  }

  get room() {
    return this.directory.room(this.current);
  }

  /** @returns {import("#open_rooms").OpenRoom | undefined} */
  get view() {
    return this.open.get(this.current);
  }

  get isConnected() {
    return this.socket.state === "ready";
  }

  may(right) {
    return this.room?.may.includes(right) ?? false;
  }

  /** Go to a room. @returns {Promise<boolean>} whether it could be opened */
  async go(id) {
    const room = this.directory.room(id);
    if (!room) return false;
    if (this.open.get(id)) {
      this.open.touch(id);
      this.open.get(id).state.openAt(room);
    } else if (!(await this.#fetch(id))) return false;
    this.current = id;
    this.tell("rooms", "messages", "people", "typing", "outbox", "drafts");
    return true;
  }

  async older() {
    const { state } = this.view;
    await this.#page({ before: state.firstSeq }, (page) => state.prepend(page));
  }

  async newer() {
    const { state } = this.view;
    await this.#page({ after: state.lastSeq }, (page) => state.append(page));
  }

  /** The window starts anew round a message. */
  async around(seq) {
    const { state } = this.view;
    await this.#page({ around: seq }, (page) => state.replace(page));
  }

  /** Back to the end of the room. */
  async latest() {
    const { state } = this.view;
    if (state.moreAfter) await this.#page({}, (page) => state.replace(page));
  }

  /** A message that is quoted and not in the window, for its first words. */
  async quoted(room, seq) {
    const page = await this.push(commands.readHistory({ room, around: seq, limit: 1 }));
    return page.messages.find((message) => message.seq === seq);
  }

  send(text, replyTo) {
    const room = this.current;
    this.outbox.add({ room, text, reply_to: replyTo }, this.drafts.take(room));
  }

  edit(seq, text) {
    return this.push(commands.editMessage({ room: this.current, message: seq, text }));
  }

  /** @returns {Promise<{versions: object[], removed?: import("#room").Message}>} removed: with its text */
  versions(seq) {
    return this.push(commands.readVersions({ room: this.current, message: seq }));
  }

  remove(seq, reason, room = this.current) {
    return this.push(commands.removeMessage({ room, message: seq, reason }));
  }

  restore(seq, room) {
    return this.push(commands.restoreMessage({ room, message: seq }));
  }

  mute(seat, { minutes, reason }, room = this.current) {
    return this.push(commands.muteMember({ room, seat, minutes, reason }));
  }

  unmute(seat, room = this.current) {
    return this.push(commands.unmuteMember({ room, seat }));
  }

  /** Now, by the server's clock: until when a pause lasts is told by it. */
  get now() {
    return Date.now() + this.#ahead;
  }

  writes() {
    if (this.typing.tells()) this.socket.send(commands.typing({ room: this.current }));
  }

  /** Whether the reader is at the page. */
  attend(isHere) {
    this.isHere = isHere;
    this.socket.send(commands.presence({ state: isHere ? "here" : "away" }));
  }

  /** What would be lost if the session ended now. */
  unsent() {
    const titles = (id) => {
      const room = this.directory.room(id);
      return { room_title: room?.title ?? "", course_title: this.directory.courses.get(room?.course)?.title ?? "" };
    };
    const named = (each) => ({ ...each, text: this.#byName(each) });
    const [entries, drafts] = [this.outbox.entries.map(named), this.drafts.all().map(named)];
    return unsentOf({ entries, drafts }, titles);
  }

  #byName({ room, text }) {
    const roster = this.open.rosterOf(this.directory.room(room));
    return roster ? toNames(text, roster) : text;
  }

  tell(...parts) {
    for (const part of parts) this.dispatchEvent(new CustomEvent("change", { detail: part }));
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #listen() {
    const on = (target, type, heard) => target.addEventListener(type, ({ detail }) => heard(detail));
    on(this.socket, "ready", (frame) => this.#ready(frame));
    on(this.socket, "frame", (frame) => this.#frame(frame));
    on(this.socket, "state", (state) => this.#connection(state));
    on(this.socket, "closing", (closing) => this.notice.closed(closing));
    on(this.socket, "closing", (closing) => this.#emit("closing", closing));
    on(this.outbox, "change", () => {
      this.drafts.settle();
      this.tell("outbox");
    });
    on(this.outbox, "sent", (cid) => this.#emit("sent", cid));
    on(this.outbox, "failed", (error) => this.#emit("failed", error));
    on(this.drafts, "change", () => this.tell("drafts"));
    on(this.reading, "change", () => this.tell("rooms"));
    on(this.lastWords, "change", () => this.tell("rooms"));
    on(this.rosters, "change", () => this.tell("people", "messages"));
    on(this.notice, "change", () => this.tell("notice"));
  }

  #connection(state) {
    if (state === "waiting") {
      this.outbox.disconnect();
      this.notice.lost();
      if (this.socket.attempt >= REFUSED_TRIES) this.#emit("refused");
    }
    this.tell("notice");
  }

  #ready(frame) {
    const before = this.#unreadElsewhere;
    this.#choose(frame.member.settings);
    this.#ahead = Date.parse(frame.server.at) - Date.now();
    this.limits = { ...this.limits, ...frame.limits };
    this.open.meetNobody();
    const seqs = new Map([...this.directory.rooms.values()].map(({ room, last_seq: seq }) => [room, seq]));
    this.#access(frame.rooms, frame.courses);
    for (const { room, last_seq: seq } of frame.rooms) if (seqs.get(room) !== seq) this.lastWords.doubt(room);
    this.lastWords.catchUp();
    this.drafts.meet(frame.drafts ?? [], Date.parse(frame.server.at) - Date.now());
    this.#replayed = new Map(frame.rooms.map(({ room, last_seq: seq }) => [room, seq]));
    this.notice.back({ sent: this.outbox.waitingCount, fresh: Math.max(0, this.#unreadElsewhere - before) });
    this.outbox.connect();
    this.reading.catchUp();
    for (const [id] of this.open.all()) this.#explain(id);
    if (this.isHere === false) this.attend(false);
  }

  /** New in rooms that are not followed here; in those that are, the messages themselves come after `ready`. */
  get #unreadElsewhere() {
    const elsewhere = [...this.directory.rooms.values()].filter(({ room }) => !this.open.get(room));
    return elsewhere.reduce((sum, { unread }) => sum + unread, 0);
  }

  /** Rights and rooms, as they are now. */
  #access(rooms, courses) {
    const before = this.directory.rooms;
    this.directory.replace(rooms, courses);
    this.open.keepOnly((id) => this.directory.room(id));
    for (const id of this.directory.rooms.keys()) this.#lookAgain(id, before.get(id));
    this.tell("rooms", "messages");
    if (this.current && !this.room) this.#emit("gone");
  }

  /** Another view of a room, or other children in it: what was read before isn't this reader's any more. */
  #lookAgain(id, before) {
    if (!before || this.directory.isSeenOtherwise(before, id)) this.lastWords.doubt(id);
    if (this.directory.isSeenOtherwise(before, id) && this.open.get(id)) this.#reenter(id);
  }

  async #reenter(id) {
    if (id !== this.current) return this.open.drop(id);
    if (!(await this.#fetch(id))) this.open.drop(id);
    return this.tell("rooms", "messages", "people");
  }

  #frame(frame) {
    if (frame.seq != null || frame.t === "withheld") this.#event(frame);
    else this.#hear(frame);
  }

  #event(frame) {
    const result = this.open.apply(frame);
    if (result === "hole") return this.#anew(frame.room);
    if (result === "repeated") return undefined;
    this.lastWords.hear(frame);
    if (frame.t === "message.sent") this.#arrived(frame);
    if (frame.t === "member.shown") this.#anew(frame.room);
    if (frame.t === "message.removed") this.#explain(frame.room);
    if (frame.t === "room.changed") this.#roomChanged(frame);
    if (frame.room === this.current) this.tell("messages");
    return undefined;
  }

  async #explain(id) {
    await this.explanations.ask(id);
    if (id === this.current) this.tell("messages");
  }

  #arrived(frame) {
    this.directory.count(frame);
    this.typing.sent(frame);
    this.tell("rooms", "typing");
    const { my_seat: mySeat } = this.directory.room(frame.room) ?? {};
    if (mySeat && frame.by === mySeat) return;
    if (frame.seq <= (this.#replayed.get(frame.room) ?? 0)) this.notice.oneMore();
    this.#emit("arrived", frame);
  }

  #roomChanged({ room, title, posting }) {
    this.directory.patch(room, { title, posting });
    this.tell("rooms");
  }

  #hear(frame) {
    if (frame.t === "gap") this.#anew(frame.room);
    else if (frame.t === "typing") this.#heardTyping(frame);
    else if (frame.t === "presence") this.#met(frame);
    else if (frame.t === "draft.changed") this.drafts.hear(frame);
    else if (frame.t === "read.moved") this.reading.moved(frame, { isInView: frame.room === this.current });
    else if (frame.t === "roster.changed") this.#rosterChanged(frame);
    else if (frame.t === "readers.changed") this.#readersChanged(frame);
    else if (frame.t === "mutes.changed") this.#mutesChanged(frame);
    else if (frame.t === "access.changed") this.#accessChanged(frame);
    else if (frame.t === "settings.changed") this.#choose(frame.settings);
  }

  #heardTyping(frame) {
    this.typing.hear(frame);
    if (frame.room === this.current) this.tell("typing");
  }

  #met(frame) {
    this.open.meet(frame);
    if (frame.room === this.current) this.tell("people");
  }

  #readersChanged({ room, readers }) {
    this.directory.patch(room, { readers });
    if (room === this.current) this.tell("rooms", "people");
  }

  #mutesChanged({ course, mutes }) {
    this.directory.mutes(course, mutes);
    if (course === this.room?.course) this.tell("people");
  }

  /** What holds for this member now. */
  #choose(settings) {
    if (JSON.stringify(settings) === JSON.stringify(this.settings)) return;
    const before = this.settings;
    this.settings = settings;
    this.tell("settings");
    this.#emit("settings", before);
  }

  #accessChanged({ rooms, courses }) {
    this.#access(rooms, courses);
    this.outbox.accessChanged();
  }

  #rosterChanged(frame) {
    for (const { room, course } of this.directory.rooms.values()) if (course === frame.course) this.lastWords.refresh(room);
    this.rosters.hear(frame);
  }

  /** What is known of a room can't be continued: it is read anew, or dropped until somebody looks. */
  async #anew(id) {
    this.lastWords.doubt(id);
    if (id !== this.current) return this.open.drop(id);
    await this.#fetch(id);
    return this.tell("messages", "people");
  }

  async #fetch(id) {
    this.open.expect(id);
    try {
      const snapshot = await this.fetchRoom(id);
      const room = snapshot.rooms.find(({ room: other }) => other === id);
      this.directory.patch(id, room);
      this.#show(room, snapshot);
      return true;
    } catch {
      return false;
    }
  }

  #show(room, page) {
    const { state } = this.open.open(room, page);
    state.openAt(room);
    this.current ??= room.room;
  }

  async #page(where, take) {
    const page = await this.push(commands.readHistory({ room: this.current, ...where }));
    take(page);
    this.tell("messages");
  }
}
