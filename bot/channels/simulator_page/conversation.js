// The open chat: messages in the order of their ids, own ones not yet confirmed by the server at the end.

import { bubble, failedMark, stampRow } from "./bubbles.js";
import { farApart, stamp } from "./when.js";

const NEAR_THE_END = 90; // px

export class Conversation {
  #list;
  #newer;
  #onRetry;
  #onPress;
  #dress = null; // line → what `bubble` needs
  #lastAt = -Infinity;
  #below = 0; // messages that came while the reader was further up
  #atEnd = true;
  #top = 0;

  constructor(list, newer, { onRetry, onPress }) {
    this.#list = list;
    this.#newer = newer;
    this.#onRetry = onRetry;
    this.#onPress = onPress;
    newer.addEventListener("click", () => this.#toEnd());
    list.addEventListener("scroll", () => this.#scrolled());
    // a taller field or a turned phone must not hide the last message
    new ResizeObserver(() => this.#atEnd && this.#toEnd(true)).observe(list);
    // nor may a picture that came late; its event does not bubble
    list.addEventListener("load", () => this.#atEnd && this.#toEnd(true), true);
  }

  /** Show a chat from scratch. `outgoing` are its own messages that need a mark or have no line yet. */
  show(label, lines, outgoing, dress) {
    this.#dress = dress;
    this.#lastAt = -Infinity;
    // a screen reader is not to read the whole history aloud
    this.#list.ariaLive = "off";
    this.#list.ariaLabel = label;
    this.#list.replaceChildren();
    for (const line of lines) {
      const message = outgoing.find((one) => one.arrived === line.id);
      this.#place(this.#nodeFor(line, message), line.at);
    }
    for (const message of outgoing) {
      if (message.arrived === null) this.#place(this.#pendingNode(message), message.at);
    }
    this.#toEnd(true);
    requestAnimationFrame(() => (this.#list.ariaLive = "polite"));
  }

  /** A new line; `message` when it is the server's copy of an own one that already stands here. */
  add(line, message, mine) {
    const stick = mine || this.#atEnd;
    if (message?.node) this.#confirm(message);
    else this.#place(this.#nodeFor(line, message), line.at);
    if (stick) this.#toEnd();
    else this.#count(this.#below + 1);
  }

  addPending(message) {
    this.#place(this.#pendingNode(message), message.at);
    this.#toEnd();
  }

  /** Show whether the message is on its way, out, or failed. */
  mark(message) {
    const node = message.node;
    if (!node) return;
    node.classList.toggle("sending", message.status === "sending");
    node.querySelector(".failed-mark")?.remove();
    if (message.status === "failed") node.append(failedMark(() => this.#onRetry(message)));
  }

  #pendingNode(message) {
    const node = this.#nodeFor({ ...message, sender: message.as }, message);
    node.classList.add("pending");
    return node;
  }

  #nodeFor(line, message) {
    const node = bubble({ ...this.#dress(line), parts: line.parts, press: this.#onPress });
    if (message) {
      message.node = node;
      this.mark(message);
    }
    return node;
  }

  #place(node, at) {
    const pending = this.#list.querySelector(".pending");
    if (farApart(this.#lastAt, at)) this.#list.insertBefore(stampRow(stamp(at)), pending);
    this.#lastAt = Math.max(at, this.#lastAt);
    this.#list.insertBefore(node, pending);
  }

  #confirm({ node }) {
    const first = this.#list.querySelector(".pending");
    node.classList.remove("pending");
    if (first !== node) this.#list.insertBefore(node, first);
  }

  /** Only the reader scrolls upwards; on the way down by itself the list counts as being at its end. */
  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    const near = scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
    if (near || scrollTop < this.#top) this.#atEnd = near;
    if (near) this.#count(0);
    this.#top = scrollTop;
  }

  #toEnd(atOnce = false) {
    const still = atOnce || document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#list.scrollTo({ top: this.#list.scrollHeight, behavior: still ? "instant" : "smooth" });
    this.#atEnd = true;
    this.#count(0);
  }

  #count(below) {
    this.#below = below;
    this.#newer.hidden = below === 0;
    this.#newer.textContent = `${below} 条新消息`;
  }
}
