"""Wording of the self-check: what is so, and what to do about it."""

import re

SETTINGS_GOOD = "设置：正确（{env}）"
SETTINGS_BAD = "设置：{error}"
SETTINGS_CURE = "改 .env 或环境变量里的这一项，见 .env.example 的说明。"

FOLDER_GOOD = "数据文件夹：{path}，可以读写"
FOLDER_MISSING = "数据文件夹：{path} 还没有，第一次启动时会建"
FOLDER_NOT_WRITABLE = "数据文件夹：{path} 不能写（{error}）"
FOLDER_NOT_WRITABLE_CURE = "检查 BOT_DATA_DIR 指的文件夹，让运行本程序的用户能读写它。"
FOLDER_OPEN = "数据文件夹：{path}，同机的其他用户也能看"
FOLDER_OPEN_CURE = "运行 chmod 700 {path}"

DISK_GOOD = "磁盘：剩余 {free:.1f} GB"
DISK_LOW = "磁盘：只剩 {free:.2f} GB"
DISK_CURE = "清理磁盘，至少留出 1 GB。"

DATABASE_GOOD = "数据库：能连上（{kind}）"
DATABASE_MISSING = "数据库：还没有，第一次启动时会建"
DATABASE_BAD = "数据库：{error}"
DATABASE_CURE = "检查 BOT_DATABASE_URL、数据库服务和文件权限。"
SCHEMA_GOOD = "数据库结构：版本 {version}"
SCHEMA_OLD = "数据库结构：版本 {version}，本程序要 {wanted}"
SCHEMA_OLD_CURE = "运行 python -m bot db upgrade"
SCHEMA_NEW = "数据库结构：版本 {version} 比本程序新"
SCHEMA_NEW_CURE = "把程序升级到建这个数据库的版本，或更新。"
SCHEMA_DIFFERS = "数据库结构：和本程序不一致，{count} 处，例如 {first}"
SCHEMA_DIFFERS_CURE = "有人改过表结构；从备份恢复到新数据库，或联系开发者。"
INTEGRITY_GOOD = "数据库文件：完好"
INTEGRITY_BAD = "数据库文件：有损坏，{count} 处，例如 {first}"
INTEGRITY_CURE = "停掉服务，把坏文件移走，用 db restore 从最近的备份恢复。"

INDEX_GOOD = "索引：跟得上知识库（版本 {revision}）"
INDEX_MISSING = "索引：还没有，第一次使用时会建"
INDEX_BAD = "索引：打不开（{error}）"
INDEX_BAD_CURE = "检查数据文件夹里 index 的权限；删掉 index 文件夹也行，下次使用会重建。"
INDEX_BEHIND = "索引：版本 {index}，知识库是 {base}"
INDEX_BEHIND_CURE = "服务运行时会自动跟上；没有运行服务就运行 python -m bot kb stats"

LEXICON_NONE = "词表：用自带的，没有另加"
LEXICON_GOOD = "词表：自带的，加上 {path} 里的"
LEXICON_BAD = "词表：有 {count} 处写得不对，例如 {first}"
LEXICON_CURE = "改好 {path} 里的这些行；保存后一秒内生效，不用重启。"

CLOCK_GOOD = "时钟：{now}（{zone}）"
CLOCK_BAD = "时钟：{now}，不可能"
CLOCK_CURE = "校准这台机器的时间，打开自动对时。"

HOLIDAYS_GOOD = "节假日表：有 {years} 年的"
HOLIDAYS_MISSING = "节假日表：没有 {years} 年的，那些天按周一至周五算工作日"
HOLIDAYS_CURE = "升级程序；或按国务院通知写 {path}，例如 holidays = [2027-01-01]、workdays = [2027-02-14]"
HOLIDAYS_BAD = "节假日表：{error}"
HOLIDAYS_BAD_CURE = "改好 {path} 里写错的地方。"

WECHAT = "公众号"
WECOM_APP = "企业微信自建应用"
WECOM_AIBOT = "企业微信智能机器人"
OFF = "{channel}：没有开通"
BAD = "{channel}：{fault}"
WECHAT_GOOD = "公众号：凭据有效，本机的 IP 在白名单里"
WECOM_APP_GOOD = "企业微信自建应用：凭据有效，本机的 IP 可信"
AIBOT_GOOD = "企业微信智能机器人：长连接连得上，BotID 和 Secret 正确"
AIBOT_HELD = "企业微信智能机器人：长连接由正在运行的服务占着；自查不去连，一连会把它顶下来"
AIBOT_UNSURE = "企业微信智能机器人：数据库写不了（{error}），说不准有没有服务正连着，没有去连"
AIBOT_CALLED = "企业微信智能机器人：URL 回调，只能回答，不能主动推"
AIBOT_FRONT_AWAY = "企业微信智能机器人：正在运行的服务占着长连接，但从这台机器连不到 {host}（{error}）"
AIBOT_FRONT_CURE = (
    "服务在这台机器上的，检查它能不能上外网（要放行往外的 443 端口）；在别的机器上的，到那台上自查。"
)

