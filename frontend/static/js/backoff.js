/**
 * How long to wait before the next try to connect: full jitter, so that a class that was cut together doesn't come
 * back together. Pure: the dice are an argument.
 */

export const CAP_SECONDS = 15;
const FLOOR_SECONDS = 0.15;

/**
 * @param {number} attempt 0 for the first try after a connection was lost
 * @param {number} spreadSeconds the width of the first try, by the close code (closing.js)
 * @param {number} dice in [0, 1)
 * @returns {number} seconds
 */
export function delaySeconds(attempt, spreadSeconds, dice) {
  const width = attempt === 0 ? spreadSeconds : Math.min(CAP_SECONDS, 2 ** attempt);
  return FLOOR_SECONDS + dice * (width - FLOOR_SECONDS);
}
