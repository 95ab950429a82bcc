/**
 * What a choice of the member's changes on a page that is open. Pure.
 *
 * @typedef {{locale: string, time_zone: string, theme: string, sending_key: string, single_keys: boolean,
 *   announcements: string}} Settings
 */

/**
 * Whether the page has to be made anew: its sentences and times are the server's.
 * @param {Settings} before  @param {Settings} now
 */
export function needsNewPage(before, now) {
  return before.locale !== now.locale || before.time_zone !== now.time_zone;
}

/** @param {Settings} settings @returns {string | null} for `data-theme`; null: as the device */
export function themeOf({ theme }) {
  return theme === "system" ? null : theme;
}
