/**
 * The sentences of the page, as the server translated them. A word is a text with `{name}` places, or one text per
 * plural category of the language, chosen by `n`. A missing word shows its key: wrong, visible, and harmless.
 */

export class Words {
  /** @param {Record<string, string | Record<string, string>>} words  @param {string} locale */
  constructor(words, locale) {
    this.words = words;
    this.plural = new Intl.PluralRules(locale);
    this.number = new Intl.NumberFormat(locale);
    this.lists = new Intl.ListFormat(locale.startsWith("en") ? "en-GB" : locale);
  }

  /**
   * @param {string} key
   * @param {Record<string, string | number>} [values] `n` chooses the plural
   */
  say(key, values = {}) {
    const word = this.words[key] ?? key;
    const text = typeof word === "string" ? word : (word[this.plural.select(values.n)] ?? word.other);
    return text.replace(/\{(\w+)\}/g, (place, name) => this.#fill(values[name] ?? place));
  }

  /** "a, b and c" */
  list(parts) {
    return this.lists.format(parts.map(String));
  }

  #fill(value) {
    return typeof value === "number" ? this.number.format(value) : value;
  }
}
