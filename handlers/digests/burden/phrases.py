"""Wording of the burden meter."""

from storage.burden import Week


def line(this: Week, before: Week) -> str:
    """What the bot said here this week and the week before."""
    return f"我在本群说话：本周 {_week(this)}；上周 {_week(before)}。"


def _week(found: Week) -> str:
    return f"{found.messages} 条（早报 {found.pushes} 条，向人追问 {found.questions} 次）"
