// Times as WeChat words them, in the server's zone and by the server's clock.

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const WEEKDAYS = ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"];

let ahead = 0; // server's clock minus this machine's, ms
let zone = 0; // server's zone minus UTC, ms

export function setClock(iso) {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(iso) ?? [null, "+", "0", "0"];
  zone = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE;
  ahead = Date.parse(iso) - Date.now();
}

export const now = () => Date.now() + ahead;

export const farApart = (earlier, later) => later - earlier > 5 * MINUTE;

/** Above a message: "08:00", "昨天 18:20", "星期一 18:20", "3月5日 18:20", "2025年3月5日 18:20". */
export function stamp(at) {
  const time = clockTime(at);
  const days = daysAgo(at);
  return days === 0 ? time : `${dayName(at, days)} ${time}`;
}

/** In the list: "08:00", "昨天", "星期一", "3月5日", "2025年3月5日". */
export function brief(at) {
  const days = daysAgo(at);
  return days === 0 ? clockTime(at) : dayName(at, days);
}

function dayName(at, days) {
  if (days === 1) return "昨天";
  if (days === -1) return "明天";
  const day = onWall(at);
  if (days > 1 && days < 7) return WEEKDAYS[day.getUTCDay()];
  const date = `${day.getUTCMonth() + 1}月${day.getUTCDate()}日`;
  const sameYear = day.getUTCFullYear() === onWall(now()).getUTCFullYear();
  return sameYear ? date : `${day.getUTCFullYear()}年${date}`;
}

const daysAgo = (at) => Math.floor((now() + zone) / DAY) - Math.floor((at + zone) / DAY);

const clockTime = (at) => onWall(at).toISOString().slice(11, 16);

/** A date whose UTC fields read as the wall clock in the server's zone. */
const onWall = (at) => new Date(at + zone);
