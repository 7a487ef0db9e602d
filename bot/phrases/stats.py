"""Wording of the command line's figures."""

STATS = "工作结果的统计。"
WISHES = "心愿的征集、认领、点亮、超期；和聊天里的 /心愿统计 同一套数。"
PLACE = "村（社区）、镇、县的名字；不写是最上面的地方"
WORDS = "时间和类别，例如 上月、2026年3月、物品"
NO_PLACES = "还没有登记过地点，先用 place import 或 place add 登记。"
