// The row at the bottom: field, 发送, @ and the quick commands. Keeps a draft for each person and chat.

import { toast } from "./bubbles.js";
import { button } from "./elements.js";

const LIMIT = 20_000; // bytes, as the server's
const MOST_LINES = 5;

export class Composer {
  #field;
  #send;
  #at;
  #chips;
  #onSend;
  #drafts = new Map();
  #place = null;
  #botName = "";

  constructor({ form, field, send, at, chips, onSend }) {
    this.#chips = chips;
    this.#field = field;
    this.#send = send;
    this.#at = at;
    this.#onSend = onSend;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    field.addEventListener("input", () => this.#fit());
    field.addEventListener("keydown", (event) => {
      // Enter also ends a word in a Chinese input method (229 is how older browsers say so)
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#submit();
    });
    // a mouse has no sideways wheel
    const sideways = ({ deltaX, deltaY }) => deltaX === 0 && (chips.scrollLeft += deltaY);
    chips.addEventListener("wheel", sideways, { passive: true });
    at.addEventListener("click", () => this.#insert(`@${this.#botName} `));
  }

  offer(commands, botName) {
    this.#botName = botName;
    this.#chips.replaceChildren(...commands.map((command) => this.#chip(command)));
  }

  /** Change to a person's chat: its draft comes back. */
  open(person, chat, inGroup) {
    this.#place = `${person}|${chat}`;
    this.#field.value = this.draft(person, chat);
    this.#at.hidden = !inGroup;
    this.#fit();
  }

  draft(person, chat) {
    return this.#drafts.get(`${person}|${chat}`) ?? "";
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  #chip({ text, needs_text: needsText }) {
    const act = needsText ? () => this.#fill(text) : () => this.#onSend(text);
    const chip = button("chip", act, needsText ? `${text} …` : text);
    chip.title = needsText ? "填到输入框，接着写内容" : "直接发出去";
    return chip;
  }

  #fill(command) {
    const rest = this.#field.value.replace(/^\s*\/\S*\s*/, "");
    this.#field.value = `${command} ${rest}`;
    this.#fit();
    this.focus();
  }

  #insert(words) {
    this.#field.setRangeText(words, this.#field.selectionStart, this.#field.selectionEnd, "end");
    this.#fit();
    this.focus();
  }

  #submit() {
    const text = this.#field.value.trim();
    if (text === "") return;
    if (new TextEncoder().encode(text).length > LIMIT) {
      toast("这条消息太长了，请分几次发。");
      return;
    }
    this.#field.value = "";
    this.#fit();
    this.#onSend(text);
    this.focus();
  }

  #fit() {
    this.#drafts.set(this.#place, this.#field.value.trim());
    this.#send.hidden = this.#field.value.trim() === "";
    this.#field.style.height = "auto";
    const { lineHeight, paddingTop } = getComputedStyle(this.#field);
    const most = MOST_LINES * Number.parseFloat(lineHeight) + 2 * Number.parseFloat(paddingTop);
    this.#field.style.height = `${Math.min(this.#field.scrollHeight, most)}px`;
  }
}