CALLBACK_GOOD = "{channel}回调：从 {url} 走一遍，答得对"
CALLBACK_NO_ADDRESS = "{channel}回调：没有设 BOT_PUBLIC_URL，没法测"
CALLBACK_NO_ADDRESS_CURE = "把公网网址填到 BOT_PUBLIC_URL，例如 https://lianxin.example.org。"
CALLBACK_PLAIN = "{channel}回调：{url} 答得对，但不是 https"
CALLBACK_PLAIN_CURE = "给域名配上证书（见 deploy/nginx.conf），平台后台里的地址也换成 https。"
CALLBACK_SLOW = "{channel}回调：{url} 答得对，但用了 {seconds:.1f} 秒；平台测地址只等 1 秒"
CALLBACK_SLOW_CURE = "看看网络和反向代理；自查和服务在一台很忙的机器上的，等闲时再查一次。"
CALLBACK_AWAY = "{channel}回调：{url} 打不开（{error}）"
CALLBACK_AWAY_CURE = (
    "检查域名解析、证书、防火墙，反向代理要转到 {host}:{port}。"
    "有的路由器不让内网绕出去再回来：用手机流量打开这个网址，看到 Forbidden. 的就不碍事。"
)
CALLBACK_STRANGE = "{channel}回调：{url}，{fault}"
HOUSE_REFUSES = "到了本程序，但它不认现在设置里的令牌"
HOUSE_REFUSES_CURE = "改过设置的，重启服务；几台机器的，各台的 .env 要一样。"
NOT_FOUND = "没有这个路径（404）"
NOT_FOUND_CURE = "反向代理要放行 {path}（见 deploy/nginx.conf）；服务是填设置之前启动的，重启。"
NOBODY_BEHIND = "反向代理到不了本程序（{status}）"
NOBODY_BEHIND_CURE = "启动服务；反向代理要转到 {host}:{port}。"
REDIRECTED = "被转到别处（{status}），平台不会跟过去"
REDIRECTED_CURE = "BOT_PUBLIC_URL 填转到之后的网址；反向代理里去掉这个路径的跳转。"
OTHER_PROGRAM = "有回应，但不是本程序（{status}）"
OTHER_PROGRAM_CURE = "域名指到了别的程序：检查域名解析，反向代理的 {path} 要原样转到 {host}:{port}。"

CERTIFICATE_EXPIRED = "证书过期了，或者本机的时间不对"
CERTIFICATE_OF_ANOTHER = "证书是别的域名的"
CERTIFICATE_UNTRUSTED = "证书不被信任：自己签的，或少了中间证书，要配 fullchain"
NO_TLS = "那个端口讲的不是 https"
NO_SUCH_HOST = "域名解析不了"
REFUSED_CONNECTION = "那个端口没有程序在听"
TIMED_OUT = "等不到回应，多半被防火墙挡了"
NOT_HTTP = "那里的程序讲的不是 HTTP"
NO_CONNECTION = "连不上，{error}"

SKEW_NONE = "对时：没有开通要对时的渠道，不检查"
SKEW_UNASKED = "对时：问不到平台的时间，没法对"
SKEW_GOOD = "对时：和平台的时间相差不到一分钟"
SKEW_SOME = "对时：这台机器比平台{way} {seconds} 秒"
SKEW_BAD = "对时：这台机器比平台{way} {seconds} 秒，超过 300 秒，平台送来的消息都会被当成假的拒绝"
SKEW_CURE = (
    "打开自动对时：Linux 运行 timedatectl set-ntp true；Windows 在“设置 > 时间和语言”里打开“自动设置时间”。"
)
FAST = "快"
SLOW = "慢"

