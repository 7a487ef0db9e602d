"""Wording of the simulator's world."""

BOT = "连心"
NOWHERE = "未填地点"
NOT_SUBSCRIBED = "本群停了推送，在群里由村（社区）干部发“/订阅”恢复。"
MORNING = {
    "queued": "{day}的早报来了。",
    "skipped": "{day}没有新内容，不推送。",
    "already": "{day}的早报已经推送过了。",
}
