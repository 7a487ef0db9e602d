"""Wording of the command line about local values."""

LOCAL = "本地标准：各县自己定的数额（低保标准、高龄津贴……），登记了才报数，没登记的答“以当地公布为准”。"
ADD = "登记一个数额；同一地方、同一名称、同一执行日期再登记就是更正。"
LIST = "列出登记的数额。"
REMOVE = "删除一个（按 kb local list 里的编号）。"
IMPORT = "从表格批量登记（csv、xlsx、jsonl）；有一行不对就一行也不登记。"
NAMES = "列出卡片和问句会用到的名称，登记时名称里要含有其中一个。"

WHAT = "名称，例如 农村低保标准、高龄津贴80-89岁"
VALUE = "数额和单位，例如 每人每月760元"
AT = "哪里的标准，例如 金山县；下面的乡镇、村都照它，下面另有登记的照下面的"
DOCUMENT = "依据的文件名"
ISSUED = "文件的日期，例如 2025-07-01 或 2025年7月"
EFFECTIVE = "从哪天起执行，不写就是文件的日期"
EXPIRES = "有效期到哪天，不写就是到有新标准为止"
NUMBER = "编号，见 kb local list"
STANDING = "只看某地今天有效的"

COLUMNS = {
    "what": ["名称", "项目"],
    "value": ["数额", "标准", "金额"],
    "place": ["地方", "地点", "县", "适用地方"],
    "document": ["依据", "文件", "依据文件"],
    "issued": ["文件日期", "发文日期", "日期"],
    "effective": ["执行日期", "起", "施行日期"],
    "expires": ["有效期", "有效期至", "止"],
}
OPTIONAL = ("effective", "expires")

NONE = "还没有登记。用 kb local add 或 kb local import 登记。"
LAPSED = "〔已过期〕"
COMING = "〔还没执行〕"
REMOVED = "已删除 #{number}：{value}"
ADDED = "已登记 #{number}：{value}"
CORRECTED = "已更正 #{number}：{value}"
UNKNOWN_NAME = "提示：“{what}”不含词表里的任何名称，问到时对不上。名称用 kb local names 查看。{near}"
NEAREST = "相近的：{names}"
IMPORTED = "登记 {added} 条，更正 {corrected} 条，没变 {unchanged} 条。"
ROW = "第 {number} 行：{fault}"
ROWS_BAD = "一条也没有登记，有 {count} 处不对：\n{problems}"
