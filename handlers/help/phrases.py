"""Wording of help and greeting."""

from collections.abc import Mapping, Sequence

from bot.chat import phrases as engine
from bot.chat.command import Command, Where
from bot.chat.errors import DomainError
from bot.chat.reply import Reply

ASK_FEEDBACK = "有什么意见、哪里不好用，一句话说给我。"
FEEDBACK_TAKEN = "记下了，会转给负责的人看，谢谢您！"
WELCOME = (
    "您好，我是连心，帮您办三件事：\n"
    "1. 问政策：直接说一句话，例如“低保怎么申请”，我答的都写明依据哪份文件第几条；\n"
    "2. 说心愿：发“/心愿 想要什么”，核实后有志愿者认领；\n"
    "3. 查进展：发“/我”。\n"
    "村干部给过您邀请码的，发“/绑定 邀请码”。全部功能发“帮助”。"
)
HEADING = "您能办这些，想问政策直接说就行："
HEADING_GROUP = "您在群里能办这些，想问政策 @我 直接说就行："
HOW = "{pick}每样怎么写；只看一样，发“/帮助 心愿”。"
TOPICS = {
    "问政策": ("policy",),
    "微心愿": ("wishes",),
    "早报": ("digests",),
    "我的事": ("members",),
    "管群和消息": ("groups", "outbox"),
    "别的": ("safety", "help"),
}
"""What help calls the features, a few at once: a long list is read by nobody."""

IN_PRIVATE = "私聊我还能办："
IN_GROUP = "到群里还能办："


class NoSuchCommand(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"没有“{name[:20]}”这个命令。发“/帮助”看全部。")


class NotForYou(DomainError):
    def __init__(self, command: Command) -> None:
        roles = engine.roles(command.allow.roles)
        super().__init__(engine.NOT_ALLOWED.format(command=f"/{command.name}", roles=roles))


def overview(open_to: Mapping[str, Sequence[Command]], private: bool) -> Reply:
    """What may be done here: of each topic the first command with its example, and the names of the others.

    A number said next opens a topic, another one a command: everything is two answers away.
    """
    here, elsewhere = _parted(open_to, private)
    lines = [HEADING if private else HEADING_GROUP]
    for place, (topic, commands) in enumerate(here.items(), start=1):
        others = " ".join(f"/{command.name}" for command in commands[1:])
        lines.append(
            f"{place}.【{topic}】{commands[0].examples[0]}" + (f"\n  还有 {others}" if others else "")
        )
    names = "、".join(f"/{command.name}" for commands in elsewhere.values() for command in commands)
    if names:
        lines.append((IN_GROUP if private else IN_PRIVATE) + names)
    lines.append(HOW.format(pick=engine.pick("一类里", private=private)))
    return Reply.text("\n".join(lines), listing=tuple(f"help:{topic}" for topic in here))


def of_topic(open_to: Mapping[str, Sequence[Command]], topic: str, private: bool) -> Reply | None:
    """Each command of a topic with its example; None when the member has none of that name here."""
    commands = _parted(open_to, private)[0].get(topic)
    if not commands:
        return None
    lines = [f"【{topic}】"]
    lines += [
        f"{place}. {_summary(command)}：{command.examples[0]}"
        for place, command in enumerate(commands, start=1)
    ]
    lines.append(f"{engine.pick('一样的全部写法', private=private)}。")
    return Reply.text("\n".join(lines), listing=tuple(f"help:{command.name}" for command in commands))


def _parted(
    open_to: Mapping[str, Sequence[Command]], private: bool
) -> tuple[dict[str, list[Command]], dict[str, list[Command]]]:
    """Commands by topic: those that are used in this chat, and those that are used in the other kind."""
    other = Where.GROUP if private else Where.PRIVATE
    here: dict[str, list[Command]] = {}
    elsewhere: dict[str, list[Command]] = {}
    for topic, features in TOPICS.items():
        for command in (each for feature in features for each in open_to.get(feature, ())):
            (elsewhere if command.where is other else here).setdefault(topic, []).append(command)
    return here, elsewhere


def one(command: Command) -> Reply:
    lines = [f"/{command.name}：{command.summary}", f"用法：{command.usage}"]
    lines += ["例如：", *(f"  {example}" for example in command.examples)]
    if command.aliases:
        lines.append("也可以写：" + "、".join(f"/{alias}" for alias in command.aliases))
    return Reply.text("\n".join(lines))


def _summary(command: Command) -> str:
    return command.summary.rstrip("。")
