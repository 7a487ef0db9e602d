"""Saved pages built as the sites of county offices are; the text is ours. Whole documents compared."""

from datetime import date
from pathlib import Path

import pytest

from knowledge.errors import Unreadable
from knowledge.ingest import read_document
from knowledge.ingest.isolation import ReadingRoom
from knowledge.ingest.webpage import read as read_page
from knowledge.passage import Document


def read(page: bytes, folder: Path, room: ReadingRoom) -> Document:
    path = folder / "网页.html"
    path.write_bytes(page)
    return read_document(path, "网页.html", room=room)


TEXT = """
<p>各镇人民政府、街道办事处：</p><p>　　现将《金山县公益性岗位管理办法》印发给你们，请认真贯彻执行。</p>
<p style="text-align:right">金山县人民政府办公室</p><p style="text-align:right">2023年5月4日</p>
<p align=center><strong>金山县公益性岗位管理办法</strong></p>
<p><strong>第一章 总则</strong></p><p>　　第一条 为了规范公益性岗位管理，制定本办法。</p>
<p>　　第二条 岗位分为：<br>　　（一）保洁岗；<br>　　（二）护路岗。</p>
<table><tr><th>岗位</th><th>补贴</th></tr><tr><td>保洁</td><td>每月600元</td></tr>
<tr><td rowspan=2>护路</td><td>每月500元</td></tr><tr><td>冬季每月550元</td></tr></table>
<p>附件：<a href="a.doc">申请表</a></p><p>（此件公开发布）</p>"""

PAGE = f"""<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=CHARSET">
<title>金山县人民政府办公室关于印发《金山县公益性岗位管理办法》的通知_政策文件_金山县人民政府</title>
<meta name="PubDate" content="2023-05-06 10:20"><script>var a = "第九条 假的，不读。";</script></head><body>
<div class="header"><a href="/">首页</a> <a>政务公开</a><form><input value="搜"><button>搜索</button></form></div>
<div class="nav"><ul><li><a>机构</a></li><li><a>领导</a></li><li><a>新闻</a></li></ul></div>
<div class="container"><div class="crumb">您当前的位置：<a>首页</a> &gt; <a>政务公开</a> &gt; <a>政策文件</a></div>
<table class="xxgk"><tr><td><b>索 引 号：</b></td><td>113708/2023-00045</td><td><b>发文机关：</b></td>
<td>金山县人民政府办公室</td></tr><tr><td>发文字号：</td><td>金政办发〔2023〕 8 号</td><td>成文日期：</td>
<td>2023年05月04日</td></tr><tr><td>施行日期：</td><td>2023-06-01</td><td>失效日期：</td><td>2028/05/31</td></tr></table>
<h1>金山县人民政府办公室关于印发《金山县公益性岗位管理办法》的通知</h1>
<div class="info">来源：金山县人民政府 &nbsp; 发布时间：2023-05-06 &nbsp; 浏览次数：<span>128</span></div>
<div class="tools">【字体：<a>大</a> <a>中</a> <a>小</a>】 <a>打印</a> <a>关闭</a></div>
<div class="bdsharebuttonbox">分享到：<a>微信</a><a>微博</a></div>
<div EDITOR>{TEXT}</div>
<div class="relate"><h3>相关文章</h3><ul><li><a>关于做好低保工作的通知，请查收</a></li>
<li><a>关于防汛的通知，很长很长</a></li><li><a>又一篇，链接文字</a></li></ul></div><p>上一篇：<a>没有了</a></p><div>扫一扫在手机打开当前页</div></div>
<div class="footer">主办：金山县人民政府，地址：金山县城，电话见公告。</div></body></html>"""

PASSAGES = [
    (None, "", "各镇人民政府、街道办事处：\n\n现将《金山县公益性岗位管理办法》印发给你们，请认真贯彻执行。"),
    ("第一条", "第一章 总则", "第一条 为了规范公益性岗位管理，制定本办法。"),
    (
        "第二条",
        "第一章 总则",
        "第二条 岗位分为：\n\n（一）保洁岗；\n\n（二）护路岗。"
        "\n\n岗位：保洁；补贴：每月600元\n\n岗位：护路；补贴：每月500元"
        "\n\n岗位：护路；补贴：冬季每月550元\n\n附件：申请表",
    ),
]


