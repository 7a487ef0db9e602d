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
