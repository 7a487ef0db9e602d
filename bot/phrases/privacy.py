"""What the command line says of keys and of what is held on one person."""

from collections.abc import Mapping

WRONG_KEY = "BOT_DATA_KEY 不是这个数据库的密钥，没有改动任何内容；请换回原来的密钥，几个密钥用逗号隔开。"
OTHER_KEY = "这份备份是用另一把密钥封存的{named}，没有恢复，数据库没有动；请把做备份时的 BOT_DATA_KEY 加进现在的设置，用逗号隔开。"
KEY_GOOD = "密钥：是这个数据库的，指纹 {fingerprint}"
KEY_OF_DEMO = "密钥：演示用的固定密钥，不保护任何内容"
KEY_UNUSED = "密钥：数据库还没有用上密钥，下次启动时封存"
KEY_WRONG = "密钥：BOT_DATA_KEY（指纹 {fingerprint}）不是这个数据库的"
KEY_CURE = "换回原来的密钥；换过密钥的，把旧密钥写在新密钥后面，用逗号隔开。"
RESEAL = "把个人信息都换成用 BOT_DATA_KEY 里第一个密钥封存（换密钥时用）。"
RESEALING = "换密钥"


ERASE = "按本人书面要求删除个人信息：先列出有哪些；加 --yes 才删，办过的事只留编号。"
COPY = "把库里关于一个人的全部内容导出给本人（.xlsx 或 .jsonl），别人的姓名号码隐去；记入查看记录。"
WHO = "姓名；重名写“姓名@村（社区）”"
COPY_FILE = "导出到哪个文件（.xlsx 或 .jsonl）"
YES = "真的删；不加只列出来"
NOT_DONE = "还没有删。确实要删，加 --yes。"
COPIED = "已导出 {count} 项到 {file}，已记入查看记录；这个文件里有个人信息，交给本人后请删掉。"

TABLES: Mapping[str, tuple[str, str]] = {
    "member": ("名册", "姓名换成编号"),
    "account": ("聊天账号", "解除绑定，删去"),
    "member_role": ("身份", "结束"),
    "invite": ("邀请码", "作废，去掉姓名"),
    "wrong_code": ("输错邀请码的次数", "半小时后自己作废"),
    "wish": ("心愿", "编号和经过留着，不再显示是谁"),
    "wish_event": ("心愿的经过", "留着，去掉姓名号码"),
    "wish_photo": ("给过的心愿照片", "删去"),
    "personal_detail": ("封存的个人信息", "删去"),
    "outbox": ("私下说过的话", "删去内容"),
    "conversation": ("说了一半的事", "删去内容"),
    "last_answer": ("最近问过的话", "删去内容"),
    "question_notice": ("等答复的问题", "不再通知"),
    "personal_digest": ("个人早报", "停掉"),
    "team_member": ("所在的民情书记队", "退出"),
    "chat_group": ("当群主的群", "改为没有群主"),
    "report": ("报过的紧急情况", "编号留着，本来就没有内容"),
    "simulator_line": ("模拟器里的话", "删去内容"),
    "audit": ("操作记录", "编号留着，只写编号不写姓名"),
}
"""What a table is called, and what becomes of its rows when somebody is erased."""


COPY_COLUMNS = {"register": "台账", "row": "序号", "item": "项目", "value": "内容"}
ITEMS: Mapping[str, str] = {
    "id": "编号", "no": "编号", "number": "第几张", "name": "姓名", "place_id": "村（社区）", "group_id": "群",
    "created_at": "建立时间", "noticed_at": "看过隐私告知的时间", "hidden_at": "隐去时间", "channel": "渠道",
    "tenant": "所属企业或公众号", "external_id": "在渠道里的账号", "id_kind": "账号种类", "member_id": "本人",
    "reachable_until": "能主动发消息到", "unreachable": "发不到", "push_at": "推送时间", "subscribed": "订阅早报",
    "subscribed_at": "订阅时间", "owner_id": "群主", "purpose": "用途", "ends_on": "到期日", "heard_at": "最近有人说话",
    "removed_at": "移出群的时间", "chat": "在哪个聊天里", "command": "命令", "arguments": "已经写的内容",
    "steps": "走到的步骤", "taken": "已取走", "at": "时间", "role": "身份", "since": "任职时间", "until": "离任时间",
    "expires_at": "失效时间", "used_at": "使用时间", "question": "问的话", "answer": "答的话", "question_no": "问题编号",
    "concern": "哪一类", "matter": "什么情况", "child": "涉及未成年人", "carded": "给过求助卡", "closed_at": "办结时间",
    "text": "说的话", "once": "只显示一次", "parts": "分几段", "team_id": "团队", "leads": "是否团队长", "duty": "职务",
    "times": "次数", "body": "内容", "status": "状态", "not_before": "最早发送时间", "not_after": "最晚发送时间",
    "leased_until": "正在发送到", "attempts": "试过几次", "tries_from": "从第几次算起", "asked_at": "问平台的时间",
    "sent_at": "送出时间", "cause": "起因", "update_key": "消息编号", "receipt": "平台回执", "content": "内容",
    "logged_by": "登记人", "claimed_by": "认领人", "logged_at": "登记时间", "claimed_at": "认领时间",
    "delivered_at": "送达时间", "fulfilled_at": "点亮时间", "expires_on": "到期日", "note": "备注", "kind": "类别",
    "age_band": "年龄段", "urgency": "缓急", "wanted_by": "希望送到的日期", "consent": "监护人同意",
    "promised_on": "约定送达日期", "reminded_at": "提醒时间", "credit": "同意署名", "merged_into": "并入编号",
    "wiped_at": "个人信息清除时间", "wish_no": "心愿编号", "move": "做了什么", "actor_id": "谁做的", "key": "文件代号",
    "given_by": "谁给的", "given_at": "给的时间", "actor": "谁做的", "action": "做了什么", "subject": "对什么",
    "before": "变更前", "after": "变更后", "seal": "封条编号", "contact": "联系方式",
}  # fmt: skip
"""What a column is called in the copy somebody gets of what is held on them."""
CONCERNS = {"harm": "急情", "wrongdoing": "举报"}
SELF = "本人"
SOMEONE = "另一位"
LINE = "说明 "
"""Before the number of a step of a wish whose note is kept."""


def item(name: str) -> str:
    """The field of a note is kept under the number of its step.

    >>> item("place_id"), item("note:7")
    ('村（社区）', '说明 7')
    """
    field, _, step = name.partition(":")
    return f"{LINE}{step}" if step else ITEMS.get(field, name)


def held(name: str, counted: Mapping[str, int], *, done: bool) -> list[str]:
    """What is held on somebody, a line each, and what became of it."""
    head = f"{name}的个人信息已删除：" if done else f"库里有{name}的："
    lines = [f"· {TABLES[table][0]} {count} 条，{TABLES[table][1]}" for table, count in counted.items()]
    return [head, *lines]


def other_key(fingerprint: str) -> str:
    return OTHER_KEY.format(named=f"（指纹 {fingerprint}）" if fingerprint else "")


def resealed(changed: int, fingerprint: str) -> str:
    if not changed:
        return f"都已经是用现在的密钥（指纹 {fingerprint}）封存的。"
    return f"已用现在的密钥（指纹 {fingerprint}）重新封存 {changed} 处；服务重启后，旧密钥可以从 BOT_DATA_KEY 里去掉，但要留着，以前的备份还要用它。"
