"""RSS and Atom as sites write them, and as somebody who means harm would."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.errors import Unreadable
from knowledge.ingest.feed import LONGEST_BODY, LONGEST_TITLE, MOST_ENTRIES, Feed, FeedEntry, read, read_feed
from knowledge.ingest.isolation import ReadingRoom

RSS = """<?xml version="1.0" encoding="ENCODING"?><rss version="2.0"><channel><title>金山县民政局</title>
<item><title>临时救助怎么申请</title><link>https://mz.example.gov.cn/1.html</link><guid>mz-1</guid>
<pubDate>Thu, 05 Mar 2026 10:00:00 +0800</pubDate>
<description><![CDATA[<p>遇到急难可以先申请。</p><script>alert(1)</script><p>带上<b>身份证</b>。</p>]]></description></item>
<item><title>没有链接和日期的&amp;一条</title><description>只有一句。</description></item>
<item><description>没有标题的不收。</description></item></channel></rss>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>典型案例</title>
<entry><title type="html">一个&lt;b&gt;书记&lt;/b&gt;</title><id>urn:1</id><link href="https://al.example.cn/a"/>
<updated>2026-03-04T08:00:00Z</updated><content type="html">&lt;p&gt;三个帮手。&lt;/p&gt;</content></entry></feed>"""

EXPECTED = Feed(
    "金山县民政局",
    (
        FeedEntry(
            "mz-1", "临时救助怎么申请", "遇到急难可以先申请。\n带上身份证。", "https://mz.example.gov.cn/1.html",
            date(2026, 3, 5),
        ),
        FeedEntry("没有链接和日期的&一条", "没有链接和日期的&一条", "只有一句。", "", None),
    ),
)  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "gb2312", "gb18030"])
def test_rss_in_the_encodings_sites_use(encoding: str, room: ReadingRoom) -> None:
    assert read_feed(RSS.replace("ENCODING", encoding).encode(encoding), room) == EXPECTED


def test_atom(room: ReadingRoom) -> None:
    entry = FeedEntry("urn:1", "一个书记", "三个帮手。", "https://al.example.cn/a", date(2026, 3, 4))
    assert read_feed(ATOM.encode(), room) == Feed("典型案例", (entry,))


def test_a_feed_with_nothing_in_it(room: ReadingRoom) -> None:
    assert read_feed(b'<rss version="2.0"><channel><title>a</title></channel></rss>', room) == Feed("a", ())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><body>404</body></html>",
        b"\x89PNG\r\n\x1a\n",
        b"http://169.254.169.254/",
        b"/etc/passwd",
        b"{}",
    ],
)
def test_what_is_no_feed_is_refused_and_nothing_is_opened(data: bytes, room: ReadingRoom) -> None:
    with pytest.raises(Unreadable, match="不是 RSS 或 Atom"):
        read_feed(data, room)


def bomb(levels: int = 12) -> bytes:
    """Entities that stand for ten of the one before."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))
    return (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "哈">{entities}]><rss version="2.0"><channel>'
        f"<title>t</title><item><title>x &e{levels - 1};</title></item></channel></rss>"
    ).encode()


OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">
<!ENTITY % y SYSTEM "http://169.254.169.254/"> %y;]><rss version="2.0"><channel><title>t</title>
<item><title>a&x;b</title></item></channel></rss>"""


@pytest.mark.parametrize("data", [bomb(), OUTSIDE], ids=["bomb", "outside"])
def test_entities_are_not_blown_up_and_nothing_outside_is_read(data: bytes, room: ReadingRoom) -> None:
    try:
        feed = read_feed(data, room)
    except Unreadable:
        return
    told = repr(feed)
    assert "root:" not in told
    assert len(told) < 2000


def test_size_is_bounded(room: ReadingRoom) -> None:
    title, link, body = "题" * 500, f"https://a.example/{'x' * 900}", "文" * 9000
    item = f"<item><title>{title}</title><link>{link}</link><description>{body}</description></item>"
    feed = read_feed(f'<rss version="2.0"><channel>{item * 80}</channel></rss>'.encode(), room)
    assert len(feed.entries) == MOST_ENTRIES
    assert {(len(entry.title), len(entry.body), entry.address) for entry in feed.entries} == {
        (LONGEST_TITLE, LONGEST_BODY, "")
    }


@pytest.mark.parametrize("address", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"])
def test_only_web_addresses_are_kept(address: str, room: ReadingRoom) -> None:
    data = f'<rss version="2.0"><channel><item><title>t</title><link>{address}</link></item></channel></rss>'
    assert [entry.address for entry in read_feed(data.encode(), room).entries] == [""]


def test_deep_nesting_does_no_harm(room: ReadingRoom) -> None:
    body = "&lt;div&gt;" * 20_000 + "深" + "&lt;/div&gt;" * 20_000
    data = f'<rss version="2.0"><channel><item><title>t</title><description>{body}</description></item></channel></rss>'
    try:
        assert len(read_feed(data.encode(), room).entries) == 1
    except Unreadable as refused:
        assert refused.reason


PIECES = (
    "<rss version='2.0'>", "</rss>", "<channel>", "<item>", "</item>", "<title>", "题", "&", "&amp;", "<![CDATA[",
    "]]>", "<description>", "<p>", "\x00", "<!--", "<guid>", "<pubDate>2026</pubDate>", "<link>http://a</link>",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=60))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    try:
        (table,) = read(text.encode("utf-8", "replace")).tables
    except Unreadable:
        return
    for key, title, body, address, day in table.rows:
        assert key
        assert title == " ".join(title.split()) != ""
        assert len(body) <= LONGEST_BODY
        assert not address or address.startswith(("http://", "https://"))
        assert not day or date.fromisoformat(day)


WORDS = st.text(st.sampled_from("早报心愿，。abc12<>&'\""), min_size=1, max_size=30).map(
    lambda text: " ".join(text.split())
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(WORDS.filter(lambda text: text.strip("<>&'\" ")), WORDS), max_size=5))
def test_what_was_written_is_read(entries: list[tuple[str, str]]) -> None:
    from html import escape

    items = "".join(
        f"<item><title>{escape(escape(title))}</title><description>{escape(escape(body))}</description></item>"
        for title, body in entries
    )
    (table,) = read(f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()).tables
    assert [(title, body) for _, title, body, _, _ in table.rows] == entries
