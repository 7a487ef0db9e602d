// Elements and buttons. Words of people and of the bot go in as text nodes only.

/** An element with classes and children; strings become text nodes. */
export function el(tag, classes, ...children) {
  const node = document.createElement(tag);
  if (classes) node.className = classes;
  node.append(...children);
  return node;
}

export function button(classes, onClick, ...children) {
  const node = el("button", classes, ...children);
  node.type = "button";
  node.addEventListener("click", onClick);
  return node;
}

/** A link that opens beside this page; only its words where the address is not one of the web. */
export function link(address, ...children) {
  if (!isOfTheWeb(address)) return el("span", "", ...children);
  const node = el("a", "", ...children);
  node.href = address;
  node.target = "_blank";
  node.rel = "noopener noreferrer";
  return node;
}

function isOfTheWeb(address) {
  try {
    return ["http:", "https:"].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}
