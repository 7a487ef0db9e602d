"""What a wish tells of illness, aid status and trouble at home, said so that it tells none of it.

Public is the thing that is wanted, an age band and a village (product.md, after 社会救助暂行办法 61 and PIPL 28). A
condition goes together with what belongs to it; who was called by it becomes a household or a villager; a thing
that itself tells the illness is called by its kind: who claims the wish reads the words as typed, in private.

The words are three tables beside this file that a clerk can edit: `conditions.txt`, `people.txt`, `things.txt`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from handlers.wishes.neutral.phrases import (
    BABY_THINGS,
    CHILD,
    HELP,
    HOUSEHOLD,
    ILLNESS,
    PLAIN,
    SEE_DOCTOR,
    VILLAGER,
    A,
)
from knowledge.folding import NUMERAL

_ROUNDS = 6
"""What is taken away can bring words together that are taken away next; more rounds than this change nothing."""

_SINCE = (
    r"因为|因|由于|自从|自|本人|家里|家中|家庭|现在|已经|已|常年|长期|多年来?|不幸|前年|去年|今年|从小|自幼|天生|"
    rf"先天性?|刚刚|刚|又|还|也|都|一直|突然|确实|[{NUMERAL}\d几数]+多?年"
)
_HAVING = r"长了|长着|长出|患上了?|患了|患有?|身患|得了|得上|查出来?了?|确诊为?|诊断为|落下了?|发现了?|犯了?"
_BEING = r"就?是个?|系|属于|属|被评为|评为|认定为|被列为|列为|纳入|享受|吃着?|领着?|靠|有|在|正在|为"
_DEGREE = (
    rf"[{NUMERAL}\d]级|重度|中度|轻度|肢体|视力|听力|言语|语言|智力|精神|多重|晚期|早期|中期|慢性|急性|严重|左腿|右腿|"
    r"双腿|双眼|两眼|眼睛|耳朵|双耳|半身|下肢|上肢|老年性?|农村|城镇|城市|一类|二类|三类"
)
_AFTER = (
    rf"后遗症|并发症|了|着(?!急|想|手)|多年|好几年|很久|至今|在床|在家|以后|之后|后|早期|中期|晚期|重度|中度|轻度|[{NUMERAL}\d]级|"
    rf"[{NUMERAL}\d几数]+多?个?[年月天](?:多|了)?|缠身|不起|不醒|时|待遇|政策|补贴|补助|期间|回来|手术|过日子|维持生活|生活|度日|等"
)
_HOUSEHOLD = r"人家庭|户家庭|户家(?!属)|人家(?!属)|家庭户|家庭|户"
_SOMEBODY = r"对象|人员|人群|人士|群众|患者|病人|病号|病友|者|人"
_KIN = (
    "老人|老年人|老大爷|老大娘|大爷|大娘|大妈|大叔|大婶|大哥|大姐|奶奶|爷爷|老太|老汉|老伴|老党员|老兵|妈妈|母亲|爸爸|父亲|"
    "妇女|夫妇|夫妻|老两口|孩子|儿童|学生|儿子|女儿|闺女|孙子|孙女|村民|居民|独居|留守|一位|一户|一个|[一二两三]位"
)
_WANTS = r"(?:很|就|只|特别)?(?:想|盼|希望|需要|急需|缺|要|求|请|今年|现年|行动不便|腿脚不便)"
_HAS_DONE = re.compile(r"(?:办|治|治疗|申请)$")
_SURGERY, _TO_DO = "手术", re.compile(r"(?:想|要|去|准备|打算|需要)(?:做|动)?$")
_HAS_TOLD = re.compile(r"(?:[看防查评领学讲问懂做]|了解|预防|咨询)$")
_RELATIVE = re.compile(
    r"(?:老伴|爸爸?|妈妈?|父亲|母亲|父母|丈夫|老公|妻子|媳妇|儿子|儿媳|女儿|闺女|孙子|孙女|哥哥?|弟弟?|姐姐?|妹妹?|爹|娘|家人|家属)$"
)
"""Of whom something is told, who need not be the one who wants something."""
_ANIMALS = (
    r"(?:(?:(?<![\u4e00-\u9fff])|[耕奶黄水肉母公种养喂的头只条群家里])(?:[牛猪鸡鸭鹅狗猫驴骡兔鱼虾]|羊(?!癫))(?:群|崽|仔)?|"
    r"果树|树苗|黄瓜|西瓜|南瓜|白菜|大豆|黄豆|菜苗|水稻|稻子|小麦|麦子|大棚|玉米|牲口|庄稼|作物|花生|棉花|果园|菜园|[路大电车]灯)"
)
_BETWEEN = rf"(?:里的?|都|全|也|又|好像|最近|这几天|[{NUMERAL}\d几]+[头只]){{0,2}}"
_OF_ANIMALS = rf"{_ANIMALS}{_BETWEEN}(?:得了?|患了?|有了?|生了?|染上?了?|闹|犯了?|快?要)?"
"""Illness of animals and crops, and of things, is nobody's secret: 猪得了传染病, 路灯瞎了."""
_PREVENTS = (
    r"(?:怎么|如何|的)?(?:预防|防治|防控|普查|筛查|疫苗|讲座|知识|宣传|科普|义诊|饮食|食谱|的?课|的?书|体检)"
)
"""What is learned and prevented tells nobody's illness."""
_BABY = re.compile("婴儿|宝宝|双胞胎|新生儿|个月大|月子|刚出生|出生|小孙[子女]")
_GROWN_UP = re.compile("成人|老人|老伴|卧床|瘫|失禁|失能|爷爷|奶奶|姥姥|外婆")
_NAPPIES = re.compile("(?<!婴儿)(?<!宝宝)(?<!用的)(?:尿不湿|纸尿裤|尿布)")
_NOT = re.compile(r"(?:不是|不算|不属于|没有?(?:得过?|患过?)?|并非|并不是|没得过|未)(?:什么)?$")
_PEOPLE = (HOUSEHOLD, A, CHILD)
_CUT_SHORT = re.compile(
    r"(?:[想要盼求请去做治看办得患讲学听打给和跟在是把被为替来]|希望|需要|急需|打算|准备|怕|关于|有人|请人|找人)$|^.$"
)
_CUT_OFF = re.compile(
    r"^(?:没|不退|不了|以来|未|批|得了|好了|怎么办|[了着过足也都]|还没|的(?!确)|想要的人)|^.$"
)
"""What is left of a clause when the sense was taken away at its end, or at its beginning."""
_CLAUSE = re.compile(r"[^，,。；;！!？?\n]*[，,。；;！!？?\n]?")
_ENDS = "，,。；;！!？?\n"
_WANTED = re.compile(r"想|盼|希望|需要|急需|缺|要(?!紧|是|不)|求|申请|请|帮|教|修|送|换|给")
_ALREADY = re.compile(rf"(?:{HOUSEHOLD}|{VILLAGER})(?={_KIN})")
_DONE_TWICE = re.compile(rf"[做动](?={SEE_DOCTOR})")
_TWICE = re.compile(rf"([{NUMERAL}几数这那某每\d][位名个户])一[位户个]")
_GONE = "\0"
"""Stands where the end of a clause was taken away, until it is known what becomes of the rest."""


