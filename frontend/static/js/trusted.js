/**
 * The only place where HTML from the server becomes elements. It has passed two sanitisers there; here it passes a
 * third where the browser has one (Element.setHTML), else the one Trusted Types policy of ours.
 */

const SANITIZER = {
  elements: [
    ...["p", "br", "strong", "em", "blockquote", "ul", "li"].map((name) => ({ name, attributes: [] })),
    { name: "a", attributes: ["href", "rel"] },
    { name: "ol", attributes: ["start"] },
    { name: "pre", attributes: ["tabindex"] },
    { name: "code", attributes: ["class"] },
    { name: "div", attributes: ["class"] },
    { name: "span", attributes: ["class", "data-seat"] },
  ],
  attributes: [],
  comments: false,
  dataAttributes: false,
};

let policy;

/** The one policy of ours; a browser without Trusted Types takes the text as it is. */
function trusted(text) {
  policy ??= globalThis.trustedTypes?.createPolicy("chat", { createHTML: (ours) => ours });
  return policy ? policy.createHTML(text) : text;
}

/** @param {Element} element  @param {string} html as stored by the server */
export function setBody(element, html) {
  if (element.setHTML) {
    element.setHTML(html, { sanitizer: SANITIZER });
    return;
  }
  element.innerHTML = trusted(html);
}

/** @param {string} svg a file of ours @returns {SVGElement} of this document */
export function parseSvg(svg) {
  const parsed = new DOMParser().parseFromString(trusted(svg), "image/svg+xml");
  return document.importNode(parsed.documentElement, true);
}
