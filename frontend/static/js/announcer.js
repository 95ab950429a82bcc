/**
 * What a screen reader hears of messages that arrive (rule U42): each while there are at most two in three seconds,
 * else their number; all of them, those for the reader, or none. Pure but for its timer; `say` is called with the
 * sentence.
 */

const QUIET_SECONDS = 3;

export class Announcer {
  #heard = [];
  #timer = 0;

  /**
   * @param {(count: number, messages: {name: string, text: string}[]) => void} say
   * @param {() => "all" | "mentions" | "off"} setting as it is now
   */
  constructor(say, setting, quietSeconds = QUIET_SECONDS) {
    this.say = say;
    this.setting = setting;
    this.quietSeconds = quietSeconds;
  }

  /**
   * The first is said at once, what follows within three seconds together.
   * @param {{name: string, text: string, isForMe: boolean}} message
   */
  message(message) {
    const setting = this.setting();
    if (setting === "off" || (setting === "mentions" && !message.isForMe)) return;
    if (this.#timer) {
      this.#heard.push(message);
      return;
    }
    this.say(1, [message]);
    this.#timer = setTimeout(() => this.#flush(), this.quietSeconds * 1000);
  }

  #flush() {
    const heard = this.#heard;
    this.#heard = [];
    this.#timer = heard.length ? setTimeout(() => this.#flush(), this.quietSeconds * 1000) : 0;
    if (heard.length) this.say(heard.length, heard);
  }
}