@dataclass(frozen=True, slots=True)
class _Tables:
    """`named`: words that are replaced, "" for those that stay; `as_thing`: conditions, and each as what is wanted."""

    named: Mapping[str, str]
    as_thing: Mapping[str, str]
    words: re.Pattern[str]
    pattern: re.Pattern[str]
    stays: re.Pattern[str]
    """A condition in a context that tells nobody's; it is put aside as it stands."""


def neutral(words: str) -> str:
    """The words without conditions; what was neutral is not changed, nor are line ends.

    >>> neutral("低保户想修房顶"), neutral("尿毒症患者，每周透析三次，希望有人接送")
    ('一户家庭想修房顶', '一位村民，每周看病三次，希望有人接送')
    >>> neutral("爸爸服刑，妈妈改嫁，孩子想要书包"), neutral("残疾二级，腿脚不便，想要轮椅")
    ('孩子想要书包', '腿脚不便，想要轮椅')
    >>> neutral("给偏瘫的老伴要一包成人尿不湿"), neutral("独居老人患癌症，想要收音机")
    ('给老伴要一包护理用品', '独居老人想要收音机')
    """
    tables, words = _tables(), _nappies(words)
    for _ in range(_ROUNDS):
        said = "\n".join(_line(line, tables) for line in words.split("\n"))
        if said == words:
            break
        words = said
    return words


