/**
 * The rail: a link for each course of the reader, with what is new for them there. It comes with the page and follows
 * what the chat knows: a course that opens has its link at once, one that closes or is archived loses it.
 */

const TONES = 4;

/** @param {HTMLElement | null} rail  @param {import("#chat").Chat} chat  @param {import("#words").Words} words */
export function showCourses(rail, chat, words) {
  if (!rail) return;
  const known = new Map([...rail.querySelectorAll("[data-course]")].map((link) => [Number(link.dataset.course), link]));
  for (const [course, link] of known) if (!chat.directory.firstOf(course)) link.closest("li").remove();
  let next = rail.querySelector("[data-part=more]");
  for (const [course, { title }] of [...chat.directory.courses].reverse()) {
    const first = chat.directory.firstOf(course);
    if (!first) continue;
    const link = known.get(course) ?? added(rail, course, next);
    retitle(link, { course, title, first: first.room }, chat, words);
    next = link.closest("li");
  }
}

/** In its place, which is before that of the course after it. */
function added(rail, course, next) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const badge = document.createElement("span");
  link.className = `rail-course course-${((course - 1) % TONES) + 1}`;
  link.dataset.course = course;
  badge.className = "badge";
  badge.dataset.kind = "mark";
  badge.setAttribute("aria-hidden", "true");
  link.append(document.createTextNode(""), badge);
  item.append(link);
  next.before(item);
  return link;
}

function retitle(link, { course, title, first }, chat, words) {
  const n = chat.directory.totalForMe((room) => room.course === course);
  link.href = `/rooms/${first}/`;
  link.dataset.room = first;
  link.firstChild.data = [...title].slice(0, 2).join("");
  link.setAttribute("aria-label", n ? words.say("course_for_you", { title, n }) : title);
  if (course === chat.room?.course) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
  const badge = link.querySelector(".badge");
  badge.hidden = n === 0;
  badge.textContent = n;
}
