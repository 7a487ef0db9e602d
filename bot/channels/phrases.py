"""Wording of the channels. Only the simulator speaks for itself; other platforms have their own."""

BOT_NAME = "连心"
MENTION = f"@{BOT_NAME}"

WECOM_APP_NAME = "企业微信应用"
GROUP_ROBOT_NAME = "群机器人"
AIBOT_NAME = "智能机器人"
OFFICIAL_ACCOUNT_NAME = "公众号"

ONLY_THIS_COMPUTER = "模拟器只能在本机打开，请用 http://127.0.0.1 或 http://localhost 访问。"
OTHER_SITE = "这个请求来自别的网站，没有受理。"
NOT_JSON = "请求的格式不对，没有受理。"
BAD_POSITION = "消息编号不对，请刷新页面。"
BAD_KEY = "这条消息缺少编号，请刷新页面再发。"
STRANGE_CHARACTERS = "这条消息里有认不出的字符，请删掉再发。"
EMPTY = "还没写内容，写几个字再发。"
PICTURE = "〔图片〕"
NOT_A_PICTURE = "只能发 JPG、PNG、GIF 的图片。"
PICTURE_TOO_LARGE = "这张图片太大了，请压小一点再发。"
NO_SUCH_PERSON = "没有这个人，请刷新页面重新选。"
NO_SUCH_CHAT = "没有这个聊天，请刷新页面重新选。"
NO_SUCH_PAGE = "没有这个页面。"
NO_SUCH_BUTTON = "没有这个按钮，请刷新页面再点。"
NO_SUCH_ATTACHMENT = "这个图片或文件已经不在了。"


def too_long(limit: int) -> str:
    """`limit` in bytes; a Chinese character takes three."""
    return f"这条消息太长了，最多 {limit // 3} 个汉字左右，请分几次发。"


# Why a message did not leave: shown in the list of what was not delivered, and by doctor.

PLATFORM_BUSY = "平台这会儿太忙"
TOKEN_REFUSED = "平台不认接口调用凭据（access_token）"
TOKEN_REFUSED_FOR_EVER = "平台连新领的接口调用凭据（access_token）也不认。多半是别的程序也在用这个账号的密钥，或平台出了故障；先停掉别的程序，过一会儿会自动再试"
TOKEN_ELSEWHERE = "正在等接口调用凭据（access_token）"
TOKEN_MISSING = "平台的回答里没有接口调用凭据（access_token）"
SECRET_REFUSED = "密钥（Secret）不对，请到平台的管理页面核对后改设置"
BAD_REQUEST = "平台认不出这条消息的格式，请把这条记录交给开发人员"
EMPTY_MESSAGE = "这条消息是空的"
MESSAGE_TOO_LONG = "这条消息太长，平台不收，请把这条记录交给开发人员"
DAY_QUOTA = "今天的接口调用次数用完了，过了零点再发"
MINUTE_QUOTA = "这一分钟发得太快，过一分钟再发"
UNKNOWN_CODE = "平台没有收下，给了一个不认识的错误码"
ADDRESS_UNNAMED = "（平台没有说是哪个）"
NO_CONNECTION = "连不上平台（{error}），请看看服务器能不能上外网"
NO_ANSWER = "消息已经发出，但没有等到平台的回答（{error}），可能送到了，也可能没有"
HTTP_REFUSAL = "平台没有收下（HTTP {status}）"
HTTP_FAILURE = "消息已经发出，但平台的回答出了错（HTTP {status}），可能送到了，也可能没有"
UNREADABLE_ANSWER = "消息已经发出，但平台的回答读不懂，可能送到了，也可能没有"

# The intelligent robot of WeCom.

