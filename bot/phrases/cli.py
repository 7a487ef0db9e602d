"""Wording of the command line."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

ABOUT = "连心：第一书记和社区志愿者的群聊助手。不写命令就是启动服务。"
SERVE = "启动服务（默认）。"
CHAT = "在终端里聊天：标准输入每行一条消息，走的是同一套处理。"
EXPORT = "导出台账到 .xlsx 或 .jsonl 文件，“-”为标准输出。"
PERMISSIONS = "列出每个命令谁能用、能办哪里的事；没列的身份不能用。"
DOCTOR = "自查：设置、数据库、索引、时钟、节假日表、各渠道，逐项给出毛病和办法。"

KB = "知识库：导入、查找、问答、清单、核查。"
DIGEST = "早报：预览、现在就推、推送记录。"
PLACE = "地点：省、市、县、乡镇、村（社区）。"
GROUP = "群：所在村（社区）、渠道、推送时间、群主、用途、到期日。"
DB = "数据库：升级、检查、备份、恢复。"

BAD_SETTINGS = "设置有误：{error}"
NO_POSTGRES = "用 PostgreSQL 要先装驱动：pip install 'lianxin[postgres]'。"
SCHEMA_TOO_NEW = "数据库是更新版本的程序建的（{version}），请先升级程序。"
NO_PERMISSION = "没有权限读写：{path}"

STARTED = "连心已启动：{url}"
SIMULATOR = "演示页面：{url}/simulator"
STOPPING = "正在停止……"
ALREADY_SERVING = "已有一个服务在用这个数据库文件（{path}），不能再启动第二个。"
PORT_TAKEN = "端口 {port} 被占用，换一个端口（BOT_PORT 或 --port），或先停掉占用它的程序。"
CANNOT_LISTEN = "不能监听 {host}:{port}：{error}"

AS_WHO = "以谁的身份说话：姓名；重名写“姓名@村（社区）”"
IN_GROUP = "在哪个群里说；不写就是私聊"
AT = "当作在这个时间说，例如 2026-03-05T09:00"
JSON = "按 JSON 输出"
NO_SUCH_MEMBER = "没有“{name}”这个人。"
WHO_NEEDED = "请用 --as 写明以谁的身份说话。"
NO_SUCH_GROUP = "没有“{name}”这个群。现有：{choices}"
BAD_TIME = "时间“{text}”看不懂，例如 2026-03-05T09:00。"
BAD_DAY = "日期“{text}”看不懂，例如 2026-03-05。"
BAD_HOUR = "时间“{text}”看不懂，例如 08:00。"
GUEST = "访客"
INTERRUPTED = "已中断。"

PROGRAM = "python -m bot"
NO_SUCH_COMMAND = "没有这个命令。"
NO_SUCH_OPTION = "没有“{name}”这个选项。{near}"
NOT_GIVEN = "没有写 {name}。"
BAD_OPTION = "“{name}”的值写得不对。"
TOO_MANY_WORDS = "后面多写了东西。"
SEE_HELP = "用法：{command} --help"

_NOT_A_DATABASE = "数据库文件坏了，或者不是数据库文件；有备份的话，把它移走后用 db restore 恢复。"
_LOCKED = "数据库正忙，半分钟内没等到，请稍后再试。"
_FULL = "磁盘满了，请先腾出空间。"
_READ_ONLY = "数据库文件是只读的，请检查文件和文件夹的权限。"
_CANNOT_OPEN = "数据库文件打不开，请检查文件夹是否存在、有没有权限。"


def database_failed(error: str) -> str:
    """One sentence for what a driver said."""
    known = {
        "file is not a database": _NOT_A_DATABASE,
        "malformed": _NOT_A_DATABASE,
        "database is locked": _LOCKED,
        "disk is full": _FULL,
        "readonly": _READ_ONLY,
        "unable to open": _CANNOT_OPEN,
    }
    for sign, sentence in known.items():
        if sign in error:
            return sentence
    first = next(iter(error.strip().splitlines()), "")
    return f"数据库出错：{first}"


def file_failed(error: OSError) -> str:
    """One sentence for what the system said about a file."""
    name = error.filename if error.filename is not None else ""
    match error:
        case FileNotFoundError():
            return f"没有这个文件或文件夹：{name}"
        case PermissionError():
            return NO_PERMISSION.format(path=name)
        case IsADirectoryError():
            return f"这是文件夹，不是文件：{name}"
        case NotADirectoryError() | FileExistsError():
            return f"这里要的是文件夹，却是一个文件：{name}"
        case _ if error.errno == 28:
            return _FULL
        case _:
            return f"文件读写失败：{error.strerror or error} {name}".rstrip()


def listed(names: Iterable[str], most: int = 20) -> str:
    """Names in a row, a long row cut short."""
    found = list(names)
    return "、".join(found[:most]) + (f"等 {len(found)} 个" if len(found) > most else "")


KB_IMPORT = "导入文件或文件夹，重复导入不会重复入库。"
KB_SEARCH = "查条文：一条法规条文一个结果，最相关的在前。"
KB_ASK = "问政策：和聊天里的回答一字不差。"
KB_REMOVE = "从知识库移除一个文件（按 kb list 里的来源）。"
KB_STATS = "知识库有多少文件、条文、卡片，索引多大。"
PATHS = "文件或文件夹（md、txt、toml 卡片）"
KB_DIFF = "和上一个版本比，哪几条有变化"
ASKED_IN = "当作在这个地方问，例如 金山县；不写就不带地方"
PRUNE = "文件夹里已经删掉的，也从库里移除"
QUESTION = "要查、要问的话"
TOP = "最多几条"
BATCH = '逐行 {"id", "question"} 的文件，“-”为标准输入'
EXPLAIN = "说明每条为什么排在这里"
SOURCE = "文件来源，见 kb list"

READING = "读文件"
INDEXING = "建索引"
SAME_AS_BEFORE = "和库里的一样，没有变化。"
NOTHING_READ = "没有读到可用的文件。"
SKIPPED = "跳过 {count} 个："
GONE = "文件夹里已经没有、库里还有的 {count} 个（加 --prune 移除）："
PRUNED = "文件夹里已经没有、刚从库里移除的 {count} 个："
ONE_OF_TWO = "请写一个问题，或者用 --batch 给一个文件，二者选一。"
EMPTY_QUESTION = "问题是空的，请写出要问的话。"
NOTHING_FOUND = "没有找到相关条文。"
NO_SUCH_SOURCE = "库里没有“{source}”。{near}"
NEAREST = "您是不是要：{names}"
NO_OLD_VERSION = "“{source}”没有更早的版本可比。"
REMOVED = "已从知识库移除：{source}"
TOO_LARGE = "文件有 {size} MB，超过 {most} MB 的上限：{path}"
BAD_LINE = '{name} 第 {number} 行不对：要写成 {{"id": …, "question": "…"}}。'
STANDARD_INPUT = "标准输入"


def imported(documents: int, passages: int, added: int, changed: int, unchanged: int) -> str:
    return f"读到 {documents} 个文件，{passages} 条（段）：新增 {added}，有变化 {changed}，没变 {unchanged}。"


def imported_on(day: date) -> str:
    return f"{day} 导入的文本"


def diff_heading(source: str, before: str, count: int) -> str:
    return f"{source} 和{before}比，{count} 条有变化。" if count else f"{source} 和{before}比，没有变化。"


def diff_line(label: str, old: str | None, new: str | None, marked: str) -> str:
    """One article: added, gone, or what was struck out 【-】 and put in 【+】."""
    if old is None:
        return f"{label}〔新增〕\n  {new}"
    return f"{label}〔删去〕\n  {old}" if new is None else f"{label}〔有改动〕\n  {marked}"


def hit_heading(place: int, document: str, article: str | None, score: float, card: str | None) -> str:
    beside = f"，卡片 {card}" if card else ""
    return f"{place}. 《{document}》{article or ''}（{score:.2f}{beside}）"


_RESPECTS = {
    "words": "所问的词",
    "letters": "字面对得上",
    "titles": "标题里提到",
    "asked": "以前同类的问题答的是它",
    "chapter": "所在的一章",
    "law": "所在的文件",
    "card": "卡片的问法",
    "rule": "文件的级别和条文长短",
    "total": "初选的名次",
    "meaning": "语义相近",
}
_TOLD, _LEAST = 4, 0.05
"""Respects that are told of a hit, and what the least of them is worth."""


def why(
    *,
    share: float,
    terms: Iterable[str],
    translated: Mapping[str, Sequence[str]],
    likeness: float | None,
    exact: bool,
    superseded: bool,
    gains: Mapping[str, float],
) -> list[str]:
    """What made a hit, in lines."""
    parts = [f"说到了所问的 {share:.0%}", f"命中的词：{'、'.join(terms) or '无'}"]
    if likeness is not None:
        parts.append(f"和卡片问法相近 {likeness:.0%}")
    if exact:
        parts.append("问题点名了这一条")
    if superseded:
        parts.append("已失效或有新版本")
    lines = ["；".join(parts)]
    if translated:
        told = (f"{said} → {'、'.join(official)}" for said, official in translated.items())
        lines.append(f"换成文件里的说法：{'；'.join(told)}")
    for heading, sign in (("排名靠前，靠的是", 1), ("不利的是", -1)):
        some = [(name, gain) for name, gain in gains.items() if gain * sign >= _LEAST][:_TOLD]
        if some:
            lines.append(f"{heading}：" + "，".join(f"{_RESPECTS[name]} {gain:+.2f}" for name, gain in some))
    return lines


def stats(counts: dict[str, int]) -> str:
    return (
        f"文件 {counts['documents']} 个：原文 {counts['laws']}，卡片文件 {counts['card_files']}。\n"
        f"条（段）{counts['passages']}，其中带条号的 {counts['articles']}；卡片 {counts['cards']}。\n"
        f"版本 {counts['revision']}，索引版本 {counts['index_revision']}，"
        f"索引 {counts['index_bytes'] / 1e6:.1f} MB。\n"
        f"问了没答上的 {counts['unanswered']} 次。"
    )


PLACE_ADD = "添加一个地点。"
PLACE_LIST = "列出地点。"
PLACE_IMPORT = "批量导入地点：表头写名称、类别、上级。"
GROUP_ADD = "添加一个群。"
GROUP_LIST = "列出群。"
GROUP_SET = "修改一个群的设置，只改写明的那几项。"
TABLE = "表格文件（csv、xlsx、jsonl）"
PLACE_NAME = "地点的名称，例如 永续社区"
KIND = "类别：省、市、县、乡镇、村、社区、单位"
PARENT = "上级地点的名称"
GROUP_NAME = "群名"
CHANNEL = "渠道：{channels}"
WEBHOOK = "群机器人的 Webhook 地址，“-”为从标准输入读一行"
PUSH_TIME = "早报推送时间，例如 08:00"
OWNER = "群主姓名；重名写“姓名@村（社区）”"
PURPOSE = "这个群是做什么用的"
ENDS = "群到哪天为止，例如 2026-12-31；到期不再推送"
SUBSCRIBED = "收不收早报"
DAYS = "哪些天推，例如 工作日、周一三五"
QUIET = "静默时间，例如 19:00-08:00"
PAUSE = "暂停推送到哪天（含这天），例如 2026-10-08；空着是恢复"
APPROVAL = "要不要每份批准了才推"

PLACE_COLUMNS = {"name": ["名称", "地点"], "kind": ["类别"], "parent": ["上级"]}

NO_SUCH_PLACE = "没有“{name}”这个地点，先用 place add 添加。现有：{choices}"
NO_SUCH_ROLE = "没有“{name}”这个身份，可以写：{choices}"
NO_SUCH_CHANNEL = "没有“{name}”这个渠道，可以写：{choices}"
NO_SUCH_REGISTER = "没有“{name}”这个台账，可以导出：{choices}"
PLACE_TAKEN = "已经有叫“{name}”的地点，上级不一样。"
GROUP_TAKEN = "已经有叫“{name}”的群。"
BAD_WEBHOOK = "Webhook 地址要以 https:// 开头，请从群机器人的页面整条复制。"
BAD_GROUP_NAME = "群名不能是空的，也不能超过 40 个字或以 = + - @ 开头。"
ENDED = "到期日 {day} 已经过了。"
NOTHING_TO_SET = "请写明要改哪一项，例如 --push-time 08:00。"
CHANNEL = "微信那一头要设置的。"
CHANNEL_MENU = "在公众号的聊天窗口下面放上菜单（换掉原来的菜单）。"
MENU_MADE = "菜单放好了；五分钟内，或重新关注后就能看到。"
NO_OFFICIAL_ACCOUNT = "没有开通公众号：请先填 WECHAT_APP_ID 等几项设置。"
CHAT_MEMBERS = "用企业微信自建应用建群的成员，几个人用逗号隔开（群的 --channel 要是 wecom_app）"
CHAT_NEEDS_APP = "--members 只用于自建应用建的群：请同时写 --channel wecom_app。"
CHAT_WITHOUT_APP = (
    "还没有设置企业微信自建应用（WECOM_*），建不了群。群已登记，设好后用 group set 加 --members 再建。"
)
CHAT_TOO_SMALL = "建群至少要两个人。"
CHAT_MADE = "已在企业微信建好群“{name}”，{count} 人。"
CHAT_STANDS = "企业微信里的群“{name}”以前就建好了，成员没有变；要增减成员，请在企业微信里由群主操作。"
CHAT_GREETING = "大家好，我是连心。今后的早报和通知发在这个群里；要办事、问政策，请到我的应用里一对一说。"
NOT_IN_WECOM = "“{name}”还没有绑定企业微信，请先让本人在应用里绑定。"
GROUP_ADDED = "已添加群“{name}”，工作日 {push_at:%H:%M} 推送早报。"
GROUP_CHANGED = "已修改群“{name}”。"
PLACE_ADDED = "已添加地点“{name}”。"
PLACE_KNOWN = "地点“{name}”已经有了，没有变化。"
NONE_YET = "还没有。"


def taken(added: int, granted: int, unchanged: int) -> str:
    parts = [f"新增 {added}"] + ([f"增加身份 {granted}"] if granted else []) + [f"没变 {unchanged}"]
    return "，".join(parts) + "。"


def more_problems(count: int) -> str:
    return f"  ……还有 {count} 处"


def group_line(group: dict[str, object]) -> str:
    parts = [f"{group['name']}（{group['place']}）", f"渠道 {group['channel']}", f"{group['push_time']} 推送"]
    if not group["subscribed"]:
        parts.append("已停推")
    for label, key in (("Webhook", "webhook"), ("群主", "owner"), ("用途", "purpose"), ("到期", "ends")):
        if group[key]:
            parts.append(f"{label} {group[key]}")
    return "，".join(parts)


DIGEST_PREVIEW = "看下一次（或某天）的早报是什么样，不会推出去。"
DIGEST_SEND = "现在就把今天的早报推到群里，一天只推一次。"
DIGEST_LOG = "推送记录，最近的在前，末尾是合计。"
DIGEST_DROP = "从某天的早报里去掉一条。"
DIGEST_ORDER = "按新的先后排某天的早报，序号都写上，例如 3 1 2。"
DIGEST_ADD = "往某天的早报末尾添一条：条目的编号，或者自己的一段话。"
DIGEST_APPROVE = "批准某天的早报，照现在的样子发。"
DIGEST_STOP = "停掉一个群的推送；恢复用 group set 群名 --subscribed。"
DIGEST_PIN = "置顶一条通知，每份早报开头都有。"
DIGEST_UNPIN = "撤下第几条置顶通知。"
PLACE_NUMBER = "预览里的序号"
PLACE_NUMBERS = "预览里的序号，按新的先后"
WORDS = "要说的话"
ADDED_WORDS = "条目的编号，或者自己的一段话"
UNTIL = "到哪一天为止，例如 2026-03-10；不写是一周"
STOPPED = "“{group}”的推送已停。"
PINNED = "已置顶，到 {until} 为止。"
UNPINNED = "已撤下。"
ON = "哪一天，例如 2026-03-05"
SENT = "“{group}”今天的早报已放进待发，服务运行时几秒内送出。"
UNSUBSCRIBED = "“{group}”已停推，先用 group set “{group}” --subscribed 恢复。"
GROUP_OVER = "“{group}”已到期（{day}），不再推送。"
NO_GROUPS = "还没有群，先用 group add 添加。"
OFF = "【{group}】{day} {off}，不推送。"
SIZES = "共 {bytes} 字节：{sizes}。"
APPROVED = "已批准。"
NOT_APPROVED = "还没批准，到时不会推送；批准用 digest approve。"
TIMES = "{name} {count} 条"
NOTHING_NEW = "【{group}】{day} 没有新内容，不推送。"
PREVIEW = "【{group}】{day} {push_at:%H:%M}\n{text}"

_PUSH_STATUS = {
    "queued": "待发",
    "sending": "正在发",
    "sent": "已送达平台",
    "failed": "失败",
    "waiting": "等待",
    "unknown": "不确定是否送达",
    "skipped": "没有推",
}


def push_line(day: object, group: str, status: str, reason: str) -> str:
    return f"{day}  {group}  {_PUSH_STATUS.get(status, status)}" + (f"（{reason}）" if reason else "")


REGISTER = "台账：wishes、audit、digests、members 等"
REGISTER_FILE = "写到哪个文件（.xlsx 或 .jsonl），“-”为标准输出"
BAD_REGISTER_FILE = "文件名要以 .xlsx 或 .jsonl 结尾，您写的是“{name}”。"
EXPORTED = "已导出 {count} 行到 {file}。"

DB_UPGRADE = "把数据库升级到本程序的版本。"
DB_CHECK = "检查数据库：版本、结构、文件是否完好，索引是否跟得上。"
DB_BACKUP = "备份成一个文件：数据库和导入的原件，服务运行时也能做。"
DB_RESTORE = "从备份恢复；数据库里已有内容时要加 --replace。"
BACKUP_FILE = "备份文件，例如 lianxin.backup"
REPLACE = "用备份替换现有的全部内容"
UPGRADED = "数据库已升级到 {version}。"
UP_TO_DATE = "数据库已是最新版本（{version}）。"
NO_DATABASE = "还没有数据库（{path}），先运行 db upgrade 或启动一次服务。"
NOTHING_TO_KEEP = "数据库还是空的，没有可备份的。"
BACKED_UP = "已备份到 {file}：{rows} 行，原件 {originals} 个，{size} MB。"
RESTORED = "已从备份恢复：{rows} 行，原件 {originals} 个（备份于 {made_at}）。"
NOT_A_BACKUP = "这不是连心的备份文件，或者文件不完整：{file}"
DAMAGED = "备份文件坏了（{member} 对不上），没有恢复，数据库没有动。"
MADE_BY_NEWER = "备份是更新版本的程序做的（{version}），请先升级程序。"
NOT_EMPTY = "数据库里已有内容，没有恢复；确实要用备份替换全部内容，请加 --replace。"
FOUND_FAULTS = "有 {count} 项不对，见上。"

_MARKS = {"ok": "✔", "warning": "！", "failed": "✘"}


def finding(status: str, what: str, cure: str) -> str:
    return f"{_MARKS[status]} {what}" + (f"\n    办法：{cure}" if cure else "")


DOUBT_AFTER_RESTORE = "备份时还在排队，之后送没送不知道"