def plain(words: str) -> str:
    """Each condition by one word of its sort, so that no part of it is taken for a name: 白血病 is no 白某.

    >>> plain("白血病老人想要靶向药")
    '疾病老人想要药品'
    """
    tables = _tables()

    def instead(found: re.Match[str]) -> str:
        if found["stays"] is not None:
            return found[0]
        if (named := tables.named.get(found[0])) is not None:
            return PLAIN.get(named, named) or found[0]
        return PLAIN.get(tables.as_thing[found[0]], PLAIN[ILLNESS])

    return tables.words.sub(instead, _nappies(words))


def _nappies(words: str) -> str:
    """What a baby needs tells no illness; called by its sort all the same, where a baby is spoken of."""
    if _BABY.search(words) and not _GROWN_UP.search(words):
        return _NAPPIES.sub(BABY_THINGS, words)
    return words


def _line(line: str, tables: _Tables) -> str:
    if tables.pattern.search(line) is None:
        return line
    clauses = [found[0] for found in _CLAUSE.finditer(line) if found[0]]
    said = [_said(clause, tables) for clause in clauses]
    kept = "".join(_joined(clauses, said))
    if _emptied(clauses, said) and not _WANTED.search(kept):
        kept = f"{kept.rstrip(_ENDS)}，{HELP}" if kept.strip(_ENDS) else HELP
    kept = kept.rstrip("，,；;") if line[-1:] not in "，,；;" else kept
    return _DONE_TWICE.sub("", _TWICE.sub(r"\1", _ALREADY.sub("", kept)))


def _said(clause: str, tables: _Tables) -> str:
    """A clause without conditions, `_GONE` alone when no sense is left in it."""
    pieces, done, changed = [], 0, False
    for stays in [*tables.stays.finditer(clause), None]:
        upto = stays.start() if stays else len(clause)
        part = clause[done:upto]
        for found in tables.pattern.finditer(part):
            tells = found["named"] is None or tables.named[found["named"]].startswith(_PEOPLE)
            if tells and _NOT.search(part[: found.start()] + (found["being"] or "")):
                return _GONE
        now = tables.pattern.sub(lambda found: _instead(found, tables), part)
        changed = changed or now != part
        pieces.append(now)
        if stays:
            pieces.append(stays[0])
            done = stays.end()
    now = "".join(pieces)
    bare, whole = now.replace(_GONE, "").strip(_ENDS).strip(), clause.strip(_ENDS).strip()
    torso = changed and any(
        found and bare[place] != whole[place]
        for place, found in ((-1, _CUT_SHORT.search(bare)), (0, _CUT_OFF.search(bare)))
    )
    return _GONE if torso else now


def _emptied(clauses: list[str], said: list[str]) -> bool:
    """Whether what was wanted is gone with the condition in it."""
    return any(
        now == _GONE and _WANTED.search(before) and not _NOT_WANTED.search(before)
        for before, now in zip(clauses, said, strict=True)
    )


