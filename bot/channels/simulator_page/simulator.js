// The page: who one is, which chat is open, and what arrives. The address (#/person/chat) holds the first two,
// so that reloading, the phone's back key and a second tab all do what one expects.

import { avatar, botAvatar, groupAvatar, toast } from "./bubbles.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { button, el } from "./elements.js";
import { ReadMarks, hintSeen, lastPerson, rememberHint, rememberPerson } from "./memory.js";
import { gist } from "./parts.js";
import { Roster } from "./roster.js";
import { brief, now, setClock } from "./when.js";
import { follow, getState, newKey, postMessage, postMorning, postPicture, postPress } from "./wire.js";

const $ = (id) => document.getElementById(id);
const wide = matchMedia("(min-width: 45em)");
const HINT_DELAY = 400; // ms before "正在输入" shows
const PATIENCE = 60_000; // ms an announced later answer is waited for

let state = { people: [], groups: [], commands: [], newest: 0, bot: "" };
let lines = new Map(); // chat id → lines, ascending
let marks = null;
let me = null;
let openChat = null; // a chat of `chatById`, or null: the list
let outgoing = []; // messages the server has not confirmed: {key, as, chat, text, at, status, arrived, node}
const waiting = new Map(); // chat id → answers of the bot under way
let offlineTimer = 0;

const conversation = new Conversation($("lines"), $("newer"), {
  onRetry: (message) => deliver(message),
  onPress: (card, command) => send(openChat.id, true, () => postPress(me.id, openChat.id, card, command, newKey())),
});
const composer = new Composer({
  form: $("composer"),
  field: $("field"),
  send: $("send"),
  at: $("at"),
  chips: $("chips"),
  onSend: (text) => say(text),
});
const chatList = new Roster($("chats"), (id) => go(me, id));
const peopleList = new Roster($("people"), (id) => become(id));

// --- who and where

const personById = (id) => state.people.find((person) => person.id === id);
const described = (person) => [person.role, person.place].filter(Boolean).join(" · ");
const linesOf = (chat) => lines.get(chat) ?? [];

function chatById(id) {
  const group = state.groups.find((one) => `g:${one.id}` === id);
  if (group) return { id, group, name: group.name, face: () => groupAvatar(membersOf(group)) };
  if (id === `p:${me.id}`) return { id, group: null, name: state.bot, face: botAvatar };
  return null;
}

function membersOf(group) {
  const neighbours = state.people.filter((person) => person.place === group.place);
  return neighbours.length > 0 ? neighbours : state.people;
}

/** One's own place first: its group, then the private chat, then the other groups. */
function chatsOfMine() {
  const mine = state.groups.filter((group) => group.place === me.place);
  const others = state.groups.filter((group) => group.place !== me.place);
  return [...mine.map((group) => `g:${group.id}`), `p:${me.id}`, ...others.map((group) => `g:${group.id}`)];
}

function go(person, chat, { replace = false } = {}) {
  const address = `#/${encodeURIComponent(person.id)}${chat ? `/${encodeURIComponent(chat)}` : ""}`;
  const fromList = !replace && openChat === null;
  if (location.hash !== address) history[replace ? "replaceState" : "pushState"]({ fromList }, "", address);
  arrive({ byHand: true });
}

