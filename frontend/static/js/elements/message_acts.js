/**
 * What is done to messages, with the questions before and the notices after; the actions of a single one are listed in
 * message_actions.js. A refusal is told in the server's words, and changes nothing. Whatever takes away the button that was
 * pressed leads the focus back to the message.
 */
import { askMute, askOpen, askReason, askRemoval, showKeys, showVersions } from "#elements/dialogs";
import { MESSAGE_ACTIONS } from "#elements/message_actions";
import { toNames } from "#mentions";
import { Unread } from "#unread";

const MUTE_MINUTES = 10;
const SHORT_SECONDS = 3;

export class MessageActs {
  /**
   * @param {{chat: import("#chat").Chat, timeline: import("#elements/chat-timeline").ChatTimeline, words: object,
   *   clock: object, toast: object, say: (text: string) => void}} page
   */
  constructor(page) {
    Object.assign(this, page);
  }

  async remove(message) {
    const { room, view } = this.chat;
    const [isDirect, name] = [room.kind === "direct", view.roster.name(message.by)];
    const isMine = message.by === room.my_seat;
    const answer = isMine ? await this.#firstRemoval(isDirect) : await askReason(this.words, { name, isDirect });
    if (!answer) return;
    const done = await this.#try(() => this.chat.remove(message.seq, answer.reason, room.room));
    if (!done) return;
    this.timeline.focusRow(message.seq);
    const undo = () => this.#restore(message.seq, room.room);
    const words = this.words.say(isDirect ? "removed_here" : "removed_for_class");
    this.toast.show(words, { undo, word: this.words.say("undo") });
  }

  async #restore(seq, room) {
    await this.#try(() => this.chat.restore(seq, room));
    if (room === this.chat.current) this.timeline.focusRow(seq);
  }

  /** Everything here is read; for ten seconds the line and the mark can be brought back (rule U35). */
  markRead() {
    const { room, reading, view } = this.chat;
    const { state } = view;
    const [unread, readSeq] = [state.unread, room.read_seq];
    reading.seen(room.room, room.last_seq);
    this.#newFrom(state, new Unread());
    const undo = async () => {
      if (!(await this.#try(() => reading.unread(room.room, readSeq)))) return;
      this.#newFrom(state, unread.with(state.unread));
      reading.release(room.room);
    };
    this.toast.show(this.words.say("marked_read"), { undo, word: this.words.say("undo") });
  }

  /** From this message on everything is new again (rule U8). */
  async unread(message) {
    const { room, reading, view } = this.chat;
    const { state } = view;
    const after = message.seq - 1;
    if (!(await this.#try(() => reading.unread(room.room, after)))) return;
    this.#newFrom(state, new Unread({ after, count: this.chat.directory.room(room.room).unread }));
    this.toast.show(this.words.say("marked_unread"), { seconds: SHORT_SECONDS });
  }

  #newFrom(state, unread) {
    state.unread = unread;
    this.timeline.requestUpdate();
    this.timeline.focusRow();
  }

  keys() {
    showKeys(this.words, MESSAGE_ACTIONS);
  }

  async mute(message) {
    const { room, view } = this.chat;
    const name = view.roster.name(message.by);
    const course = this.chat.directory.courses.get(room.course)?.title ?? room.title;
    const answer = await askMute(this.words, { name, course, minutes: MUTE_MINUTES });
    if (!answer) return;
    await this.#try(async () => {
      const { until } = await this.chat.mute(message.by, { minutes: MUTE_MINUTES, ...answer }, room.room);
      this.toast.show(this.words.say("paused_until", { name, time: this.clock.time(until) }));
    });
  }

  /** @param {{seat: number, name: string}} person who is paused */
  async unmute({ seat, name }) {
    const done = await this.#try(() => this.chat.unmute(seat));
    if (done) this.toast.show(this.words.say("may_write_again", { name }));
  }

  /** What was removed, for an instructor: asked first, because the look goes on record. */
  async open(message) {
    if (await askOpen(this.words)) await this.versions(message);
  }

  async versions(message) {
    const text = (stored) => toNames(stored, this.chat.view.roster);
    await this.#try(async () => {
      const answer = await this.chat.versions(message.seq);
      showVersions({ ...answer, words: this.words, clock: this.clock, text });
    });
  }

  async copy(text) {
    await navigator.clipboard?.writeText(toNames(text, this.chat.view.roster));
    this.toast.show(this.words.say("copied"), { seconds: SHORT_SECONDS });
  }

  /** Once per device the dialog, later only the notice with its way back. */
  async #firstRemoval(isDirect) {
    const known = `removal-known-${this.chat.me.id}`;
    if (localStorage.getItem(known)) return {};
    const answer = await askRemoval(this.words, { isDirect });
    if (answer) localStorage.setItem(known, "1");
    return answer;
  }

  /** @returns {Promise<boolean>} */
  async #try(act) {
    try {
      await act();
      return true;
    } catch (error) {
      const text = error.code === "cut" ? this.words.say("needs_connection") : error.message;
      this.toast.show(text);
      this.say(text);
      return false;
    }
  }
}