GROUPS_NONE = "群：还没有"
GROUPS_GOOD = "群：{count} 个，推送都有路可走"
GROUPS_SOME = "群：{count} 个，其中 {faulty} 个要看一看"
GROUP = "群“{group}”：{fault}"
WEBHOOK_WRONG = "Webhook 地址不对"
WEBHOOK_WRONG_CURE = "到群里“消息推送”的页面整条复制，再登记：python -m bot group set {group} --webhook -"
WEBHOOK_ELSEWHERE = "Webhook 不是企业微信的地址，指到了 {host}"
WEBHOOK_SHARED = "和“{other}”登记了同一个 Webhook，两个群的推送都会进同一个群"
WEBHOOK_MISSING = "没有登记 Webhook，推送不了"
WEBHOOK_DIED = "群机器人已被移出群或停用（{since:%Y-%m-%d} 发现），推送停了"
WEBHOOK_MISSING_CURE = "在群里添加“消息推送”，登记：python -m bot group set {group} --webhook -"
ROBOT_REMOVED = "机器人已不在群里（{since:%Y-%m-%d} 发现），推送停了"
ROBOT_REMOVED_CURE = "请群主把机器人加回去，在群里 @ 它说一句话；这个群不用了的，运行 python -m bot group set {group} --no-subscribed"
CHANNEL_OFF = "渠道 {channel} 没有开通，推送不了"
CHANNEL_OFF_CURE = "填好这个渠道的设置；或换一个渠道：python -m bot group set {group} --channel …"
NEVER_HEARD = "还没有人 @ 过机器人，推送不了"
NEVER_HEARD_CURE = "把机器人加进群，在群里 @ 它说一句“帮助”；它会自己登记成一个新群，原来这条不用了。"
CHAT_NOT_MADE = "还没有在企业微信里建起来"
CHAT_NOT_MADE_CURE = "用自建应用建群：python -m bot group set {group} --members 姓名,姓名"
NO_PUSH = "智能机器人用的是 URL 回调，推不进群"
NO_PUSH_CURE = "改用长连接；或给这个群配消息推送：python -m bot group set {group} --webhook -"
NO_PLACE = "还没有归到哪个村（社区），不推早报"
NO_PLACE_CURE = (
    "由村（社区）干部在群里发“/本群 地点 村名”，或运行 python -m bot group set {group} --place 村名"
)
NO_FORWARDER = "要靠人转发，但没有群主"
NO_FORWARDER_CURE = "定一个转发的人：python -m bot group set {group} --owner 姓名"
FORWARDER_UNBOUND = "要靠群主转发，但群主还没有绑定聊天账号"
FORWARDER_UNBOUND_CURE = "给群主发邀请码：python -m bot member invite，让本人私聊发“/绑定 邀请码”。"

ALARMS_NONE = "提醒：没有要您处理的"
ALARM = "提醒（{since:%m-%d %H:%M} 起）：{fault}"
ALARM_CURE = "{cure}弄好以后服务自己会发现，最多等 20 分钟，这一条就没了。"

OUTBOX_GOOD = "待发：{queued} 条，没有要人定的"
OUTBOX_OLD = "待发：{count} 条，最早的一条等了 {waited}{cause}"
OUTBOX_OLD_CURE = "看服务是不是在运行；在运行的，先治好上面不对的渠道，好了会自动接着发。"
OUTBOX_OPEN = "待发：{unknown} 条不知送没送到，最近七天 {failed} 条没送到，要人来定"
OUTBOX_OPEN_CURE = "由村（社区）干部或系统管理员私聊发“/发件”，一条条定“重发”还是“视为已发”。"

PUBLIC_OFF = "外网地址：没有设 BOT_PUBLIC_URL，不检查"
PUBLIC_GOOD = "外网地址：{url} 能到本程序"
PUBLIC_BAD = "外网地址：{url}/healthz 打不开（{error}）"
PUBLIC_OTHER = "外网地址：{url}/healthz 有回应，但不是本程序"
PUBLIC_CURE = "先启动服务；再检查域名解析、防火墙、反向代理是否转到 {host}:{port}。"

PORT_GOOD = "端口：{port} 空着"
PORT_OURS = "端口：{port} 上本程序正在运行"
PORT_TAKEN = "端口：{port} 被别的程序占用"
PORT_CANNOT = "端口：不能监听 {host}:{port}（{error}）"
PORT_CURE = "换一个 BOT_PORT，或停掉占用它的程序。"

LATER = "过几分钟再试；还不行，到平台的“全局返回码”里查括号里的编号。"


def channel_fault(sentence: str) -> tuple[str, str]:
    """What is wrong, and the cure: a channel's causes name both in one sentence.

    >>> channel_fault("AgentId 不对，请到应用页面核对（40056）")
    ('AgentId 不对', '请到应用页面核对（40056）。')
    """
    # The causes are worded for messages; nothing that is asked here is one.
    sentence = sentence.removeprefix("消息已经发出，但").removesuffix("，可能送到了，也可能没有")
    found = re.search("[，。；]+请", sentence)
    if found is None:
        return sentence, LATER
    return sentence[: found.start()], f"请{sentence[found.end() :].removesuffix('。')}。"


def waited(minutes: int) -> str:
    return f"{minutes} 分钟" if minutes < 120 else f"{minutes // 60} 小时"


def because(cause: str) -> str:
    return f"（{cause}）" if cause else ""


ALMANAC_GOOD = "早报的年历：时节 {seasons} 个，可订阅的事类 {subjects} 个。"
ALMANAC_BAD = "早报的年历看不懂：{error}"
ALMANAC_CURE = "照手册“早报”一页的例子改 {path}；一时改不好就先移走，用自带的。"
