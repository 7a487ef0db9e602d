"""What is read from the words of a wish, and what others may read of them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.wishes.guess import AGE, FAR, OLDEST, Guess, age_said, band_of, guess
from handlers.wishes.words import public, public_note
from knowledge.folding import number
from storage.wishes import AgeBand, Kind, Urgency
from tests.bench import named

TODAY = date(2026, 3, 5)
GOODS, SERVICE, COMPANY, SKILL = Kind.GOODS, Kind.SERVICE, Kind.COMPANY, Kind.SKILL
CHILD, YOUTH, ADULT, ELDER, AGED = AgeBand.CHILD, AgeBand.YOUTH, AgeBand.ADULT, AgeBand.ELDER, AgeBand.AGED
NOBODY, NOTHING = AgeBand.UNKNOWN, Kind.UNKNOWN


@pytest.mark.parametrize(
    ("words", "kind", "band"),
    [
        ("独居老人想要一台收音机，听戏解闷", GOODS, ELDER),
        ("想给腿脚不便的老伴要一把洗澡用的防滑凳", GOODS, ELDER),
        ("上四年级的孩子想要一套课外书", GOODS, CHILD),
        ("想要一双 41 码的棉鞋", GOODS, NOBODY),
        ("孩子学习用的台灯", GOODS, CHILD),
        ("想给孩子要一本字典", GOODS, CHILD),
        ("想给外孙要一双棉鞋", GOODS, CHILD),
        ("孙女想要一个书包", GOODS, CHILD),
        ("孙子爸妈在外打工，想要一个书包", GOODS, CHILD),
        ("留守学生想要一盏台灯", GOODS, CHILD),
        ("16岁的学生想要一盏台灯", GOODS, YOUTH),
        ("16岁的孩子想要一盏台灯", GOODS, YOUTH),
        ("孩子都在外地，想要一台收音机", GOODS, NOBODY),
        ("孙子已经成家，想要一床被子", GOODS, NOBODY),
        ("孙女士想要一个电饭锅", GOODS, NOBODY),
        ("大学生想要一盏台灯", GOODS, NOBODY),
        ("大三学生想要一个书包", GOODS, NOBODY),
        ("研究生想要一台收音机", GOODS, NOBODY),
        ("中专学生想要一本词典", GOODS, YOUTH),
        ("５年级的学生想要一个书包", GOODS, CHILD),
        ("高三学生想要一套复习资料", GOODS, YOUTH),
        ("家里灯坏了够不着，想请人帮忙换一个", SERVICE, NOBODY),
        ("孤寡老人想理发", SERVICE, ELDER),
        ("八旬老人想拍一张全家福", SERVICE, AGED),
        ("低保户想修房顶", SERVICE, NOBODY),
        ("独居老人想有人陪着说说话", COMPANY, ELDER),
        ("想要一个人陪聊天", COMPANY, NOBODY),
        ("想学用智能手机和外地儿女视频", SKILL, NOBODY),
        ("希望有人教我用微信", SKILL, NOBODY),
        ("孤儿，今年20岁，想学驾照", SKILL, ADULT),
        ("78岁的奶奶替孙子要一辆婴儿车，孩子三个月大", GOODS, CHILD),
        ("九十三岁的老兵想要一把轮椅", GOODS, AGED),
        ("俺娃在外打工，想要一床被子", GOODS, NOBODY),
        ("想上学", NOTHING, NOBODY),
        ("请多关照", NOTHING, NOBODY),
        ("🎁", NOTHING, NOBODY),
    ],
)
def test_kind_and_age_are_read_where_they_stand_plainly(words: str, kind: Kind, band: AgeBand) -> None:
    known = guess(words, TODAY)
    assert (known.kind, known.age_band) == (kind, band)


@pytest.mark.parametrize(
    ("words", "urgency", "day"),
    [
        ("家里断粮了，急需一袋面", Urgency.URGENT, None),
        ("不急，慢慢来", Urgency.NORMAL, None),
        ("想要一个急救箱", Urgency.NORMAL, None),
        ("春耕要用，4月1日前", Urgency.NORMAL, date(2026, 4, 1)),
        ("４月１日之前要用", Urgency.NORMAL, date(2026, 4, 1)),
        ("后天前要，急", Urgency.URGENT, date(2026, 3, 7)),
        ("3月1日前种的树", Urgency.NORMAL, None),
        ("2027年3月1日前", Urgency.NORMAL, None),
    ],
)
def test_haste_and_day_are_read_where_they_stand_plainly(
    words: str, urgency: Urgency, day: date | None
) -> None:
    known = guess(words, TODAY)
    assert (known.urgency, known.wanted_by) == (urgency, day)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("留守儿童王小明想要一个书包，9岁", "留守儿童想要一个书包，14岁以下"),
        ("小明想要书包，８岁", "孩子想要书包，14岁以下"),
        ("王小明同学想要跳绳", "孩子想要跳绳"),
        ("78岁的奶奶替九岁的孙女要一双棉鞋", "60至79岁的奶奶替14岁以下的孙女要一双棉鞋"),
        ("小学生想要一套课外书", "小学生想要一套课外书"),
    ],
)
def test_childs_name_and_age_are_not_for_others(words: str, shown: str) -> None:
    assert public(words, AgeBand.CHILD) == shown
    assert public(shown, AgeBand.CHILD) == shown


wordings = st.text(
    st.sampled_from(
        "急想要一台个把收音机岁0123456789 前后月日号之明天后天底儿童孩子学生老人陪教修王小某的，！"
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("words", "band"),
    [
        ("满14岁", YOUTH), ("满十四岁", YOUTH), ("满14", YOUTH), ("满了14周岁", YOUTH), ("已满１６岁", YOUTH),
        ("15岁", YOUTH), ("孩子今年15岁了。", YOUTH), ("其实满14岁，看过户口本", YOUTH),
        ("满十八岁", ADULT), ("其实是78岁", ELDER),
        ("不满14岁", CHILD), ("还没满十四岁", CHILD), ("13岁", CHILD), ("9", CHILD),
        ("孩子的奶奶当面同意", None), ("奶奶78岁", None), ("奶奶，78岁", None), ("奶奶同意，孩子满14岁", None),
        ("满14岁，奶奶也答应了", None), ("14岁的姐姐", None), ("", None), ("满999岁", None), ("爷爷", None),
    ],
)  # fmt: skip
def test_an_age_said_in_place_of_a_guardian_is_known_from_one_who_consents(
    words: str, band: AgeBand | None
) -> None:
    assert age_said(words) is band


@given(st.integers(min_value=0, max_value=OLDEST))
def test_reached_age_is_the_band_of_that_age(age: int) -> None:
    assert age_said(f"满{age}岁") is age_said(f"{age}岁") is band_of(age)


@given(wordings)
def test_who_agrees_is_never_taken_for_an_age(words: str) -> None:
    assert age_said(f"{words}同意") is None


@given(wordings)
def test_whatever_is_written_is_read_without_fault(words: str) -> None:
    known = guess(words, TODAY)
    assert isinstance(known, Guess)
    assert known.wanted_by is None or TODAY <= known.wanted_by <= TODAY + FAR


@given(wordings)
def test_no_exact_age_of_a_minor_is_left(words: str) -> None:
    for band in (CHILD, YOUTH):
        ages = [number(found[1]) for found in AGE.finditer(public(words, band))]
        assert all(age is None or age >= 18 for age in ages)


@given(st.integers(min_value=0, max_value=130))
def test_age_bands_follow_one_another(age: int) -> None:
    order = [CHILD, YOUTH, ADULT, ELDER, AGED]
    assert order.index(band_of(age)) <= order.index(band_of(age + 1))
    assert guess(f"今年{age}岁", TODAY).age_band is band_of(age)


def test_a_day_far_off_was_meant_for_a_year_that_is_over() -> None:
    near, far = TODAY + FAR, TODAY + FAR + timedelta(days=1)
    found = [guess(f"{day.month}月{day.day}日前", TODAY).wanted_by for day in (near, far)]
    assert found == [near, None]


@pytest.mark.parametrize("kind", named.KINDS)
def test_no_name_is_left_after_any_kind_of_person(kind: str) -> None:
    told = {wish: (name, public(wish)) for wish, name in named.wishes() if wish.startswith(kind)}
    assert len(told) >= len(named.NAMES) * len(named.CONTINUED)
    assert {wish: shown for wish, (name, shown) in told.items() if named.leaks(name, shown)} == {}


def test_wishes_without_a_name_stay_as_they_are() -> None:
    assert len(named.ORDINARY) >= 150
    assert {wish: public(wish) for wish in named.ORDINARY if public(wish) != wish} == {}


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("独居老人王秀英家住村东头，低保，想要一台电视", "独居老人家住村东头，想要一台电视"),
        ("护林员刘长贵想要一双雨鞋", "护林员想要一双雨鞋"),
        ("和奶奶刘桂花一起住，想要书包", "和奶奶一起住，想要书包"),
        ("留守儿童张小宝和奶奶刘桂花一起生活，想要书包", "留守儿童和奶奶一起生活，想要书包"),
        ("小宝想要一辆自行车", "孩子想要一辆自行车"),
        ("豆豆想要一辆自行车", "孩子想要一辆自行车"),
        ("周大爷（周福来）想要收音机", "一位大爷想要收音机"),
        ("帮扶对象陈建国，缺一床棉被", "帮扶对象，缺一床棉被"),
        ("三组老赵家孙子上初二，想要复习资料", "三组的一户人家孙子上初二，想要复习资料"),
        ("三组低保户想要被子", "三组的一户家庭想要被子"),
        ("想给孙女9岁要一个书包", "想给孙女要一个书包"),
    ],
)
def test_who_is_named_stays_as_who_he_is(words: str, shown: str) -> None:
    assert public(words) == shown
    assert public(shown) == shown


@pytest.mark.parametrize(
    ("note", "shown"),
    [
        ("送给东关三组王秀英了", "送给东关三组一位村民了"),
        ("已交给村东头刘长贵本人", "已交给村东头一位村民"),
        ("昨天王秀英说收到了", "昨天一位村民说收到了"),
    ],
)
def test_no_name_is_left_in_a_note(note: str, shown: str) -> None:
    assert public_note("想要一台电视", note, NOBODY) == shown
