"""What is said about a wrong setting."""

from collections.abc import Mapping
from typing import Any

BAD_ZONE = "时区不对，例如 Asia/Shanghai。"
BAD_LEVEL = "只能是 DEBUG、INFO、WARNING、ERROR。"
BAD_DATABASE = "只支持 sqlite:///文件 或 postgresql+psycopg://用户:密码@主机/库名。"
BAD_URL = "要写完整的网址，例如 https://example.org。"
DEV_LOOPBACK = "BOT_HOST：演示模式（BOT_ENV=dev）只能监听 127.0.0.1；要让别人访问，请设 BOT_ENV=production。"
KEY_NEEDED = '{name}：正式运行（BOT_ENV=production）必须设置，至少 32 个字符，可用 python -c "import secrets; print(secrets.token_urlsafe(32))" 生成。'
OFFICIAL_ACCOUNT = "公众号"
HALF_A_CHANNEL = "{channel}的设置不全，还缺：{names}；不用这个渠道就把它的设置都删掉。"
BAD_AES_KEY = "{name}：应是公众平台上那 43 个字符的 EncodingAESKey。"
UNREADABLE_ENV = ".env 读不了（{error}），请存为 UTF-8 编码的文本文件。"


def by_type(kind: str, context: Mapping[str, Any], message: str) -> str:
    """A sentence for what the settings library found wrong."""
    match kind:
        case "enum":
            return f"只能是 {context['expected']}。".replace(" or ", " 或 ").replace("'", "")
        case "int_parsing" | "int_type":
            return "要写整数。"
        case "greater_than_equal":
            return f"不能小于 {context['ge']}。"
        case "less_than_equal":
            return f"不能大于 {context['le']}。"
        case _:
            return message
