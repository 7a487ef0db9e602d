"""What is said when words may not stand where others will read them."""

REFUSED = {
    "money": "这里不登要钱、转账的话：平台不经手钱，募捐要由慈善组织依慈善法来做。请改成想要的东西或帮忙的事；急难请问村里或 12345。",
    "advertising": "这里不登广告、推广、贷款和刷单的话，请去掉再发。",
}
ELSE = "这里不登这样的话，请换个说法再发。"
BAD_ENCODING = "不是 UTF-8 文字"
EMPTY_WORD = "去掉标点就没有字了"
"""Why a line of a list is left out."""
