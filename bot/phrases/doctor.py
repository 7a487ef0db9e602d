"""Wording of the self-check: what is so, and what to do about it."""

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

CLOCK_GOOD = "时钟：{now}（{zone}）"
CLOCK_BAD = "时钟：{now}，不可能"
CLOCK_CURE = "校准这台机器的时间，打开自动对时。"

HOLIDAYS_GOOD = "节假日表：有 {years} 年的"
HOLIDAYS_MISSING = "节假日表：没有 {years} 年的，那些天按周一至周五算工作日"
HOLIDAYS_CURE = "升级程序；或按国务院通知写 {path}，例如 holidays = [2027-01-01]、workdays = [2027-02-14]"
HOLIDAYS_BAD = "节假日表：{error}"
HOLIDAYS_BAD_CURE = "改好 {path} 里写错的地方。"

WECHAT_OFF = "公众号：没有开通"
WECHAT_GOOD = "公众号：凭据有效"
WECHAT_BAD = "公众号：{fault}"
_WECHAT = {
    "40013": ("AppID 不对（40013）", "核对 WECHAT_APP_ID，到公众平台“基本配置”里复制。"),
    "40125": ("AppSecret 不对（40125）", "到公众平台“基本配置”重置 AppSecret，改 WECHAT_APP_SECRET。"),
    "41004": ("没有 AppSecret（41004）", "填写 WECHAT_APP_SECRET。"),
    "40164": ("本机的 IP{address} 不在白名单（40164）", "到公众平台“基本配置”的 IP 白名单里加上{address}。"),
    "40243": ("AppSecret 已被冻结（40243）", "到公众平台“基本配置”解冻 AppSecret。"),
    "48001": ("账号没有接口权限（48001）", "到公众平台看“接口权限”，个人号没有客服接口。"),
    "50002": ("账号被限制（50002）", "到公众平台看站内通知。"),
    "45009": ("今天的调用次数用完了（45009）", "明天再试；看看是不是别的程序也在用这个账号。"),
    "-1": ("平台正忙（-1）", "过几分钟再试。"),
}

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


def wechat(code: str | None, address: str, said: str) -> tuple[str, str]:
    """What is wrong with the account's credentials, and the cure."""
    if code in _WECHAT:
        fault, cure = _WECHAT[code]
        return fault.format(address=f" {address}" if address else ""), cure.format(
            address=address or "本机的外网 IP"
        )
    if code is not None:
        return f"平台返回错误 {code}", "到公众平台的“全局返回码”里查这个编号。"
    return f"连不上微信接口（{said}）", "检查这台机器能否上外网，以及 WECHAT_API_BASE。"
