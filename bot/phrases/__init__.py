"""Wording for the operator: settings, command line, self-check. (The chat's wording is in `phrases` of each feature.)"""

NO_CHANNEL = "没有能送到的渠道：对方还没绑定聊天账号，或该渠道没有开通。"
