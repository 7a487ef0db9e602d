// The server, from the page's side.

const NO_ANSWER = "连不上服务，请看看连心是不是还开着。";

/** An answer of the server, or an Error whose message can be shown. */
async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(`/simulator/${path}`, { ...options, signal: AbortSignal.timeout(30_000) });
  } catch {
    throw new Error(NO_ANSWER);
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? NO_ANSWER);
  return body;
}

const post = (path, body) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const getState = () => ask("state");
export const postMessage = (as, chat, text, key) => post("messages", { as, chat, text, key });
export const postPicture = (as, chat, picture, key) =>
  ask(`pictures?${new URLSearchParams({ as, chat, key })}`, {
    method: "POST",
    headers: { "Content-Type": picture.type },
    body: picture,
  });
export const postPress = (as, chat, card, text, key) => post("presses", { as, chat, card, text, key });
export const postMorning = (group) => post("morning", { group });
export const newKey = () => crypto.randomUUID();

/**
 * Follow the lines after `newest()`. The browser reconnects by itself after a broken connection but gives up
 * after an HTTP error: then a new stream is opened, after a longer pause each time.
 */
export function follow(newest, { onLine, onReset, onUp, onDown }) {
  let pause = 1000;
  const open = () => {
    const source = new EventSource(`/simulator/events?after=${newest()}`);
    source.onopen = () => {
      pause = 1000;
      onUp();
    };
    source.onmessage = (event) => onLine(JSON.parse(event.data));
    source.addEventListener("reset", () => {
      source.close();
      onReset();
    });
    source.onerror = () => {
      onDown();
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(open, pause);
      pause = Math.min(2 * pause, 15_000);
    };
  };
  open();
}
