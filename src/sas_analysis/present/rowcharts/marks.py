"""The pieces of a row chart: scales, marks in per cent of the width, and rows of text beside them.

Each row is HTML text, an SVG as wide as there is room, and HTML text. Nothing is scaled, so text keeps its size at any
width, and colours are those of the page: dark screens, paper and high contrast need nothing of their own.
"""

import html
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Scale:
    """Where a value lies, in per cent of the width.

    low, high : the ends. ticks : values that are named. write : a tick as text. doubling : logarithmic. one : the value
    that has a solid line, or None.
    """

    low: float
    high: float
    ticks: Sequence[float]
    write: Callable[[float], str]
    doubling: bool = False
    one: float | None = None

    def __call__(self, value: float) -> float:
        """The place of a value."""
        if self.doubling:
            value = max(value, self.low / 4)
            place = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            place = (value - self.low) / (self.high - self.low)
        return round(max(-1.0, min(101.0, 100 * place)), 2)


def doubling(values: Iterable[float]) -> Scale:
    """A scale of ratios, each step twice the last, with a solid line at 1."""
    found = [value for value in values if value > 0 and math.isfinite(value)] or [1.0]
    low = min(-1, math.floor(math.log2(max(min(found), 1 / 16))))
    high = max(1, math.ceil(math.log2(min(max(found), 64))))
    ticks = [2.0**power for power in range(low, high + 1)]
    return Scale(ticks[0], ticks[-1], ticks, lambda tick: f"{tick:g}", doubling=True, one=1.0)


def from_zero(values: Iterable[float], write: Callable[[float], str]) -> Scale:
    """A scale from 0 to a round number above all values."""
    highest = max([value for value in values if math.isfinite(value)] or [0.0])
    highest = highest if highest > sys.float_info.min else 1.0  # a smaller one has no quarter
    step = _round_step(highest / 4)
    number = math.ceil(highest / step - 1e-9)
    ticks = [step * n for n in range(number + 1)]
    return Scale(0, ticks[-1], ticks, write)


def around_zero(values: Iterable[float], write: Callable[[float], str]) -> Scale:
    """A scale of differences, with a solid line at 0."""
    found = [0.0, *(value for value in values if math.isfinite(value))]
    step = _round_step(max(max(found) - min(found), 1e-9) / 4)
    low, high = math.floor(min(found) / step), math.ceil(max(found) / step)
    ticks = [step * n for n in range(low, max(high, low + 1) + 1)]
    return Scale(ticks[0], ticks[-1], ticks, write, one=0.0)


def _round_step(least: float) -> float:
    size = 10 ** math.floor(math.log10(least))
    return next(step * size for step in _STEPS if step * size >= least * (1 - 1e-9))


def per_cent(tick: float) -> str:
    """A share as a tick."""
    return f"{100 * tick:.3g}%"


# --- marks ---------------------------------------------------------------------------------------------------------


def dot(scale: Scale, value: float, kind: str = "pt") -> str:
    """A point; kind "ho" is hollow, "alt" the ring of another assumption."""
    return f'<circle class="{kind}" cx="{scale(value)}%" cy="50%" r="5"/>'


def line(scale: Scale, low: float, high: float, kind: str = "ci") -> str:
    """A line between limits; kind "ci0" is thin. A limit that is unbounded runs out of the picture."""
    if math.isnan(low) or math.isnan(high):
        return ""
    return f'<line class="{kind}" x1="{scale(low)}%" x2="{scale(high)}%" y1="50%" y2="50%"/>'


def band(scale: Scale, low: float, high: float) -> str:
    """The range of an assumption."""
    if math.isnan(low) or math.isnan(high):
        return ""
    left, right = scale(low), scale(high)
    return f'<rect class="bd" x="{left}%" width="{max(right - left, 0.4):.2f}%" y="22%" height="56%" rx="2"/>'


def segments(parts: Sequence[tuple[float, str, str]]) -> str:
    """Parts of a whole side by side: (share, class, what it is)."""
    at, made = 0.0, ""
    for share, kind, words in parts:
        fill = 'style="fill:url(#hatch)"' if kind == "hatch" else f'class="{kind}"'
        made += (
            f'<rect {fill} x="{100 * at:.2f}%" width="{100 * share:.2f}%" height="100%">'
            f"<title>{html.escape(words)}</title></rect>"
        )
        at += share
    return made


def _grid(scale: Scale) -> str:
    return "".join(
        f'<line class="{"one" if tick == scale.one else "g"}" x1="{scale(tick)}%" x2="{scale(tick)}%" '
        'y1="0" y2="100%"/>'
        for tick in scale.ticks
    )


# --- rows ----------------------------------------------------------------------------------------------------------


def row(label: str, marks: str, value: str, small: str = "", scale: Scale | None = None) -> str:
    """A row: its label, its marks, its value and, small, its interval."""
    beside = f" <small>{html.escape(small)}</small>" if small else ""
    grid = _grid(scale) if scale else ""
    return (
        f'<div><span class="l">{html.escape(label)}</span><svg aria-hidden="true">{grid}{marks}</svg>'
        f'<span class="v">{html.escape(value)}{beside}</span></div>'
    )


def head(label: str) -> str:
    """A line that heads the rows below it."""
    return f'<div class="hd"><span class="l">{html.escape(label)}</span></div>'


def chart(rows: Iterable[str], scale: Scale | None, alt: str, kind: str = "far") -> str:
    """Rows with their axis. alt : what they show, for those who hear the page. kind : "slim" rows are lower."""
    axis = _axis(scale) if scale else ""
    return (
        f'<div class="rc {kind}" role="group" aria-label="{html.escape(alt, quote=True)}">{"".join(rows)}{axis}</div>'
    )


def _axis(scale: Scale) -> str:
    texts = "".join(
        f'<text x="{scale(tick)}%" y="1em" text-anchor="{_anchor(scale(tick))}">{html.escape(scale.write(tick))}</text>'
        for tick in scale.ticks
    )
    return f'<div class="ax" aria-hidden="true"><span class="l"></span><svg>{texts}</svg><span class="v"></span></div>'


def _anchor(place: float) -> str:
    return "start" if place < 2 else "end" if place > 98 else "middle"


def key(kind: str) -> str:
    """The sign of a mark, for the key above a chart."""
    marks = {
        "ci": '<line class="ci" x1="2" x2="28" y1="50%" y2="50%"/><circle class="pt" cx="15" cy="50%" r="5"/>',
        "ci0": '<line class="ci0" x1="2" x2="28" y1="50%" y2="50%"/>',
        "bd": '<rect class="bd" width="100%" y="15%" height="70%" rx="2"/>',
        "pt": '<circle class="pt" cx="15" cy="50%" r="5"/>',
        "ho": '<circle class="ho" cx="15" cy="50%" r="5"/>',
        "alt": '<circle class="alt" cx="15" cy="50%" r="5"/>',
        "hatch": '<rect style="fill:url(#hatch)" width="100%" y="15%" height="70%"/>',
    }
    made = marks.get(kind, f'<rect class="{kind}" width="100%" y="15%" height="70%"/>')
    return f'<svg aria-hidden="true">{made}</svg>'
