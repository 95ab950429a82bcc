/**
 * The smallest runner that reads well: `test("a claim", async () => { equal(a, b); })`. The page that loads a test
 * file calls `run()` and hands the results to pytest.
 */
const tests = [];

export function test(claim, body) {
  tests.push({ claim, body });
}

export function equal(actual, expected) {
  const [seen, wanted] = [actual, expected].map((value) => JSON.stringify(sorted(value), null, 1));
  if (seen !== wanted) throw new Error(`expected ${wanted}\nbut got ${seen}`);
}

export function ok(value, words = "expected it to be so") {
  if (!value) throw new Error(words);
}

/** Until it is so: what is awaited has its own event or a frame of the browser, never a guess of time. */
export async function until(condition, words = String(condition)) {
  for (let turn = 0; turn < 400; turn += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never came true: ${words}`);
}

export async function run() {
  const results = [];
  for (const { claim, body } of tests) {
    results.push({
      claim,
      fault: await Promise.resolve()
        .then(body)
        .then(
          () => null,
          (error) => String(error.stack ?? error),
        ),
    });
  }
  return results;
}

function sorted(value) {
  if (value instanceof Map || value instanceof Set) return sorted([...value]);
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, sorted(value[key])]),
  );
}
