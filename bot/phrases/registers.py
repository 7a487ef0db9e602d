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
    "action": "操作",
    "subject": "对象",
    "before": "变更前",
    "after": "变更后",
    "channel": "渠道",
    "update_key": "消息编号",
    "digest": "早报编号",
    "day": "日期",
    "reason": "原因",
    "week": "周（周一日期）",
    "what": "项目",
    "count": "条数",
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

KIND = {"goods": "物品", "service": "服务", "company": "陪伴", "skill": "技能"}
URGENCY = {"normal": "一般", "urgent": "急"}
LEADS = {True: "是", False: "否"}
CONSENT = {"needed": "还没问到", "given": "已同意"}
ACTIONS = {"restore": "按台账恢复"}
"""What moves no wish from one state to another, and yet stands among what does."""
PUSHES = {
    "queued": "待发", "sending": "正在发", "sent": "已送达平台", "failed": "失败", "waiting": "等待",
    "unknown": "不确定是否送达", "skipped": "没有推",
}  # fmt: skip
