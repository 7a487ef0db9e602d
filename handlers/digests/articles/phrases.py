"""Wording about articles from outside."""

KINDS = {"policy": "政策", "case": "案例", "daily_read": "每日一读"}
"""Kinds that an article may become, and what people call them."""

NO_KIND = "没有“{word}”这个类别，可以写：" + "、".join(KINDS.values()) + "。"
KIND_MISSING = "没写类别，可以写：" + "、".join(KINDS.values()) + "。"
NO_TITLE = "没有标题。"
NO_BODY = "没有正文。"
LONG_TITLE = "标题有 {length} 个字，超过 {most} 个，请缩短。"
LONG_BODY = "正文有 {length} 个字，超过 {most} 个，早报里放不下，请摘要后再导入。"
SAME_TITLE = "和{where}的标题、类别都一样。"
READ_ON = "全文：{address}"
