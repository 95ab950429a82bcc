/**
 * Times as the reader reads them: the reader's zone, the reader's own form of clock and date (rule U38).
 * Pure: `now` is an argument.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const formats = new Map();

/** Intl formats are slow to make and free to keep. */
function format(locale, zone, options) {
  const key = `${locale} ${zone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { timeZone: zone, ...options }));
  return formats.get(key);
}

/** The reader's language, with the region of the browser where it speaks the same one ("es" → "es-MX"). */
export function readersLocale(locale, languages = navigator.languages) {
  return languages.find((language) => language.split("-")[0] === locale.split("-")[0]) ?? locale;
}

/** @returns {string} "2026-11-23": equal for two instants of one day in that zone */
export function dayKey(at, zone) {
  return format("en-CA", zone, { year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(at));
}

export class Clock {
  /** @param {string} locale as of readersLocale  @param {string} zone of the reader */
  constructor(locale, zone) {
    this.locale = locale;
    this.zone = zone;
  }

  /** "8:02 AM" */
  time(at) {
    return format(this.locale, this.zone, { hour: "numeric", minute: "2-digit" }).format(new Date(at));
  }

  /** "Monday, November 23"; with the year when it is another one. */
  day(at, now = Date.now()) {
    const otherYear = dayKey(at, this.zone).slice(0, 4) !== dayKey(now, this.zone).slice(0, 4);
    const options = { weekday: "long", month: "long", day: "numeric", ...(otherYear && { year: "numeric" }) };
    return format(this.locale, this.zone, options).format(new Date(at));
  }

  /** "Monday, November 23, 2026 at 8:02 AM", for a title */
  full(at) {
    return format(this.locale, this.zone, { dateStyle: "full", timeStyle: "short" }).format(new Date(at));
  }

  isToday(at, now = Date.now()) {
    return dayKey(at, this.zone) === dayKey(now, this.zone);
  }

  /** Under an hour "5 min ago", today the clock, else the date. */
  brief(at, now = Date.now()) {
    const age = now - Date.parse(at);
    if (age >= 0 && age < HOUR) return this.#ago(Math.floor(age / MINUTE));
    if (this.isToday(at, now)) return this.time(at);
    return format(this.locale, this.zone, { month: "short", day: "numeric" }).format(new Date(at));
  }

  /** A moment that something goes on from: today the clock, else the date with it. Never "now". */
  since(at, now = Date.now()) {
    if (this.isToday(at, now)) return this.time(at);
    const options = { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" };
    return format(this.locale, this.zone, options).format(new Date(at));
  }

  #ago(minutes) {
    const relative = new Intl.RelativeTimeFormat(this.locale, { numeric: "auto", style: "short" });
    return minutes === 0 ? relative.format(0, "second") : relative.format(-minutes, "minute");
  }
}
