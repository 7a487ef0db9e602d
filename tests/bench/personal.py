"""Messages with personal details in them, made up from lists of our own: what masking is measured on.

Nothing here comes from `bot.masking`: numbers are made with their check digits by the standards, and typed as people
type them: spaced, stroked, in full width, in Chinese digits, mixed, with a word in between.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """`secret`: the detail as it was typed; `bare`: its digits or letters, without what was put between them."""

    kind: str
    text: str
    secret: str
    bare: str


SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆"
GIVEN = [
    "小明",
    "子轩",
    "梓涵",
    "欣怡",
    "浩然",
    "雨桐",
    "一诺",
    "宇航",
    "诗琪",
    "俊杰",
    "思远",
    "佳怡",
    "梦瑶",
    "晨曦",
    "天佑",
    "子墨",
    "可馨",
    "皓轩",
    "语嫣",
    "文博",
    "静怡",
    "明轩",
    "若曦",
    "嘉豪",
    "紫萱",
    "强",
    "静",
    "磊",
    "娜",
    "敏",
    "涛",
    "玲",
    "鹏",
    "洁",
    "辉",
    "小花",
    "小军",
    "小红",
    "宝贝",
    "大壮",
    "春妮",
    "秋生",
    "建军",
    "志伟",
    "慧敏",
    "伟",
    "芳",
    "雪",
    "佳",
    "亮",
]
PETS = [
    "小宝",
    "小虎",
    "小石",
    "豆豆",
    "乐乐",
    "妞妞",
    "壮壮",
    "毛毛",
    "萌萌",
    "圆圆",
    "石娃",
    "狗娃",
    "二宝",
    "大宝",
    "小丫",
    "小鱼",
    "朵朵",
    "轩轩",
    "阳阳",
    "贝贝",
    "花妞",
    "铁蛋",
    "小凤",
    "小龙",
]
VILLAGES = [
    "永续社区",
    "东李村",
    "西王庄",
    "前屯村",
    "后楼村",
    "石桥镇南沟村",
    "鱼山街道幸福社区",
    "马庙镇张庄",
]
STREETS = ["人民路", "奎星路", "中心街", "文化大道", "建设路", "东环路", "崇文大道", "金城街", "青年巷"]
ESTATES = ["阳光小区", "锦绣花园", "惠民家园", "和谐公寓", "金鼎小区", "翰林苑", "鱼山新村"]
AREAS = ("370828", "370829", "370811", "110105", "320102", "410122", "510107", "440305", "612301")
CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")
SPOKEN = str.maketrans("0123456789", "〇幺二三四五六七八九")
WIDE = str.maketrans(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz@.-_",
    "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ＠．－＿",
)
BEFORE = (
    "电话",
    "联系电话：",
    "手机号 ",
    "打",
    "找老李，",
    "困难户想要轮椅，",
    "",
    "（",
    "号码是",
    "我的电话是",
)
AFTER = (
    "",
    "，谢谢",
    " 微信同号",
    "（微信同号）",
    "）",
    "，找老李",
    "。",
    " 晚上打",
    "，想要一袋米",
    "转告一声",
)


def digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def typed(chance: random.Random, number: str, sizes: tuple[int, ...]) -> str:
    """As somebody types it; `sizes`: how it is usually grouped."""
    way = chance.randrange(8)
    gap = chance.choice((" ", "-", "—", "　", "·", ".", " - ", "  "))
    if way == 0:
        return number
    if way == 1:
        return number.translate(WIDE)
    if way == 2:
        return number.translate(CHINESE)
    if way == 3:
        return number.translate(SPOKEN)
    if way == 4:
        return "".join(
            chance.choice((mark, mark.translate(WIDE), mark.translate(CHINESE))) for mark in number
        )
    if way == 5:
        return gap.join(number)
    parts, start = [], 0
    for size in sizes:
        parts.append(number[start : start + size])
        start += size
    parts.append(number[start:])
    parts = [part for part in parts if part]
    spread = gap.join(parts)
    return spread.translate(chance.choice((WIDE, CHINESE, {}))) if way == 6 else spread


def mobile(chance: random.Random) -> tuple[str, str]:
    number = "1" + chance.choice("3456789") + digits(chance, 9)
    head = chance.choice(("", "", "", "+86", "86-", "+86 ", "0086 ", "（+86）"))
    sizes = chance.choice(((3, 4), (4, 4), (3, 3), (5, 3), (7,)))
    if chance.random() < 0.1:
        word = chance.choice(("后面", "微信同号 ", "，", "，然后", " 再 "))
        return f"{number[:3]}{word}{number[3:7]}{word}{number[7:]}", number
    return head + typed(chance, number, sizes), number


def landline(chance: random.Random) -> tuple[str, str]:
    area = chance.choice(("010", "021", "025", "0537", "0531", "0532", "0755"))
    local = chance.choice("2345678") + digits(chance, 7 if len(area) == 3 else chance.choice((6, 7)))
    gap = chance.choice(("", "-", " ", "－", "—"))
    number = f"{area}{gap}{local}"
    number = chance.choice(
        (number, f"({area}){local}", f"（{area}）{local}", number.translate(WIDE), number.translate(CHINESE))
    )
    return number, area + local


def identity(chance: random.Random) -> tuple[str, str]:
    day = f"{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    body = f"{chance.choice(AREAS)}{chance.randint(1930, 2022)}{day}{digits(chance, 3)}"
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body))
    number = body + "10X98765432"[total % 11]
    number = number.lower() if chance.random() < 0.3 else number
    return typed(chance, number, chance.choice(((6, 8), (6, 4, 4), (4, 4, 4, 4), (3,) * 5))), number


def old_identity(chance: random.Random) -> tuple[str, str]:
    day = f"{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    number = f"{chance.choice(AREAS)}{chance.randint(30, 84)}{day}{digits(chance, 3)}"
    return typed(chance, number, chance.choice(((6, 6), (5, 5), (3, 3, 3, 3)))), number


def card(chance: random.Random) -> tuple[str, str]:
    size = chance.choice((16, 16, 17, 18, 19, 19))
    body = (chance.choice(("6217", "6228", "6222", "4367", "5187", "9558")) + digits(chance, size))[
        : size - 1
    ]
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    number = body + str(-total % 10)
    return typed(chance, number, (4,) * ((size - 1) // 4)), number


def email(chance: random.Random) -> tuple[str, str]:
    name = chance.choice(("wang", "lixm", "zhao_ly", "sun.h", "qq", "chen-x")) + digits(
        chance, chance.randint(2, 9)
    )
    host = chance.choice(("163.com", "qq.com", "126.com", "jining.gov.cn", "sina.com.cn", "outlook.com"))
    at = chance.choice(("@", "@", "＠", " at ", " @ ", "[at]", "（at）"))
    written = f"{name}{at}{host}"
    return (written.translate(WIDE) if at == "＠" and chance.random() < 0.5 else written), name


def address(chance: random.Random) -> tuple[str, str]:
    a, b, c = chance.randint(1, 30), chance.randint(1, 9), chance.randint(101, 1802)
    gap = chance.choice(("", "", " "))
    door = chance.choice((
        f"{b}组{gap}{a}号", f"第{b}组{a}号", f"{a}栋{gap}{b}单元{gap}{c}室", f"{a}号楼{b}单元{c}", f"{a}幢{c}室",
        f"{a}号楼{gap}{b}单元{gap}{c}室", f"{b}组{a}户", f"{a}号院{b}号楼{b}单元{c}室",
    ))  # fmt: skip
    place = chance.choice(VILLAGES + ESTATES)
    if chance.random() < 0.4:
        place = chance.choice(STREETS)
        door = chance.choice(
            (f"{a + 40}号", f"{a}号院{b}号楼{c}室", f"{a + 40}号{b}单元{c}室", f"{a}号{c}室")
        )
    way = chance.randrange(4)
    if way == 1:
        door = door.translate(WIDE)
    elif way == 2:
        door = door.translate(CHINESE)
    return place + door, door


def account(chance: random.Random) -> tuple[str, str]:
    name = (
        chance.choice("wxyzlcab")
        + chance.choice(("xid_", "ang", "iming_", "-li", "hao"))
        + digits(chance, chance.randint(3, 9))
    )
    word = chance.choice(
        ("微信", "微信号", "微信：", "微信号是", "加微信 ", "VX:", "vx ", "wx：", "WeChat: ", "加v")
    )
    return word + (name.translate(WIDE) if chance.random() < 0.3 else name), name


def plate(chance: random.Random) -> tuple[str, str]:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    tail = "".join(
        chance.choice("0123456789" * 3 + letters) for _ in range(chance.choice((4, 4, 5)))
    ) + chance.choice("0123456789")
    number = f"{chance.choice('鲁京苏豫冀沪粤')}{chance.choice(letters)}"
    written = f"{number}{chance.choice(('', '·', ' ', '-'))}{tail}"
    return (written.translate(WIDE) if chance.random() < 0.3 else written), number + tail


MINORS: tuple[str, ...] = (
    "留守儿童{full}想要一个书包", "孩子叫{full}，今年9岁", "{full}同学想要一双球鞋", "我家孩子{full}要上学了", "{full}小朋友喜欢画画",
    "孙子{full}今年七岁", "女儿{full}在镇小学读三年级", "困境儿童：{full}", "学生{full}，缺一套校服", "孩子名叫{full}",
    "儿子叫{full}想要篮球", "{full}今年8岁，想要书包", "{full}，10岁，父母在外", "留守儿童{pet}想要一个书包", "孩子小名叫{pet}",
    "{pet}小朋友想要一双雨鞋", "孙女{pet}今年五岁", "{pet}今年6岁，想要图画书", "{pet}是留守儿童，缺棉衣", "儿子{pet}在家没人管",
    "闺女{pet}，刚上学", "外孙{full}读初一", "孩子小名{pet}，跟着奶奶", "{full}读二年级，想要台灯",
)  # fmt: skip


def minor(chance: random.Random) -> tuple[str, str]:
    name = chance.choice(SURNAMES) + chance.choice(GIVEN)
    pet = chance.choice(PETS)
    pattern = chance.choice(MINORS)
    return pattern.format(full=name, pet=pet), (name if "{full}" in pattern else pet)


MAKERS: dict[str, tuple[Callable[[random.Random], tuple[str, str]], tuple[str, ...], tuple[str, ...]]] = {
    "mobile": (mobile, BEFORE, AFTER),
    "landline": (landline, BEFORE, AFTER),
    "identity": (identity, ("身份证", "身份证号：", "证件号 ", "", "困难户，身份证"), ("", "，想要轮椅", "。", " 请核对")),
    "old identity": (old_identity, ("身份证", "老身份证号：", "身份证是"), ("", "，想要轮椅", "。")),
    "card": (card, ("卡号", "银行卡 ", "农商行卡号：", "打到", "账号", ""), ("", "，谢谢", "。", " 户名王某")),
    "email": (email, ("邮箱", "邮箱：", "发到", "E-mail ", "材料发我邮箱 "), ("", "，谢谢", "。", " 收到回一声")),
    "address": (address, ("家住", "住在", "地址：", "送到", "老人住", ""), ("", "，请送到家", "。", "，腿脚不便")),
    "account": (account, ("", "有事", "请", "联系方式："), ("", "，谢谢", "。", " 晚上在")),
    "plate": (plate, ("车牌", "车牌号：", "开", "一辆", ""), ("", "挡了路", "，请挪车", "。")),
    "minor": (minor, ("", "", "村里"), ("", "，谢谢", "。")),
}  # fmt: skip


def samples(count: int, seed: int = 20260305) -> Iterator[Sample]:
    """As many messages, kind by kind in turn; the same for the same seed."""
    chance = random.Random(seed)
    makers = list(MAKERS.items())
    for place in range(count):
        kind, (make, before, after) = makers[place % len(makers)]
        secret, bare = make(chance)
        lead = chance.choice(before)
        if kind == "minor" and lead and secret[:1] not in "留孩孙女困学儿闺外我":
            lead = ""
        yield Sample(kind, f"{lead}{secret}{chance.choice(after)}", secret, bare)


def leaks(sample: Sample, shown: str) -> bool:
    """Whether what is shown tells the detail: all of it, or six digits or letters of it on end."""
    if sample.secret in shown or sample.bare in shown:
        return True
    if sample.kind in ("minor", "address"):
        return False
    plain = _plain(shown)
    bare = _plain(sample.bare)
    return any(bare[start : start + 6] in plain for start in range(max(1, len(bare) - 5)))


_BACK = {ord(wide): narrow for narrow, wide in zip("0123456789", "０１２３４５６７８９", strict=True)}
_BACK |= {ord(mark): str(value) for value, mark in enumerate("零一二三四五六七八九")} | {
    ord("〇"): "0",
    ord("幺"): "1",
}


def _plain(text: str) -> str:
    return "".join(mark for mark in text.translate(_BACK) if mark.isalnum()).lower()
