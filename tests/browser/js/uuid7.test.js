import { uuid7 } from "#uuid7";
import { equal, ok, test } from "#runner";

test("an id has the form, the version and the variant of RFC 9562", () => {
  ok(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid7()), uuid7());
});

test("ids of one page rise, also when the clock stands or runs back", () => {
  const later = Date.now() + 1000;
  const ids = [uuid7(later), uuid7(later), uuid7(later - 60_000), uuid7(later)];
  equal(ids, ids.toSorted());
  equal(new Set(ids).size, 4);
});

test("the first 48 bits are the milliseconds", () => {
  const now = Date.now() + 3_600_000;
  equal(parseInt(uuid7(now).replace("-", "").slice(0, 12), 16), now);
});