def _instead(found: re.Match[str], tables: _Tables) -> str:
    if (named := found["named"]) is not None:
        return tables.named[named] or named
    before, after = found.string[: found.start()], found.string[found.end() :]
    ends = not after.strip(_ENDS)
    if found[0].endswith(_SURGERY) and _TO_DO.search(before):
        return SEE_DOCTOR
    being, who = found["being"] or "", found["who"] or ""
    if not who and not being and (_HAS_DONE.search(before) or (ends and _HAS_TOLD.search(before))):
        return "" if before.endswith("复查") else tables.as_thing[found["condition"]]
    if ends and (being or not who):
        return _GONE
    if found["of"] and being:
        return ""
    if not who:
        return "" if re.match(_WANTS, after) else being
    called = "" if found["kin"] is not None else HOUSEHOLD if found["household"] else VILLAGER
    return being + called + (found["of"] or "" if called else "")


def _joined(clauses: list[str], said: list[str]) -> Iterator[str]:
    """The clauses that are left; one whose end was taken away runs on into what is wanted, or goes as well."""
    waits = ""
    for place, (before, now) in enumerate(zip(clauses, said, strict=True)):
        bare = now.replace(_GONE, "").strip(_ENDS).strip()
        if before != now and (not bare or (place and bare in (HOUSEHOLD, VILLAGER))):
            continue
        if _GONE not in now or _WANTED.search(bare) or len(said) == 1:
            yield (waits if re.match(_WANTS, now) else "") + now.replace(_GONE, "")
            waits = ""
        elif not waits and not _RELATIVE.search(bare):
            waits = bare


_NOT_WANTED = re.compile("不是|没批|没办下来")


@cache
def _tables() -> _Tables:
    named, spared, as_thing = dict[str, str](), set[str](), dict[str, str]()
    for table, words in (("people", named), ("things", named), ("conditions", as_thing)):
        for word, instead in _read(f"{table}.txt"):
            if word.startswith(("!", "！")):
                spared.add(word[1:].strip())
            else:
                words[word] = instead
    named |= dict.fromkeys(spared, "")
    as_thing = {word: instead or ILLNESS for word, instead in as_thing.items()}
    one = "|".join(re.escape(word) for word in sorted(as_thing, key=len, reverse=True))
    whole = "|".join(re.escape(word) for word in sorted(named, key=len, reverse=True))
    ill = [word for word, instead in as_thing.items() if instead == ILLNESS]
    illness = "|".join(re.escape(word) for word in sorted(ill, key=len, reverse=True))
    every = "|".join(re.escape(word) for word in sorted({*named, *as_thing}, key=len, reverse=True))
    whole_words = "|".join(re.escape(word) for word in sorted(spared, key=len, reverse=True))
    several = rf"(?:{illness})(?:[、和及与](?:{illness}))*"
    stays = (
        rf"{_OF_ANIMALS}(?:{several})(?!患?者|病?人|老|孩|户)|(?:预防|防治|防){several}(?!症?(?:复发|恶化|再))|"
        rf"(?<![患得了是])(?:打|接种|做|查|讲讲?|听|学|了解|关于|问)?{several}(?:病?人|患者)?{_PREVENTS}|{whole_words}"
    )
    return _Tables(
        named,
        as_thing,
        re.compile(rf"(?P<stays>{stays})|(?:{every})"),
        re.compile(
            rf"(?P<named>{whole})"
            rf"|(?:(?:{_SINCE}){{0,3}}(?:(?P<being>{_BEING})|(?:{_HAVING})))?(?:{_SINCE}){{0,2}}(?:{_DEGREE}){{0,3}}"
            rf"(?P<condition>{one})(?:[、和及与兼并]{{0,2}}(?:{_DEGREE}){{0,2}}(?:{one}))*(?:{_AFTER}){{0,3}}"
            rf"(?P<who>(?:的)?(?:(?P<household>{_HOUSEHOLD})|(?P<somebody>{_SOMEBODY}))(?P<kin>(?:{_KIN}){{0}}(?={_KIN}))?)?"
            rf"(?P<of>的)?"
        ),
        re.compile(stays),
    )


def _read(name: str) -> Iterator[tuple[str, str]]:
    """The lines of a table: a word, and what is said instead of it, or ""."""
    text = resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
    for line in text.splitlines():
        word, _, instead = line.partition("#")[0].partition("=")
        if word.strip():
            yield word.strip(), instead.strip()