/** Bring the page to what the address says. */
function arrive({ byHand = false } = {}) {
  const [person, chat] = location.hash.split("/").slice(1).map(decoded);
  me = personById(person) ?? personById(lastPerson()) ?? state.people[0];
  rememberPerson(me.id);
  openChat = chatById(chat) ?? (wide.matches ? chatById(chatsOfMine()[0]) : null);
  $("app").dataset.screen = openChat ? "chat" : "list";
  drawSelf();
  drawChat();
  drawLists();
  if (byHand && openChat && wide.matches) composer.focus();
  else if (byHand && openChat) $("title").focus();
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

function become(id) {
  const person = personById(id);
  const chat = openChat === null ? null : openChat.group ? openChat.id : `p:${id}`;
  go(person, chat, { replace: true });
  toast(`现在你是${person.name}（${person.role}）`);
}

function back() {
  const left = openChat.id;
  if (history.state?.fromList) history.back();
  else go(me, null, { replace: true });
  requestAnimationFrame(() => chatList.focus(left));
}

// --- drawing

function drawSelf() {
  $("self-face").replaceChildren(avatar(me.id, me.name));
  $("self-name").textContent = me.name;
  $("self-role").textContent = described(me);
}

function drawChat() {
  $("open-chat").hidden = openChat === null;
  if (openChat === null) return;
  const { id, group, name } = openChat;
  $("title").textContent = name;
  $("subtitle").textContent = `${group ? group.place : "私聊，别人看不到"} · 你是${me.name}`;
  $("morning").hidden = group === null;
  const unconfirmed = outgoing.filter((message) => message.chat === id);
  conversation.show(`“${name}”的聊天记录`, linesOf(id), unconfirmed, dress);
  composer.open(me.id, id, group !== null);
  drawTyping();
}

/** How a line looks to the one who reads it. */
function dress({ sender, sender_name: name }) {
  if (sender === me.id) return { side: "mine", face: avatar(me.id, me.name), speaker: "我" };
  const person = personById(sender);
  const role = sender === null ? "机器人" : (person?.role ?? "");
  const speaker = (sender === null ? state.bot : person?.name ?? name) || name;
  const face = sender === null ? botAvatar() : avatar(sender, speaker);
  return { side: "theirs", face, speaker, label: openChat.group ? [speaker, role] : null };
}

function drawLists() {
  markRead();
  const rows = chatsOfMine().map(chatRow);
  rows.sort((a, b) => b.newest - a.newest);
  chatList.draw(rows);
  const others = state.people.filter((person) => person.id !== me.id);
  others.sort((a, b) => Number(b.place === me.place) - Number(a.place === me.place));
  peopleList.draw(others.map(personRow));
  const unread = rows.reduce((sum, row) => sum + row.unread, 0);
  const elsewhere = unread - (rows.find((row) => row.id === openChat?.id)?.unread ?? 0);
  $("back-count").textContent = elsewhere === 0 ? "" : elsewhere > 99 ? "99+" : elsewhere;
  document.title = `${unread > 0 ? `(${unread}) ` : ""}${me.name} · 连心聊天演示`;
}

function chatRow(id) {
  const { name, face, group } = chatById(id);
  const last = linesOf(id).at(-1);
  const current = openChat?.id === id;
  const speaker = last && group && last.sender !== me.id ? `${last.sender_name}：` : "";
  return {
    id, face, name, current,
    newest: last?.id ?? 0,
    second: last ? speaker + gist(last) : "还没有消息",
    draft: current ? "" : composer.draft(me.id, id),
    time: last ? brief(last.at) : "",
    unread: unreadFor(me, id),
  };
}

function personRow(person) {
  return {
    id: person.id,
    face: () => avatar(person.id, person.name),
    name: person.name,
    second: described(person),
    time: "",
    unread: unreadFor(person, `p:${person.id}`),
    dot: true,
    spoken: `换成${person.name}`,
  };
}

function unreadFor(person, chat) {
  const mark = marks.upTo(person.id, chat);
  return linesOf(chat).filter((line) => line.id > mark && line.sender !== person.id).length;
}

function markRead() {
  const last = openChat && linesOf(openChat.id).at(-1);
  if (last && !document.hidden) marks.set(me.id, openChat.id, last.id);
}

function drawTyping() {
  const busy = openChat !== null && waiting.get(openChat.id) > 0;
  $("typing").textContent = busy ? (openChat.group ? `${state.bot}正在输入…` : "对方正在输入…") : "";
  $("subtitle").hidden = busy;
}

function drawPicker() {
  const places = [...new Set([me.place, ...state.people.map((person) => person.place)])];
  $("picker-people").replaceChildren(
    ...places.flatMap((place) => [
      el("h3", "", place || "其他"),
      ...state.people.filter((person) => person.place === place).map(pickerRow),
    ]),
  );
}

function pickerRow(person) {
  const pick = () => {
    $("picker").close();
    if (person.id !== me.id) become(person.id);
  };
  const words = el("span", "row-words", el("span", "row-name", person.name), el("span", "row-second", person.role));
  const node = button("row", pick, avatar(person.id, person.name), words);
  if (person.id === me.id) {
    node.append(el("span", "tick", "现在"));
    node.ariaCurrent = "true";
  }
  return node;
}

// --- saying and hearing

function say(text, picture = null) {
  const whereAndWhen = { as: me.id, chat: openChat.id, at: now() };
  const what = { key: newKey(), text, picture, parts: [{ text }] };
  const message = { ...whereAndWhen, ...what, status: "sending", arrived: null, node: null };
  outgoing.push(message);
  conversation.addPending(message);
  deliver(message);
}

async function deliver(message) {
  message.status = "sending";
  conversation.mark(message);
  const toBot = message.chat.startsWith("p:") || /^\s*[\/／]|[@＠]/.test(message.text);
  const { as, chat, text, picture, key } = message;
  const post = () => (picture ? postPicture(as, chat, picture, key) : postMessage(as, chat, text, key));
  message.status = (await send(message.chat, toBot, post)) ? "sent" : "failed";
  conversation.mark(message);
  forgetConfirmed();
}

/** Whether it got out: a toast says why not. With `toBot`, the page says meanwhile that the bot is at it. */
async function send(chat, toBot, post) {
  const answered = toBot ? awaitAnswer(chat) : () => {};
  try {
    const { later } = await post();
    if (later) setTimeout(answered, PATIENCE);
    else answered();
    return true;
  } catch (error) {
    answered();
    toast(error.message);
    return false;
  }
}

/** Show that the bot is at it, until the returned function is called or a line of the bot comes. */
function awaitAnswer(chat) {
  let done = false;
  const timer = setTimeout(() => {
    waiting.set(chat, (waiting.get(chat) ?? 0) + 1);
    drawTyping();
  }, HINT_DELAY);
  return () => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    waiting.set(chat, Math.max(0, (waiting.get(chat) ?? 0) - 1));
    drawTyping();
  };
}

