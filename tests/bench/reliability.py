"""A picture of how far the threshold can be trusted, as SVG by hand: no drawing library is needed."""

from collections.abc import Sequence

from tests.bench.scoring import Judged

_WIDE, _HIGH, _EDGE = 640, 360, 50
_BINS = 10


def picture(rows: Sequence[Judged], enough: Sequence[float]) -> str:
    """Share of right first hits by confidence (bars, with the number of questions), and what a threshold costs.

    Lines over the threshold: share of scored questions answered (blue), answered wrongly (red).
    """
    scored = [one for one in rows if one.right is not None]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDE}" height="{_HIGH}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="white"/>',
        *_axes(len(scored), enough),
    ]
    width = (_WIDE - 2 * _EDGE) / _BINS
    for nth in range(_BINS):
        inside = [one for one in scored if min(int(one.trust * _BINS), _BINS - 1) == nth]
        if inside:
            share = sum(bool(one.right) for one in inside) / len(inside)
            x, y = _EDGE + nth * width, _y(share)
            parts.append(
                f'<rect x="{x + 3:.1f}" y="{y:.1f}" width="{width - 6:.1f}" height="{_y(0) - y:.1f}" fill="#ccd9cc"/>'
                f'<text x="{x + width / 2:.1f}" y="{y - 4:.1f}" text-anchor="middle" fill="#575">{len(inside)}</text>'
            )
    steps = [nth / 100 for nth in range(101)]
    given = [[one for one in scored if one.trust >= step] for step in steps]
    lines = {
        "#2456a6": [len(some) / max(len(scored), 1) for some in given],
        "#b3261e": [sum(not one.right for one in some) / max(len(scored), 1) for some in given],
    }
    for colour, values in lines.items():
        points = " ".join(
            f"{_x(step):.1f},{_y(value):.1f}" for step, value in zip(steps, values, strict=True)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
    return "\n".join([*parts, "</svg>\n"])


def _axes(count: int, enough: Sequence[float]) -> list[str]:
    told = ", ".join(f"{one:.2f}" for one in enough)
    out = [f'<text x="{_EDGE}" y="20">{count} questions; dashed: the thresholds we ship, {told}</text>']
    for tenth in range(0, 11, 2):
        share = tenth / 10
        out.append(
            f'<line x1="{_EDGE}" x2="{_WIDE - _EDGE}" y1="{_y(share):.1f}" y2="{_y(share):.1f}" stroke="#eee"/>'
            f'<text x="{_EDGE - 6}" y="{_y(share) + 4:.1f}" text-anchor="end">{share:.1f}</text>'
            f'<text x="{_x(share):.1f}" y="{_HIGH - _EDGE + 18}" text-anchor="middle">{share:.1f}</text>'
        )
    out += [
        f'<line x1="{_x(0):.1f}" y1="{_y(0):.1f}" x2="{_x(1):.1f}" y2="{_y(1):.1f}" stroke="#999"/>',
        *(
            f'<line x1="{_x(one):.1f}" x2="{_x(one):.1f}" y1="{_y(0):.1f}" y2="{_y(1):.1f}" stroke="#333" '
            'stroke-dasharray="4 3"/>'
            for one in enough
        ),
        f'<text x="{_WIDE / 2}" y="{_HIGH - 12}" text-anchor="middle">confidence of the first hit</text>',
    ]
    return out


def _x(share: float) -> float:
    return _EDGE + share * (_WIDE - 2 * _EDGE)


def _y(share: float) -> float:
    return _HIGH - _EDGE - share * (_HIGH - 2 * _EDGE)
