"""Wording for the operator: settings, command line, self-check. (The chat's wording is in `phrases` of each feature.)"""

NO_CHANNEL = "没有能送到的渠道：对方还没绑定聊天账号，或该渠道没有开通。"
NOT_IN_GROUP = "机器人已不在这个群里。"
REMOVED_FROM_GROUP = (
    "机器人已不在“{group}”里，给这个群的推送已停。请群主把机器人加回去，在群里 @ 它说一句话，就恢复。"
)
WEBHOOK_GONE = (
    "“{group}”的群机器人已被移出群或停用，它的 webhook 已删去。要用它推送，请在群里重新添加，再登记一次。"
)
ALARM = "【需要您处理】{sentence}"
LEASE_LOST = "发送时程序中断或超时，不知道对方收到没有。"
TOO_LATE = "{hours} 小时没有送出，不再送。最后的原因：{cause}"
LAPSED = "过了当天能推送的时间还没送出，不再送。"
FORWARD = "请把下面这条转发到“{group}”（这个群机器人进不去，长按即可转发）："