function hear(line) {
  if (line.id <= state.newest) return;
  state.newest = line.id;
  const heard = take(line);
  const message = outgoing.find(
    ({ arrived, chat, as, text }) =>
      arrived === null && chat === heard.chat && as === heard.sender && text === heard.text,
  );
  if (message) message.arrived = heard.id;
  if (heard.sender === null) waiting.delete(heard.chat);
  if (openChat?.id === heard.chat) {
    conversation.add(heard, message, heard.sender === me.id);
    drawTyping();
  }
  forgetConfirmed();
  drawLists();
}

function take(line) {
  const taken = { ...line, at: Date.parse(line.at) };
  lines.set(line.chat, [...linesOf(line.chat), taken]);
  return taken;
}

function forgetConfirmed() {
  outgoing = outgoing.filter((message) => message.arrived === null || message.status !== "sent");
}

async function bringMorning() {
  $("morning").disabled = true;
  try {
    toast((await postMorning(openChat.group.id)).toast);
  } catch (error) {
    toast(error.message);
  }
  $("morning").disabled = false;
}

// --- beginning

/** Say that the connection is gone, but not for a hiccup. */
function online(up) {
  if (up) {
    clearTimeout(offlineTimer);
    offlineTimer = 0;
    $("offline").hidden = true;
  } else {
    offlineTimer ||= setTimeout(() => ($("offline").hidden = false), 1500);
  }
}

async function load() {
  for (;;) {
    try {
      state = await getState();
      break;
    } catch {
      $("offline").hidden = false;
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
  setClock(state.now);
  lines = new Map();
  state.lines.forEach(take);
  marks = new ReadMarks(state.newest);
  if (state.people.length === 0) return toast("还没有成员，请先导入或使用演示数据。");
  composer.offer(state.commands, state.bot);
  arrive();
  const handlers = { onLine: hear, onReset: load, onUp: () => online(true), onDown: () => online(false) };
  follow(() => state.newest, handlers);
}

$("back").addEventListener("click", back);
$("picture").addEventListener("change", ({ target }) => {
  if (target.files.length === 1) say("〔图片〕", target.files[0]);
  target.value = "";
});
$("morning").addEventListener("click", bringMorning);
$("change-person").addEventListener("click", () => {
  drawPicker();
  $("picker").showModal();
  $("picker-people").querySelector("[aria-current]").focus();
});
$("picker-close").addEventListener("click", () => $("picker").close());
$("picker").addEventListener("click", (event) => event.target === $("picker") && $("picker").close());
$("hint").hidden = hintSeen();
$("hint-done").addEventListener("click", () => {
  rememberHint();
  $("hint").hidden = true;
});
addEventListener("popstate", () => arrive({ byHand: true }));
document.addEventListener("visibilitychange", () => me && drawLists());
wide.addEventListener("change", () => me && arrive());
load();
