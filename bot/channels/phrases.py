"""Wording of the channels. Only the simulator speaks for itself; other platforms have their own."""

BOT_NAME = "连心"
MENTION = f"@{BOT_NAME}"

ONLY_THIS_COMPUTER = "模拟器只能在本机打开，请用 http://127.0.0.1 或 http://localhost 访问。"
OTHER_SITE = "这个请求来自别的网站，没有受理。"
NOT_JSON = "请求的格式不对，没有受理。"
BAD_POSITION = "消息编号不对，请刷新页面。"
BAD_KEY = "这条消息缺少编号，请刷新页面再发。"
STRANGE_CHARACTERS = "这条消息里有认不出的字符，请删掉再发。"
EMPTY = "还没写内容，写几个字再发。"
NO_SUCH_PERSON = "没有这个人，请刷新页面重新选。"
NO_SUCH_CHAT = "没有这个聊天，请刷新页面重新选。"
NO_SUCH_PAGE = "没有这个页面。"


def too_long(limit: int) -> str:
    """`limit` in bytes; a Chinese character takes three."""
    return f"这条消息太长了，最多 {limit // 3} 个汉字左右，请分几次发。"
