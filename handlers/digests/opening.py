"""How much of an article a digest tells: all of a short one, the opening of a long one."""

import re

ENOUGH = 64
"""Characters of an opening; a first sentence may be longer."""

WHOLE = 240
"""Characters of a text that is told whole."""


def opening(body: str, enough: int = ENOUGH) -> str:
    """The first sentence of a text, and those after it while all are `enough` characters at most.

    >>> opening("先接下再说归谁管。结果要告诉人家。\\n另起一段。")
    '先接下再说归谁管。结果要告诉人家。'
    """
    first_paragraph = body.strip().partition("\n")[0]
    said = ""
    for sentence in re.findall(r"[^。！？]*[。！？]+[”’」』）]*|[^。！？]+$", first_paragraph):
        if said and len(said + sentence) > enough:
            break
        said += sentence
    return said


def told(body: str) -> str:
    """`body`, or of a long one its opening; the rest is for who asks for it.

    >>> told("先接下再说。"), len(told("先接下再说归谁管，结果要告诉人家。" * 50)) < WHOLE
    ('先接下再说。', True)
    """
    if len(body) <= WHOLE:
        return body
    return f"{opening(body, WHOLE - 80)[: WHOLE - 2]}……"
