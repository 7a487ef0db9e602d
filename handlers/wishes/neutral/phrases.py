"""What stands in public where somebody, a household or an illness was named."""

HOUSEHOLD, FAMILY_OF, VILLAGER, A = "一户家庭", "一户人家", "一位村民", "一位"
CHILD = "孩子"
ILLNESS = "病"
SEE_DOCTOR, BABY_THINGS = "看病", "婴儿用品"
GROWN = "18至59岁"
HELP = "想请人帮忙办件事，认领后私下细说"
"""Of a wish that tells nothing but what is not for everybody."""

PLAIN = {ILLNESS: "疾病", "民政手续": "低保", "家里的事": "离异", VILLAGER: "残疾人", HOUSEHOLD: "困难户"}
"""One word of each sort in the tables, by what is said instead: it is in a table itself, and part of no name."""
