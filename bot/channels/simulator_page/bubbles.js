// What is drawn: avatars, messages, time stamps, toasts.

import { button, el } from "./elements.js";
import { drawn } from "./parts.js";

const COLOURS = 10; // .tint-0 … .tint-9 in the style sheet

/** A square with the first character of a name, always in the same colour for the same id. */
export function avatar(id, name) {
  const node = el("span", `avatar tint-${tint(id)}`, initial(name));
  node.ariaHidden = "true";
  return node;
}

export function botAvatar() {
  const image = el("img", "avatar");
  image.src = "/simulator/static/icon.svg";
  image.alt = "";
  return image;
}

/** Up to nine members in a grid, the bot among them. */
export function groupAvatar(people) {
  const members = people.slice(0, people.length > 3 ? 8 : 3);
  const tiles = members.map((person) => el("span", `tint-${tint(person.id)}`, initial(person.name)));
  const bot = el("img", "");
  bot.src = "/simulator/static/icon.svg";
  bot.alt = "";
  const node = el("span", `avatar mosaic ${members.length > 3 ? "of-nine" : "of-four"}`, ...tiles, bot);
  node.ariaHidden = "true";
  return node;
}

/** One message. `side` is "mine" or "theirs"; `label` stands above it in groups ([name, role]). */
export function bubble({ side, face, speaker, label, parts, press }) {
  const column = el("div", "said");
  if (label) column.append(el("div", "label", el("span", "", label[0]), el("span", "role", label[1])));
  else column.append(el("span", "for-ears", `${speaker}：`));
  column.append(...parts.map((part) => drawn(part, press)));
  return el("div", `message ${side}`, face, column);
}

export function stampRow(label) {
  return el("div", "stamp", label);
}

/** The red mark at a message that did not get out; pressing it sends it again. */
export function failedMark(onRetry) {
  const mark = button("failed-mark", onRetry, "!");
  mark.ariaLabel = "没发出去，点这里重发";
  mark.title = "没发出去，点这里重发";
  return mark;
}

/** The count of unread messages; `dot` only says that there are some. */
export function badge(count, dot = false) {
  if (count === 0) return "";
  const shown = dot ? "" : count > 99 ? "99+" : String(count);
  const node = el("span", dot ? "badge dot" : "badge", shown);
  node.ariaHidden = "true";
  return node;
}

let toastTimer = 0;

export function toast(sentence) {
  const place = document.getElementById("toast");
  place.textContent = sentence;
  place.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => place.classList.remove("shown"), 3000 + 60 * sentence.length);
}

const initial = (name) => [...name.trim()][0] ?? "?";

function tint(id) {
  let hash = 2166136261;
  for (const character of id) hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  return (hash >>> 8) % COLOURS;
}
