"""Wording of `kb card`."""

from collections.abc import Mapping

KB_CARD = "看一张卡片：答复、依据、适用的地方，每种问法从哪里来。"
CARD = "卡片编号，例如 dibao-apply、keeper-7；答复的问题写编号就行"
NO_SUCH_CARD = "没有“{card}”这张卡片。{near}"


def card_line(card: Mapping[str, object]) -> str:
    """What a card says and where it holds."""
    places = card["places"]
    where = "、".join(map(str, places)) if isinstance(places, list) and places else "各地"
    lines = [f"{card['card']}（{card['source']}）", str(card["title"]), str(card["answer"])]
    if card["document"]:
        lines.append(f"依据：《{card['document']}》{card['article'] or ''}")
    if card["origin"]:
        lines.append(f"来自：{card['origin']}")
    lines.append(f"适用：{where}")
    if card["local"]:
        names = card["local"]
        lines.append(f"本地标准：{'、'.join(map(str, names)) if isinstance(names, list) else names}")
    return "\n".join(lines)


def alias_line(alias: Mapping[str, object]) -> str:
    """One way of asking, and where it came from."""
    if not alias["no"]:
        return f"  {alias['text']}（{alias['source']}）"
    place = f"{alias['place']}，" if alias["place"] else ""
    return f"  {alias['text']}（问题 #{alias['no']}，{place}{alias['first']} 第一次问，问过 {alias['times']} 次）"
