"""What registers and their columns are called in a sheet. JSON lines keep the names of the columns themselves."""

TITLES = {
    "wishes": "心愿台账",
    "audit": "变更记录",
    "looks": "查看记录",
    "digests": "推送记录",
    "burden": "打扰统计",
    "members": "人员",
    "places": "地点",
    "teams": "责任田团队",
}

COLUMNS = {
    "no": "编号",
    "status": "状态",
    "place": "村（社区）",
    "group": "群",
    "content": "心愿内容",
    "logged_by": "登记人",
    "claimed_by": "认领人",
    "logged_at": "登记时间",
    "claimed_at": "认领时间",
    "delivered_at": "送达时间",
    "fulfilled_at": "点亮时间",
    "closed_at": "办结时间",
    "expires_on": "到期日",
    "wanted_by": "希望送到的日期",
    "promised_on": "约定送达日期",
    "note": "备注",
    "kind": "类别",
    "age_band": "年龄段",
    "urgency": "缓急",
    "team": "团队",
    "merged_into": "并入编号",
    "consent": "监护人同意",
    "credit": "同意署名",
    "at": "时间",
    "actor": "操作人",
    "actor_name": "操作人姓名",
    "action": "操作",
    "subject": "对象",
    "subject_name": "对象名称",
    "before": "变更前",
    "after": "变更后",
    "channel": "渠道",
    "update_key": "消息编号",
    "digest": "早报编号",
    "day": "日期",
    "reason": "原因",
    "week": "周（周一日期）",
    "messages": "说话条数",
    "questions": "追问次数",
    "pushes": "早报条数",
    "name": "姓名",
    "role": "身份",
    "since": "任职时间",
    "until": "离任时间",
    "accounts": "聊天账号数",
    "parent": "上级",
    "number": "责任田编号",
    "area": "区域类型",
    "households": "户数",
    "team_name": "团队名称",
    "leads": "是否团队长",
    "duty": "职务",
}
"""Of every register; where one means something else by a name, `OWN` says so."""

OWN = {
    "places": {"name": "名称"},
    "teams": {"place": "责任田（村）", "team": "团队编号"},
    "members": {"place": "地点"},
}

SHEETS: dict[str, tuple[str, ...]] = {
    "wishes": (
        "no", "status", "place", "group", "content", "logged_by", "claimed_by", "logged_at", "claimed_at",
        "delivered_at", "fulfilled_at", "expires_on", "note", "kind", "age_band", "urgency", "wanted_by",
        "promised_on", "team", "merged_into", "closed_at", "consent", "credit",
    ),
    "audit": (
        "at", "actor", "actor_name", "action", "subject", "subject_name", "before", "after", "channel",
        "update_key",
    ),
    "looks": ("at", "actor", "actor_name", "action", "subject", "subject_name", "channel", "update_key"),
    "digests": ("digest", "group", "day", "status", "reason", "at"),
    "burden": ("week", "group", "messages", "questions", "pushes"),
    "members": ("name", "role", "place", "since", "until", "accounts"),
    "places": ("name", "kind", "parent", "number", "area", "households"),
    "teams": ("team", "team_name", "place", "name", "leads", "duty"),
}  # fmt: skip
"""The columns of a register in a sheet, for one that has no rows yet."""

KIND = {"goods": "物品", "service": "服务", "company": "陪伴", "skill": "技能"}
URGENCY = {"normal": "一般", "urgent": "急"}
LEADS = {True: "是", False: "否"}
CONSENT = {"needed": "还没问到", "given": "已同意"}
ACTIONS = {
    "restore": "按台账恢复", "look": "查看个人信息", "photo": "查看照片", "refused": "没有权限，没有办",
    "export": "导出", "import": "导入", "speak_as": "在命令行里以其身份说话", "bind": "绑定聊天账号",
    "unbind": "解除绑定", "join": "合并为同一个人", "invite": "发邀请码", "invite_void": "作废邀请码",
    "enrol": "导入人员", "hide": "隐去个人信息", "erase": "删除个人信息", "add": "添加", "set": "改设置",
    "move": "调整归属", "remove": "移除", "drop": "去掉", "close": "办结", "lead": "改团队长", "leave": "离开",
    "group_place": "改群的地点", "group_name": "改群名", "group_purpose": "改群的用途",
    "group_ends": "改群的到期日", "group_owner": "改群主", "team_seat": "交接团队的位置", "push": "推送早报",
    "push_stop": "停推早报", "push_resume": "恢复早报", "push_calendar": "改早报的安排", "push_pin": "置顶通知",
    "push_unpin": "撤下通知", "push_add": "早报加一条", "push_drop": "早报去一条", "push_reorder": "早报改顺序",
    "push_approve": "早报定稿", "subscribe": "订阅", "unsubscribe": "退订", "outbox_resend": "重发消息",
    "outbox_accept": "记作已发", "report": "报紧急情况", "harm": "说到伤害", "local_value": "改本地数据",
    "answer": "答复问题", "same": "按同一个问题答复",
}  # fmt: skip
"""What moves no wish from one state to another, and yet stands among what does."""
ACTORS = {
    "operator": "命令行（系统管理员）",
    "system": "系统",
    "identity": "身份识别",
    "reporter": "报告人（不记名）",
}
SUBJECTS = {
    "wish": "心愿 #", "wish_photo": "照片，心愿 #", "command": "命令 /", "document": "文件 ", "question": "问题 #",
    "register": "台账 ", "outbox": "消息 #", "local_value": "本地数据 #", "digest_item": "早报内容 ",
    "feed_entry": "上新 ", "report": "情况 #", "team": "团队 #", "member": "人员 #", "group": "群 #", "place": "地点 #",
}  # fmt: skip
SUBJECTS |= {f"register:{key}": f"{title}，行数 " for key, title in TITLES.items()}
CHANNELS = {
    "official_account": "公众号", "wecom_app": "企业微信应用", "wecom_aibot": "企业微信机器人", "simulator": "模拟器",
    "terminal": "命令行", "group_robot": "群机器人", "by_hand": "人工转发",
}  # fmt: skip
PUSHES = {
    "queued": "待发", "sending": "正在发", "sent": "已送达平台", "failed": "失败", "waiting": "等待",
    "unknown": "不确定是否送达", "skipped": "没有推",
}  # fmt: skip
