"""The demo's people and wishes. All of them are made up."""

from dataclasses import dataclass, field

ABOVE = (("山东省", "province"), ("济宁市", "city"))
COUNTY = "金山县"
TOWN = "清河镇"
PURPOSE = "政策问答和微心愿"
OFFICE = "组织部小郑"
OPERATOR = "信息科老何"


@dataclass(frozen=True, slots=True)
class Community:
    name: str
    group: str
    people: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DemoWish:
    content: str
    logged_by: str
    moves: tuple[tuple[str, str], ...] = field(default=())


COMMUNITIES = (
    Community(
        "永续社区",
        "永续社区连心群",
        (
            ("王主任", "coordinator"),
            ("赵干事", "coordinator"),
            ("李书记", "first_secretary"),
            ("小周", "volunteer"),
            ("小孙", "volunteer"),
            ("小钱", "volunteer"),
            ("刘网格", "grid_worker"),
            ("张大妈", "resident"),
            ("陈大爷", "resident"),
            ("宋儿童", "child_officer"),
        ),
    ),
    Community(
        "和美村",
        "和美村连心群",
        (
            ("吴会计", "coordinator"),
            ("郑主任", "coordinator"),
            ("冯书记", "first_secretary"),
            ("小许", "volunteer"),
            ("小何", "volunteer"),
            ("小沈", "volunteer"),
            ("韩民情", "care_secretary"),
            ("杨大嫂", "resident"),
            ("朱大叔", "resident"),
            ("唐儿童", "child_officer"),
        ),
    ),
)

WISHES = (
    DemoWish("独居老人想要一台收音机，听戏解闷", "张大妈"),
    DemoWish("想给腿脚不便的老伴要一把洗澡用的防滑凳", "陈大爷", (("verify", "王主任"),)),
    DemoWish(
        "上四年级的孩子想要一套课外书",
        "小周",
        (("consent", "宋儿童"), ("verify", "李书记"), ("claim", "小孙")),
    ),
    DemoWish(
        "家里灯坏了够不着，想请人帮忙换一个",
        "杨大嫂",
        (("verify", "吴会计"), ("claim", "小许"), ("deliver", "小许")),
    ),
    DemoWish(
        "想学用智能手机和外地儿女视频",
        "朱大叔",
        (("verify", "冯书记"), ("claim", "小何"), ("deliver", "小何"), ("fulfil", "朱大叔")),
    ),
    DemoWish("想要一副二百度的老花镜", "朱大叔", (("verify", "吴会计"),)),
)