ROBOT_AWAY = "智能机器人的长连接断开了，正在重连，连上就发"
ROBOT_NO_ACK = "消息已经发出，但没有等到平台的回执，可能送到了，也可能没有"
ROBOT_TOO_OFTEN = "这个会话里发得太多（每分钟 30 条、每小时 1000 条），过一会儿再发"
ROBOT_REMOVED = "智能机器人不在这个群里"
ROBOT_NEVER_SPOKEN = "这个会话里还没有人跟智能机器人说过话，平台不许主动发"
ROBOT_MEDIA_GONE = "上传的文件平台已经不认，重新上传再发"
ROBOT_SLOW_UPLOAD = "文件上传太慢，没有传完，过一会儿再传"
ROBOT_REQUEST_OVER = "这条消息的回复期已过，改用主动推送"
ROBOT_NO_FILE = "要发的文件已经不在了"
ROBOT_STREAMING = "这个会话里还有一条回答没说完，说完就发"
ROBOT_NO_PUSH = (
    "智能机器人用的是 URL 回调，平台不许主动发；要能推送，请改用长连接，或给这个群配消息推送（webhook）"
)
ROBOT_REFUSED = "智能机器人的 BotID 或 Secret 不对（错误码 {code}），已停止连接。请到企业微信管理后台核对，改好 WECOM_AIBOT_ID、WECOM_AIBOT_SECRET 后重启"
ROBOT_REPLACED = "智能机器人被另一个程序用同样的 BotID 连走了（或管理后台改成了 URL 回调），群里的消息现在到不了这里。请停掉那个程序；{minutes} 分钟后自动再连"
ROBOT_UNREACHABLE = "长连接连不上，请看看服务器能不能上外网（要放行往外的 443 端口）"
ROBOT_CREDENTIALS = "WECOM_AIBOT_ID 或 WECOM_AIBOT_SECRET 不对，或后台没有选“长连接”，请到管理后台这个机器人的“API 模式”一页核对（{code}）"
ROBOT_TAKEN = "刚连上就被另一个用同样 BotID 的程序顶下来，请找到那个程序停掉"
ROBOT_WORKING = "正在查，请稍等……"
ROBOT_DONE = "办好了。"
ROBOT_ELSEWHERE = "办好了，结果看下面一条消息。"
ROBOT_STILL_WORKING = "这个要多花些时间，办好了再告诉您。"

# 公众号

NO_SUCH_OPENID = "公众号不认识这个人"
NOT_A_FOLLOWER = "这个人没有关注公众号，或已取消关注"
NO_CONSENT = "这个人没有同意接收这种通知"
WINDOW_CLOSED = "这个人超过 48 小时没有给公众号发消息，平台不让发；他下次发消息时会自动补发"
WINDOW_USED_UP = "这个人上次发消息之后，平台允许的条数已经发完；他下次发消息时会自动补发"
WRONG_APP_ID = "WECHAT_APP_ID 不对，请到公众平台“开发接口管理”核对"
WRONG_APP_SECRET = "WECHAT_APP_SECRET 不对，请到公众平台“开发接口管理”重置后填新的"
ADDRESS_NOT_LISTED = (
    "服务器的公网地址 {address} 不在公众号的 IP 白名单里，请到公众平台“开发接口管理”把它加进去"
)
NO_PERMISSION = "公众号没有这个接口的权限，请到公众平台“接口权限”查看（多数要求已认证）"
BANNED = "公众号的这个接口被平台封了，请到公众平台看站内通知"
RESTRICTED = "公众号被平台限制，请到公众平台看站内通知"
NO_SUCH_TEMPLATE = "公众号没有这个编号的模板，请核对设置里的模板编号"
TEMPLATE_DIFFERS = "模板的关键词和设置里写的不一样，请到公众平台打开模板核对"
SENT_BEFORE = "这条通知已经发过"
MASS_QUOTA = "群发的次数用完了"
STALE_OAUTH_CODE = "授权码已经用过或过期"

# 企业微信自建应用、群机器人（消息推送）

