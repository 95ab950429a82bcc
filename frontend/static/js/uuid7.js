/**
 * UUIDv7 (RFC 9562): the client's own id of a message, `cid`. Ids of one page never run backwards, also when the
 * clock does, so that the server's unique index is written at its right edge.
 */

let lastMilliseconds = 0;

/**
 * @param {number} now milliseconds since 1970
 * @param {Uint8Array} random ten random bytes
 * @returns {string} the canonical form, lower case
 */
export function uuid7(now = Date.now(), random = crypto.getRandomValues(new Uint8Array(10))) {
  lastMilliseconds = Math.max(now, lastMilliseconds + 1);
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(lastMilliseconds) << 16n);
  bytes.set(random, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
