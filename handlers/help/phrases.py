"""Wording of help and greeting."""

from collections.abc import Iterable

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
HEADING = "您能办这些（发“/帮助 命令”看详细用法），想问政策直接说就行："
HEADING_GROUP = "您在群里能办这些（发“/帮助 命令”看详细用法），想问政策 @我 直接说就行："
IN_PRIVATE = "私聊我还能办："
IN_GROUP = "到群里还能办："


class NoSuchCommand(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(f"没有“{name[:20]}”这个命令。发“/帮助”看全部。")


class NotForYou(DomainError):
    def __init__(self, command: Command) -> None:
        roles = engine.roles(command.allow.roles)
        super().__init__(engine.NOT_ALLOWED.format(command=f"/{command.name}", roles=roles))


def overview(commands: Iterable[Command], private: bool) -> Reply:
    """What may be done here, each with its example; what is done elsewhere, by name."""
    elsewhere = Where.GROUP if private else Where.PRIVATE
    known = tuple(commands)
    lines = [HEADING if private else HEADING_GROUP]
    lines += [
        f"· {_summary(command)}：{command.examples[0]}" for command in known if command.where is not elsewhere
    ]
    names = [f"/{command.name}" for command in known if command.where is elsewhere]
    if names:
        lines.append((IN_GROUP if private else IN_PRIVATE) + "、".join(names))
    return Reply.text("\n".join(lines))


def one(command: Command) -> Reply:
    lines = [f"/{command.name}：{command.summary}", f"用法：{command.usage}"]
    lines += ["例如：", *(f"  {example}" for example in command.examples)]
    if command.aliases:
        lines.append("也可以写：" + "、".join(f"/{alias}" for alias in command.aliases))
    return Reply.text("\n".join(lines))


def _summary(command: Command) -> str:
    return command.summary.rstrip("。")