WECOM_BUSY = "企业微信这一分钟的接口调用太多，过一分钟再发"
WECOM_SECRET_WRONG = "WECOM_SECRET 不对，请到企业微信管理后台这个应用的页面重新看一遍"
WECOM_APP_CLOSED = "这个应用在企业微信里被停用了，请到管理后台启用"
WECOM_CORP_WRONG = "企业 ID（WECOM_CORP_ID）不对，请到企业微信管理后台“我的企业”核对"
WECOM_AGENT_WRONG = "AgentId（WECOM_AGENT_ID）和 Secret 不是同一个应用的，请到应用页面核对"
WECOM_NO_PERMISSION = "这个应用没有这项权限（建群要求应用的可见范围是整个企业），请到应用页面检查"
WECOM_ADDRESS = "服务器的 IP {address} 不在应用的“企业可信IP”里，请到应用页面加上"
WECOM_NO_CALLBACK = "应用没有设置“接收消息”的网址，发不了带按钮的卡片，请到应用页面设置"
WECOM_NOT_VISIBLE = "对方不在应用的可见范围里，请管理员到应用页面加上"
WECOM_NO_MEMBER = "企业微信里没有这个成员，可能已经离职"
WECOM_NO_LICENCE = "对方没有企业微信的接口许可，收不到应用消息"
WECOM_CARD_USED = "同一张卡片以前发过，多半已经送到"
WECOM_CHAT_GONE = "这个群已解散，或者不是本应用建的"
WECOM_CHAT_MEMBERS = "建群的名单里有人不在企业微信里，或不在应用的可见范围里"
WECOM_CHAT_SIZE = "建群至少要两个人，最多两千人"
WECOM_CHAT_EXISTS = "这个群已经建过"
WECOM_LINK_USED = "这个链接已经用过，或者过了五分钟"
WECOM_UPLOAD_LOST = "图片或文件没有传上去，会再传一次"
WECOM_ATTACHMENT_GONE = "要发的图片或文件已过保存期限"
WECOM_SUSPENDED = "企业微信提醒：应用因为用得少，已经或将要被停用（{event}）。请在企业微信里打开应用用一用，或到管理后台恢复"
WECOM_PRESSED = "收到，正在办"
WEBHOOK_WITHOUT_KEY = "群机器人的 webhook 地址里没有 key，请重新登记"
WEBHOOK_DEAD = "群机器人已被移出群或停用"
WEBHOOK_BUSY = "这个群机器人一分钟内发得太多"

WECOM_BIND_BUTTON = "确认是我本人"
WECOM_BIND_ASK = "您收到了邀请码 {invite}。\n点下面的按钮，连心就把您的企业微信账号和邀请码对应的身份连起来，以后您在企业微信里说话，它就认得您。\n连心只取得您在通讯录里的账号和姓名。不是您本人的邀请码，请关掉本页。"
WECOM_BIND_STALE = (
    "这一页已经用过，或打开太久了。刚才已提示绑定好的，不用再点；没有的，请回到聊天里重新点一次链接。"
)
WECOM_BIND_STRANGER = "没认出您是本单位企业微信的成员，请用企业微信打开这个链接。"
WECOM_BIND_TROUBLE = "企业微信这会儿没有回答，还没有绑定。请过几分钟再点一次链接。"
WECOM_BIND_UNDER_WAY = "收到了，正在办，办好后在企业微信里告诉您。"

NOTICE_TAIL = "…（回复任意字看全文）"
NOTICE_NOTHING = "无"
NOTICE_PHRASE = "新消息"
NOTICE_TIME = "{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
NOTICE_DATE = "{at.year}年{at.month}月{at.day}日"
NOTICED = "这个人超过 48 小时没有给公众号发消息，已用通知模板提醒他；他下次发消息时会自动补发全文"
REFUSED_BY_PERSON = "这个人拒收公众号的通知"
LOST_BY_PLATFORM = "平台收下了通知，后来说没能送到（{status}）"
NOT_IN_GROUPS = "公众号进不了群"
NO_ATTACHMENT = "要发的图片已经过期，只发了文字说明"

BIND_TITLE = "绑定连心"
BIND_BUTTON = "用微信确认是我本人"
BIND_ASK = "您收到了邀请码 {invite}。\n点下面的按钮，连心就把这个微信号和邀请码对应的身份连起来，以后您在公众号里说话，它就认得您。\n连心只取得一个编号，看不到您的头像、昵称和手机号。不是您本人的邀请码，请关掉本页。"
BIND_NO_INVITE = "网址里没有邀请码。请让村干部重新把链接发给您。"
BIND_STALE = "这个链接用过了，或者放得太久。请重新点开村干部发给您的链接。"
BIND_LATER = "微信这会儿没有回应，还没有绑定。请过几分钟重新点开村干部发给您的链接。"
BIND_UNDER_WAY = "正在办，稍等一会儿到公众号里看结果。"

OFFICIAL_MENU = (
    ("问政策", (("怎么问", "/帮助 问"), ("今日简报", "/今日"))),
    ("微心愿", (("心愿单", "/心愿单"), ("说个心愿", "/帮助 心愿"))),
    ("我的", (("我的事", "/我"), ("全部功能", "/帮助"))),
)
