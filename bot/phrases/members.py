"""Wording of `member` on the command line."""

from collections.abc import Mapping, Sequence

MEMBER = "人员：清单、批量导入、发邀请码、账号、离任交接。"
LIST = "列出人员，一人一身份一行。"
LIST_ALL = "连已经结束的身份也列出来，带起止日期"
IMPORT = (
    "批量导入人员：表头写姓名、身份、地点，可以加任职时间、离任时间、企业微信账号；有一行不对就一个也不导入。"
)
INVITE = "发一个邀请码：本人私聊发“/绑定 邀请码”，七天内有效，只能用一次。"
ACCOUNTS = "看一个人绑定了哪些聊天账号（编号只显示头尾）。"
UNBIND = "解除一个人的聊天账号：手机丢了、绑错了人时用。"
LEAVE = "离任：先列出没办完的；加 --yes 才办，交给 --to 的人，没写的退回等人认领。"
TABLE = "表格文件（csv、xlsx、jsonl）"
ROLE = "身份，例如 志愿者 或 volunteer"
PLACE = "地点的名称，例如 永续社区"
NAME = "姓名"
WHO = "姓名；重名写“姓名@村（社区）”"
TO = "接手的人；重名写“姓名@村（社区）”"
YES = "真的办；不加只列出来"
ACCOUNT = "账号：member accounts 列出的序号"
QR = "在屏幕上画出二维码：有公众号时，本人扫一扫，关注和绑定一次办好"
PICTURE = "把二维码存成图片（.png 或 .svg）"

COLUMNS = {
    "name": ["姓名"],
    "role": ["身份", "角色", "职务"],
    "place": ["地点", "村（社区）", "村(社区)", "单位"],
    "since": ["任职时间", "任职日期", "开始日期"],
    "until": ["离任时间", "离任日期", "结束日期"],
    "userid": ["企业微信账号", "企业微信帐号", "账号"],
}
OPTIONAL = ("since", "until", "userid")

INVITED = "邀请码 {code}：{who}{place}，{role}。请本人私聊发“/绑定 {code}”，{until} 前有效，只能用一次。"
INVITED_BY_CODE = "公众号的二维码（用浏览器打开，存下来发给本人）：{picture}"
INVITED_BY_LINK = "或让本人在微信里打开：{link}"
INVITED_BY_WECOM_LINK = "或让本人在企业微信里打开：{link}"
TYPED = "/绑定 {code}"
SCAN = {
    "link": "扫下面的码打开绑定页：",
    "text": "扫下面的码，把显示的话发给我：",
}
SAVED = "二维码已存到 {path}。"
NOT_A_PICTURE = "图片要存成 .png 或 .svg，您写的是“{name}”。"
NO_PICTURE = "邀请码能用，公众号的二维码没做成：{fault}"
CHANNELS: Mapping[str, str] = {
    "official_account": "公众号",
    "wecom_app": "企业微信应用",
    "wecom_aibot": "企业微信机器人",
    "simulator": "模拟器",
}
NO_MEMBERS = "还没有人员，用 member import 导入，或用 member invite 发邀请码。"
NO_ACCOUNTS = "{name}还没有绑定聊天账号。"
UNREACHABLE = "，已取消关注，发不到"
NO_SUCH_ACCOUNT = "{name}没有第 {number} 个账号，先用 member accounts 看看。"
UNBOUND = "已解除{name}的{account}。再从那里说话，就当是没绑定的人；要恢复，重新发邀请码。"
SAME_PERSON = "交的人和接的人是同一个，请写明交给谁。"
NOTHING_OPEN = "{name}没有身份，也没有没办完的事，不用交接。"
WOULD_LEAVE = "{name}要交接的："
NOT_DONE = "还没有办。核对无误，加 --yes 再来一遍。"
LEFT = "交接办好了："


def account(number: int, channel: str, masked: str, *, unreachable: bool) -> str:
    return f"{number}  {CHANNELS.get(channel, channel)}  {masked}{UNREACHABLE if unreachable else ''}"


def tenure(row: Mapping[str, object], role: str) -> str:
    since, until = row["since"] or "", row["until"]
    span = f"  {since}至{until}" if until else f"  {since}起" if since else ""
    return f"{row['name']}  {role}  {row['place'] or ''}{span}".rstrip()


def listed(lines: Sequence[str]) -> str:
    return "\n".join(f"  {line}" for line in lines)
