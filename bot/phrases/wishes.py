"""Wording of the command line on wishes."""

WISH = "微心愿：从表格登记，从导出的台账恢复。"
IMPORT = "从表格登记微心愿（县里、村里的心愿清单，要写 --by）；不写 --by 是把 export wishes 导出的台账恢复进来，编号、状态、日期都不变。"
FILE = "表格文件：.xlsx、.csv 或 .jsonl"
BY = "以谁的名义登记，写 姓名@村；登记的人自己不能核实"
NOT_A_REGISTER = "这不像 export wishes 导出的台账。别处的心愿清单请加 --by 姓名@村，写明以谁的名义登记。"
A_REGISTER = "这是本系统导出的台账（有编号、状态、登记人、登记时间），恢复时不用写 --by。"
NOT_VERIFIED = "登记的都是“待核实”，要由登记人以外的村（社区）干部核实后才能认领。"
