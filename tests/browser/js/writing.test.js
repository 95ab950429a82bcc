import { counterOf, enterOf, isInFence, keyHint, put, wrap } from "#compose";
import { excerpt } from "#excerpt";
import { mentionAt, mentions, toNames, toSeats } from "#mentions";
import { Roster } from "#roster";
import { equal, test } from "#runner";

const person = (seat, name) => ({ seat, name, initials: "", role: "student", avatar: 1 });
const roster = new Roster({
  version: 1,
  seats: [person(3, "Ana B."), person(4, "Ana Belén C."), person(7, "Jada A.")],
});

test("names are sent as seats, the longest name first, and come back as names", () => {
  equal(toSeats("@Ana Belén C. and @Ana B., not @Anabel", roster), "@[4] and @[3], not @Anabel");
  equal(toNames("@[4] and @[3] and @[99]", roster), "@Ana Belén C. and @Ana B. and @…");
});

test("code is left as it is", () => {
  equal(toSeats("`@Jada A.` @Jada A.\n```\n@Jada A.\n```", roster), "`@Jada A.` @[7]\n```\n@Jada A.\n```");
});

test("a mention begins after a space or at the beginning, and not in code or in an address", () => {
  const at = (text) => mentionAt(text, text.length);
  equal(
    [at("hi @ja"), at("@"), at("hi @Jada A")],
    [
      { from: 3, letters: "ja" },
      { from: 0, letters: "" },
      { from: 0 + 3, letters: "Jada A" },
    ],
  );
  equal([at("mail@ja"), at("`@ja"), at("```\n@ja"), at("no")], [null, null, null, null]);
});

test("being named is seen in the stored form alone", () => {
  equal(
    [
      mentions('<p><span class="mention" data-seat="7">@[7]</span></p>', 7),
      mentions('<p><span class="mention" data-seat="77"></span></p>', 7),
      mentions(undefined, 7),
    ],
    [true, false, false],
  );
});

test("wrapping goes on and off, and the words stay chosen", () => {
  const bold = wrap({ text: "a word", from: 2, to: 6 }, "bold");
  equal(bold, { text: "a **word**", from: 4, to: 8 });
  equal(wrap(bold, "bold"), { text: "a word", from: 2, to: 6 });
  equal(wrap({ text: "a\nb", from: 0, to: 3 }, "code").text, "```\na\nb\n```");
  equal(put({ text: "a  b", from: 2, to: 2 }, "🙂"), { text: "a 🙂 b", from: 4, to: 4 });
});

test("the counter counts code points and comes near the limit only", () => {
  equal(
    [counterOf("short"), counterOf("x".repeat(7700)), counterOf("x".repeat(8001)), counterOf("🙂".repeat(8000))],
    [null, { left: 300 }, { left: -1 }, { left: 0 }],
  );
});

test("Enter sends on a desktop, breaks the line on a touch screen, and never while composing", () => {
  const key = (more) => ({
    key: "Enter",
    shiftKey: false,
    ctrlKey: false,
    metaKey: false,
    isComposing: false,
    ...more,
  });
  const desk = { isTouch: false, sendingKey: "enter", before: "" };
  const touch = { ...desk, isTouch: true };
  equal(
    [
      enterOf(key({}), desk),
      enterOf(key({ shiftKey: true }), desk),
      enterOf(key({ isComposing: true }), desk),
      enterOf(key({ key: "a" }), desk),
    ],
    ["send", null, null, null],
  );
  equal(
    [enterOf(key({}), touch), enterOf(key({ ctrlKey: true }), touch), enterOf(key({ metaKey: true }), touch)],
    [null, "send", "send"],
  );
});

test("where Ctrl+Enter was chosen, Enter alone makes a line", () => {
  const enter = { key: "Enter", shiftKey: false, ctrlKey: false, metaKey: false, isComposing: false };
  const chosen = { isTouch: false, sendingKey: "ctrl_enter", before: "" };
  equal(
    [enterOf(enter, chosen), enterOf({ ...enter, ctrlKey: true }, chosen), enterOf({ ...enter, metaKey: true }, chosen)],
    [null, "send", "send"],
  );
  equal(
    [keyHint(chosen), keyHint({ ...chosen, sendingKey: "enter" }), keyHint({ ...chosen, isTouch: true })],
    ["ctrl_enter_sends", "enter_sends", null],
  );
});

test("inside a block of code Enter makes a line, behind it and beside it Enter sends", () => {
  const enter = { key: "Enter", shiftKey: false, ctrlKey: false, metaKey: false, isComposing: false };
  const field = (before) => ({ isTouch: false, sendingKey: "enter", before });
  equal(
    ["```", "look:\n```python\nprint(1)", "```\na\n```\n```"].map((before) => enterOf(enter, field(before))),
    [null, null, null],
  );
  equal(
    ["", "`x`", "a ``` b", "```\na\n```", "```\na\n```\nso"].map((before) => enterOf(enter, field(before))),
    ["send", "send", "send", "send", "send"],
  );
  equal(enterOf({ ...enter, ctrlKey: true }, field("```\na")), "send");
  equal(isInFence("   ```js\n"), true);
});

test("an excerpt is one line without markup, people by name", () => {
  equal(
    excerpt("> **@[7]** said `x_1`\n- [see](https://example.org) 2*3 snake_case", roster),
    "@Jada A. said x_1 see 23 snake_case",
  );
  equal(excerpt("word ".repeat(40), roster, 20), "word word word word…");
});