@pytest.mark.parametrize(
    ("charset", "encoding", "editor"),
    [
        ("utf-8", "utf-8", 'id="UCAP-CONTENT"'),
        ("gb2312", "gb18030", 'class="TRS_Editor"'),
        ("gb2312", "utf-8", 'class="neirong"'),
        ("", "utf-16", ""),
    ],
    ids=["known editor", "gbk", "mislabelled", "unlabelled"],
)
def test_an_office_page_is_its_text_and_what_it_says_of_itself(
    tmp_path: Path, room: ReadingRoom, charset: str, encoding: str, editor: str
) -> None:
    page = PAGE.replace("CHARSET", charset).replace("EDITOR", editor)
    document = read(page.encode(encoding), tmp_path, room)
    assert [(each.article, each.heading, each.text) for each in document.passages] == PASSAGES
    assert (document.title, document.issuer, document.region) == (
        "金山县公益性岗位管理办法",
        "金山县人民政府办公室",
        "金山",
    )
    assert (document.issued, document.effective, document.expires) == (
        date(2023, 5, 4),
        date(2023, 6, 1),
        date(2028, 5, 31),
    )


def test_all_that_a_page_says_of_itself() -> None:
    page = PAGE.replace("CHARSET", "utf-8").replace("EDITOR", 'id="zoom"')
    assert read_page(page.encode()).facts == {
        "title": "金山县人民政府办公室关于印发《金山县公益性岗位管理办法》的通知",
        "issuer": "金山县人民政府办公室",
        "number": "金政办发〔2023〕8号",
        "issued": "2023-05-04",
        "published": "2023-05-06",
        "effective": "2023-06-01",
        "expires": "2028-05-31",
        "origin": "金山县人民政府",
    }


def test_a_page_laid_out_in_tables(tmp_path: Path, room: ReadingRoom) -> None:
    page = """<html><head><title>养老服务补贴怎么领？-金山县民政局</title></head><body><table width=1000><tr><td>
    <a>首页</a> <a>新闻</a> <a>办事</a> <a>互动</a></td></tr>
    <tr><td><table><tr><td class="left"><a>通知</a><br><a>公示</a></td>
    <td><p>满八十岁的老人，可以领养老服务补贴，由村里报到镇上。</p><h2>去哪里办</h2><p>镇便民服务中心，带身份证和户口簿。</p>
    </td></tr></table></td></tr><tr><td>版权所有 金山县民政局</td></tr></table></body></html>"""
    document = read(page.encode("gb18030"), tmp_path, room)
    assert document.title == "养老服务补贴怎么领？"
    assert [(each.heading, each.text) for each in document.passages] == [
        ("", "满八十岁的老人，可以领养老服务补贴，由村里报到镇上。"),
        ("去哪里办", "镇便民服务中心，带身份证和户口簿。"),
    ]


def test_words_of_the_text_that_sound_like_the_page_are_kept(tmp_path: Path, room: ReadingRoom) -> None:
    page = """<html><body><h1>关于集中整治的通告</h1><div>时间：2023-05-06 来源：县政府 字体：大 中 小</div>
    <div class="main">    <p>为了群众出行安全，决定集中整治。</p><p>时间：5月10日至20日，每天上午。</p>
    <p>关闭非法采砂点。</p><p>返回的群众请登记。</p>
    <p>名称：金山合作社</p></div>
    <p>【打印本页】 【关闭窗口】</p></body></html>"""
    document = read(page.encode(), tmp_path, room)
    assert document.title == "关于集中整治的通告"
    assert [each.text for each in document.passages] == [
        "为了群众出行安全，决定集中整治。\n\n时间：5月10日至20日，每天上午。\n\n关闭非法采砂点。\n\n返回的群众请登记。\n\n名称：金山合作社"
    ]


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        (
            b"<html><body><script>load()</script></body></html>",
            "网页里没有正文，请打开网页，等文字出来后再另存一次。",
        ),
        (b"<!-- -->", "网页里没有正文，请打开网页，等文字出来后再另存一次。"),
        (bytes(range(128, 256)) * 20, "网页的文字编码认不出来，请用浏览器打开后另存为 UTF-8 网页。"),
    ],
    ids=["drawn by a script", "a comment", "no text"],
)
def test_a_page_without_text_says_what_to_do(
    tmp_path: Path, room: ReadingRoom, page: bytes, sentence: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        read(page, tmp_path, room)
    assert refused.value.reason == sentence
