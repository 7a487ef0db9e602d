"""The engine's own wording: what it says before any feature has its say."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from bot.chat.paged import Paged
from bot.masking import Kind
from storage.called import Choice, SeveralCalled

PRIVACY_NOTICE = (
    "【初次使用请知悉】我会保存您的账号标识、在这里办理的事项和必要的消息记录，只用于办理这些事项；"
    "群里不显示姓名和电话。私聊发“/隐去”可隐去个人信息。"
)
LEFT = "好的，已经退出，刚才的内容没有保存。"
NOTHING_TO_LEAVE = "现在没有进行到一半的事，不用取消。"
NOT_ALLOWED = "“{command}”由{roles}来办，您暂时没有这个权限。"
PRIVATE_ONLY = "这个要私下办，请单独私聊我。"
GROUP_ONLY = "“{command}”要在群里用。"
TOO_FAST = "您发得有点快，请过一分钟再发。"
INCIDENT = "出了点问题，没有办成，什么都没有改。请稍后再试；找人排查时报这个编号：{number}。"
UNHEARD = {
    "voice": "我听不了语音，请把要说的话打成文字发给我。",
    "picture": "我看不了图片，请把要问的、要办的打成文字发给我。",
    "other_media": "我只看得懂文字，请把要问的、要办的打成文字发给我。",
}
PICTURE_TOO_LARGE = "这张照片太大了（最多 5 MB），请压小一点再发，不发也行。"
NOT_A_PICTURE = "只收 JPG、PNG 的照片，这一张打不开，没有留；请换一张，不发也行。"
PICTURE_LOST = "照片没有收到，请再发一次，不发也行。"
TOO_LONG = "这条消息太长了（最多 {limit} 个字），请分成几条发。"
NO_SUCH_ITEM = "没有第 {number} 项，上一份列表共 {count} 项。"
NO_MORE = "后面没有了。"
NO_PAGE_BEFORE = "前面没有了。"
NO_PAGES = "前面没有列表可翻。"
NOT_YOUR_LIST = "没有可翻的：刚才那份列表不是您的。"
NEXT_PAGE = frozenset({"下一页", "后一页"})
PAGE_BEFORE = frozenset({"上一页", "前一页"})
PAGE = "第{}页"
PAGE_NUMBER = r"(?<![下后上前])第?\s*{}\s*页"
"""How a page is asked for by its number."""
NO_LISTING = "前面没有可选的列表。想问政策，直接说问题就行。"
EMPTY = "您还没说要问什么。直接说一句话就行，例如：低保怎么申请？"
HELP_ASKED = frozenset(
    f"{you}{what}"
    for you in ("", "你", "您", "这个")
    for what in (
        "怎么用",
        "咋用",
        "能干啥",
        "能干什么",
        "会干啥",
        "会啥",
        "能办啥",
        "能办什么",
        "能做什么",
        "有啥用",
    )
) | {"菜单", "功能", "使用说明", "你是谁", "您是谁", "你是干啥的", "你是干什么的"}
"""What asks for help in other words, and nothing else."""
ASK = "{question}（发“取消”退出）"
ASK_IN_GROUP = "{question}（请 @我 再说，发“取消”退出）"

_SOMEBODYS_OWN = {
    Kind.IDENTITY: "身份证号",
    Kind.CARD: "银行卡号",
    Kind.PHONE: "个人手机号",
}
FOR_EVERYBODY = "里面有{what}，大家都会看到，所以没有存。去掉再发一次；要留电话，写单位的座机或热线。"

ASKED_IN_PRIVATE = "这个要问您几句，我私下问您，请看私聊。"
BACK = frozenset({"上一步", "返回"})
LEAVING = frozenset({"不办了", "算了", "不要了", "不弄了", "退出"})
YES = frozenset(
    {"是", "是的", "对", "对的", "行", "好", "好的", "可以", "中", "嗯", "没错", "确认", "同意", "登记吧"}
)
NO = frozenset({"不", "不是", "不对", "不行", "错了", "有错", "修改"})
OTHERWISE = "改"
LEAVE = "取消"
WHICH_STEP = "要改哪一项？"
FIRST_STEP = "这就是第一步。"
NO_SUCH_CHOICE = "没听明白，请从下面选一个。"
PRESSED_EARLIER = "那是前面一步的按钮，现在问的是这个："
CHOSEN = "好，{}。"
NOTHING_SAID = "您还没写。"
STILL_OPEN = "刚才的还没填完，接着问您："
PUT_DOWN = "刚才没填完的先放下了，还没有登记；要接着办，重新发“{command}”。"

ROLES = {
    "resident": "村民",
    "volunteer": "志愿者",
    "grid_worker": "网格员",
    "care_secretary": "民情书记",
    "first_secretary": "第一书记",
    "coordinator": "村（社区）干部",
    "child_officer": "儿童主任",
    "county_office": "县委组织部",
    "operator": "系统管理员",
}


OF = {"own": "本人的", "place": "本地及以下", "all": "所有"}
"""Of which matters a role may."""


def rights(row: Mapping[str, str]) -> str:
    """A row of the table of rights in one line: 村（社区）干部 本地及以下；…"""
    whom = {of: roles([name for name, each in row.items() if each == of]) for of in OF}
    if len(row) == len(ROLES) and len(set(row.values())) == 1:
        whom = dict.fromkeys(row.values(), "所有人")
    return "；".join(f"{who} {OF[of]}" for of, who in whom.items() if who)


def roles(names: Iterable[str]) -> str:
    return "、".join(label for key, label in ROLES.items() if key in set(names))


def several_called(error: SeveralCalled) -> str:
    """Who shares the name, and how each is written; who is told by a number alone, with what they are."""
    told = "、".join(_told_apart(choice) for choice in error.choices)
    return f"叫“{error.name[:20]}”的不止一个，请写成其中一个：{told}。"


def _told_apart(choice: Choice) -> str:
    if "#" not in choice.written:
        return choice.written
    member = choice.member
    what = "已离任" if choice.former else roles(member.roles)
    return f"{choice.written}（{member.place or '没有登记地点'}，{what}）"


def for_everybody(kinds: Collection[Kind]) -> str:
    """Why words are not taken that everybody would read."""
    return FOR_EVERYBODY.format(
        what="、".join(name for kind, name in _SOMEBODYS_OWN.items() if kind in kinds)
    )


def pick(what: str, *, private: bool) -> str:
    """How to open an item of a numbered list: in a group a bare number is not heard."""
    return f"回复序号看{what}" if private else f"@我 发序号看{what}"


TAP, NUMBER = "点一下", "回数字"
"""How a choice is made: on a button, or by its number."""


def how_to_answer(choose: str, *, choices: bool, own: bool, first: bool, last: bool) -> str:
    """What stands under a question of a way; the last one has all there is to do as choices."""
    if last:
        return f"（{choose}就行）"
    how = (f"{choose}，或者直接写。" if own else f"{choose}就行。") if choices else ""
    return f"（{how}{'' if first else '错了发“上一步”，'}不办了发“取消”）"


def explained(sentence: str, usage: str, example: str) -> str:
    return f"{sentence}\n用法：{usage}\n例如：{example}"


def missing(label: str) -> str:
    choices = label.split("|")
    return f"没有写“{label}”。" if len(choices) == 1 else f"后面要写{'、'.join(choices)}中的一个。"


def superfluous(rest: str) -> str:
    return f"后面的“{rest[:20]}”没看懂。"


def not_a_number(label: str, word: str) -> str:
    return f"“{label}”要写数字，您写的是“{word[:20]}”。"


def not_a_choice(word: str, choices: Sequence[str]) -> str:
    return f"这里只能写{'、'.join(choices)}，您写的是“{word[:20]}”。"


def unknown_command(typed: str, nearest: Sequence[str]) -> str:
    """`typed`: the name as it was written; `nearest`: known names like it, the likeliest first."""
    if not nearest:
        return "没有这个命令。发“/帮助”看看都能办什么。"
    glued = f"“/{nearest[0]}”后面空一格再写。" if typed.startswith(nearest[0]) else ""
    return f"没有这个命令。您是不是要：{'、'.join('/' + name for name in nearest)}？{glued}发“/帮助”看全部。"


NEW_GROUP_NAME = "新群{number}"
NEW_GROUP_NOTICE = (
    "本群已接上。请本村（社区）的干部或第一书记在群里发“/本群 地点 村名”，归好地方后才推早报、列本地心愿。"
)


def counted(page: Paged[Any], unit: str) -> str:
    """How many a list has, and which page of it this is."""
    which = f"，第 {page.number}/{page.pages} 页" if page.pages > 1 else ""
    return f"（共 {page.total} {unit}{which}）"


def turning(page: Paged[Any], *, private: bool) -> str:
    """How to go on in a list of several pages, or back from its last; nothing where there is one."""
    if page.pages == 1:
        return ""
    said = "发“下一页”接着看" if page.number < page.pages else "发“上一页”往回看"
    return said if private else f"@我 {said}"
