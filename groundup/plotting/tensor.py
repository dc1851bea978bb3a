"""Figures of chapter 04: arrays to scale with their gradients, and what broadcasting repeats and its backward adds up.

A small expression is written as steps, ``Array`` by ``Array``; from these follow the shapes of all arrays and of the
bills that reach them, and the axes along which a bill is summed. Figure and interactive figure show the same steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from groundup.plotting.base import COLORS, axes_or_new
from groundup.plotting.start import HIGH, WIDE, _bare, _boxes

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Bill:
    """A gradient on its way to an array: the formula, the shape in which it arrives, and the axes then summed."""

    formula: str
    shape: Shape
    summed: tuple[int, ...]


@dataclass(frozen=True)
class Array:
    """One array of an expression: its name, how it is made ("" if given), its shape, and the bills that reach it."""

    name: str
    made: str
    shape: Shape
    bills: tuple[Bill, ...]


#: Expression → the given arrays with their lengths, and the operations in order: (result, operation, inputs).
EXPRESSIONS: Mapping[str, tuple[Mapping[str, str], Sequence[tuple[str, str, tuple[str, ...]]]]] = {
    "z = x @ w + b": (
        {"x": "nd", "w": "dk", "b": "k"},
        [("s", "@", ("x", "w")), ("z", "+", ("s", "b"))],
    ),
    "z = x + b": ({"x": "nk", "b": "k"}, [("z", "+", ("x", "b"))]),
    "z = x − c": ({"x": "nk", "c": "n1"}, [("z", "−", ("x", "c"))]),
    "z = x * u": ({"x": "nk", "u": ""}, [("z", "*", ("x", "u"))]),
    "z = u * v": ({"u": "n1", "v": "k"}, [("z", "*", ("u", "v"))]),
    "z = (x + b) * x": ({"x": "nk", "b": "k"}, [("s", "+", ("x", "b")), ("z", "*", ("s", "x"))]),
    "z = relu(x @ w) @ v": (
        {"x": "nd", "w": "dk", "v": "k1"},
        [("s", "@", ("x", "w")), ("a", "relu", ("s",)), ("z", "@", ("a", "v"))],
    ),
}


def summed_axes(shape: Shape, stretched: Shape) -> tuple[int, ...]:
    """Return the axes of ``stretched`` along which broadcasting repeated an array of ``shape``.

    >>> summed_axes((4,), (3, 4)), summed_axes((3, 1), (3, 4))
    ((0,), (1,))
    """
    extra = len(stretched) - len(shape)
    return tuple(axis for axis, n in enumerate(stretched) if axis < extra or (shape[axis - extra] == 1 and n != 1))


def steps(expression: str, *, n: int, d: int, k: int) -> list[Array]:
    """Return the arrays of one of ``EXPRESSIONS`` in the order in which they are needed, with shapes and bills.

    Args:
        expression: a key of ``EXPRESSIONS``.
        n, d, k: how many rows, inputs, outputs.

    Raises:
        ValueError: there is no such expression.
    """
    if expression not in EXPRESSIONS:
        raise ValueError(f"steps() knows the expressions {', '.join(EXPRESSIONS)} and got {expression!r}.")
    given, operations = EXPRESSIONS[expression]
    sizes = {"n": n, "d": d, "k": k, "1": 1}
    shapes: dict[str, Shape] = {name: tuple(sizes[letter] for letter in letters) for name, letters in given.items()}
    made: dict[str, str] = {}
    bills: dict[str, list[Bill]] = {name: [] for name in given}
    for result, sign, inputs in operations:
        shapes[result] = _result(sign, [shapes[name] for name in inputs])
        made[result] = f"relu({inputs[0]})" if sign == "relu" else f"{inputs[0]} {sign} {inputs[1]}"
        bills[result] = []
    for result, sign, inputs in reversed(operations):
        for name, (formula, is_product) in zip(inputs, _formulas(result, sign, inputs), strict=True):
            arrives = shapes[name] if is_product else shapes[result]
            bills[name].append(Bill(formula, arrives, summed_axes(shapes[name], arrives)))
    order = _in_order(operations)
    return [Array(name, made.get(name, ""), shapes[name], tuple(bills[name])) for name in order]


def _in_order(operations: Sequence[tuple[str, str, tuple[str, ...]]]) -> list[str]:
    """The arrays as one reads them: what an operation needs stands before its result."""
    names = [name for result, _, inputs in operations for name in (*inputs, result)]
    return list(dict.fromkeys(names))


def _result(sign: str, shapes: list[Shape]) -> Shape:
    if sign == "@":
        return (*shapes[0][:-1], shapes[1][-1])
    return np.broadcast_shapes(*shapes)


def _formulas(result: str, sign: str, inputs: tuple[str, ...]) -> list[tuple[str, bool]]:
    """The bill for each input, and whether it is a matrix product, which has the input's shape at once."""
    left, right, up = inputs[0], inputs[-1], f"d{result}"
    return {
        "@": [(f"{up} @ {right}ᵀ", True), (f"{left}ᵀ @ {up}", True)],
        "+": [(up, False), (up, False)],
        "−": [(up, False), (f"−{up}", False)],
        "*": [(f"{up} * {right}", False), (f"{up} * {left}", False)],
        "relu": [(f"{up} * ({left} > 0)", True)],
    }[sign]


def sentence(array: Array) -> str:
    """Say of an array which bills reach it, in which shape, and along which axes they are summed.

    >>> sentence(Array("b", "", (4,), (Bill("dz", (3, 4), (0,)),)))
    'db (4,): dz (3, 4), summed over axis 0'
    """
    if not array.bills:
        return f"d{array.name} {array.shape}: comes from above"
    words = []
    for bill in array.bills:
        over = f", summed over {_axes(bill)}" if bill.summed else ""
        words.append(f"{bill.formula} {bill.shape}{over}")
    return f"d{array.name} {array.shape}: {'; plus '.join(words)}"


# Drawing: one geometry, for matplotlib here and for the browser in groundup.widgets.tensor. ---------------------------

COLUMN = 9.6  # from one array to the next, in cells
TALL = 6  # rows that fit above each other
ROLES = {"x": "input"} | dict.fromkeys("wbcuv", "weight")


@dataclass(frozen=True)
class Box:
    """A grid of cells with its upper left corner at (left, top)."""

    left: float
    top: float
    rows: int
    columns: int
    color: str
    dashed: bool = False

    def lines(self) -> tuple[np.ndarray, np.ndarray]:
        """Return its grid as one polyline with gaps, as x and y."""
        right, bottom = self.left + self.columns, self.top - self.rows
        rules = [((self.left, self.top - i), (right, self.top - i)) for i in range(self.rows + 1)]
        rules += [((self.left + j, self.top), (self.left + j, bottom)) for j in range(self.columns + 1)]
        points = np.array([point for a, b in rules for point in (a, b, (np.nan, np.nan))])
        return points[:, 0], points[:, 1]


@dataclass(frozen=True)
class Words:
    """Text whose middle stands at x; ``level`` y."""

    x: float
    y: float
    text: str
    color: str


@dataclass(frozen=True)
class Layout:
    """Boxes, words and arrows (start, end) of a picture, and its size in cells."""

    boxes: tuple[Box, ...]
    words: tuple[Words, ...]
    arrows: tuple[tuple[tuple[float, float], tuple[float, float]], ...]
    width: float
    low: float
    high: float


def layout(arrays: Sequence[Array], tall: int = TALL) -> Layout:
    """Place the arrays of an expression side by side, each above its gradient; ``tall`` rows fit above each other."""
    boxes: list[Box] = []
    words: list[Words] = []
    arrows = []
    below = -tall - 5.4  # where the gradients' row begins
    for i, array in enumerate(arrays):
        middle = (i + 0.5) * COLUMN
        rows, columns = _rows_columns(array.shape)
        boxes.append(Box(middle - columns / 2, 0, rows, columns, ROLES.get(array.name, "output")))
        title = f"{array.name} = {array.made}" if array.made else array.name
        words += [Words(middle, 1.1, title, "ink"), Words(middle, -tall - 1.0, f"{array.shape}", "baseline")]
        bill = next((b for b in array.bills if b.summed), None)
        if bill is not None:
            wide, long = _rows_columns(bill.shape)[1], _rows_columns(bill.shape)[0]
            boxes.append(Box(middle - wide / 2, below, long, wide, "gradient", dashed=True))
            arrows += _arrows(bill, middle - wide / 2, below, long, wide)
            left = middle - wide / 2
        else:
            left = middle - columns / 2
        boxes.append(Box(left, below, rows, columns, "gradient"))
        formula = " + ".join(f"sum of {b.formula}" if b.summed else b.formula for b in array.bills)
        words.append(Words(middle, below + 1.1, f"d{array.name} = {formula}" if formula else f"d{array.name}", "ink"))
        came = f"{bill.shape} → " if bill else ""
        words.append(Words(middle, below - tall - 1.0, f"{came}{array.shape}", "gradient"))
        if bill is not None:
            words.append(Words(middle, below - tall - 2.4, f"sum over {_axes(bill)}", "gradient"))
    return Layout(tuple(boxes), tuple(words), tuple(arrows), COLUMN * len(arrays), below - tall - 3.2, 2.0)


def _axes(bill: Bill) -> str:
    """Its summed axes in words, such as "axis 0" or "axes 0 and 1"."""
    return f"{'axes' if len(bill.summed) > 1 else 'axis'} {' and '.join(map(str, bill.summed))}"


def _rows_columns(shape: Shape) -> tuple[int, int]:
    """How an array of up to two axes is drawn: (k,) as one row, a single number as one cell."""
    return (1, 1, *shape)[-2:]


def _arrows(bill: Bill, left: float, top: float, rows: int, columns: int) -> list:
    """From the far end of each summed axis to its near end; negative axes, because (k,) has none in front."""
    found = []
    for axis in bill.summed:
        if axis - len(bill.shape) == -1 and columns > 1:
            found.append(((left + columns + 0.5, top - 0.5), (left + 1.1, top - 0.5)))
        if axis - len(bill.shape) == -2 and rows > 1:
            found.append(((left + 0.5, top - rows - 0.4), (left + 0.5, top - 1.1)))
    return found


def shapes(expression: str, *, n: int = 3, d: int = 4, k: int = 2, ax: Axes | None = None) -> Axes:
    """Draw every array of an expression to scale, with its gradient below it.

    Args:
        expression: a key of ``EXPRESSIONS``.
        n, d, k: how many rows, inputs, outputs; at most 6 each.
        ax: axes to draw on; None makes new ones.
    """
    arrays = steps(expression, n=n, d=d, k=k)
    plan = layout(arrays, tall=max(_rows_columns(array.shape)[0] for array in arrays))
    ax = axes_or_new(ax, (0.2 * plan.width, 0.2 * (plan.high - plan.low)))
    for box in plan.boxes:
        style = ":" if box.dashed else "-"
        ax.plot(*box.lines(), color=COLORS[box.color], linestyle=style, linewidth=1.2, zorder=1 if box.dashed else 2)
    for word in plan.words:
        ax.text(word.x, word.y, word.text, color=COLORS[word.color], ha="center", va="center", fontsize=9.5)
    for start, end in plan.arrows:
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": COLORS["gradient"], "linewidth": 1.6})
    return _bare(ax, (0, plan.width), (plan.low, plan.high))


def blocks(rows: Sequence[Sequence[tuple[str, Shape, str] | str]], ax: Axes | None = None) -> Axes:
    """Draw rows of empty arrays to scale, with signs between them.

    Args:
        rows: from top to bottom; a sign such as "@", or (name, shape, a key of ``COLORS``). Names that begin with "?"
            are drawn dashed.
        ax: axes to draw on; None makes new ones.
    """
    heights = [max(_rows_columns(item[1])[0] for item in row if not isinstance(item, str)) for row in rows]
    widths = [sum(1.6 if isinstance(item, str) else _rows_columns(item[1])[1] + 1.2 for item in row) for row in rows]
    total = sum(height + 2.4 for height in heights)
    ax = axes_or_new(ax, (0.36 * max(widths) + 0.2, 0.36 * total))
    top = 0.0
    for row, height in zip(rows, heights, strict=True):
        left, middle = 0.6, top - height / 2
        for item in row:
            if isinstance(item, str):
                ax.text(left + 0.2, middle, item, ha="center", va="center", fontsize=14)
                left += 1.6
                continue
            name, shape, color = item
            tall, wide = _rows_columns(shape)
            box = Box(left, middle + tall / 2, tall, wide, color, dashed=name.startswith("?"))
            ax.plot(*box.lines(), color=COLORS[color], linestyle=":" if box.dashed else "-", linewidth=1.3)
            ax.text(left + wide / 2, middle + tall / 2 + 0.2, name, color=COLORS[color], ha="center", va="bottom")
            ax.text(left + wide / 2, middle - tall / 2 - 0.2, f"{shape}", ha="center", va="top", fontsize=9)
            left += wide + 1.2
        top -= height + 2.4
    return _bare(ax, (0, max(widths) + 0.2), (-total + 1.0, 1.2))


def repeat_and_sum(row: np.ndarray, bill: np.ndarray, ax: Axes | None = None) -> Axes:
    """Draw a row that broadcasting repeats, and beside it the bill for the repeated table, summed back to a row.

    Args:
        row: (k,) what is repeated forward.
        bill: (n, k) the gradient of the repeated table.
        ax: axes to draw on; None makes new ones.

    Raises:
        ValueError: the shapes do not fit.
    """
    row, bill = np.asarray(row, dtype=float), np.asarray(bill, dtype=float)
    if row.ndim != 1 or bill.ndim != 2 or bill.shape[1] != len(row):
        raise ValueError(f"repeat_and_sum() wants shapes (k,) and (n, k) and got {row.shape} and {bill.shape}.")
    n, k = bill.shape
    gap, drop = k * WIDE + 2.2, n * HIGH + 1.5
    ax = axes_or_new(ax, (0.62 * (gap + k * WIDE + 0.4), 0.62 * (drop + HIGH + 1.0)))
    table = np.broadcast_to(row, bill.shape)
    _boxes(ax, row[None], 0, "weight", top=0.0)
    _boxes(ax, table, 0, "weight", top=-HIGH - 1.5, pale=np.arange(n)[:, None] > 0)
    _boxes(ax, bill, gap, "gradient", top=-HIGH - 1.5)
    _boxes(ax, bill.sum(axis=0)[None], gap, "gradient", top=0.0)
    near, far = -HIGH - 0.1, -HIGH - 1.4
    for x, start, end, color in [(0, near, far, "weight"), (gap, far, near, "gradient")]:
        look = {"arrowstyle": "-|>", "linewidth": 1.8, "color": COLORS[color]}
        ax.annotate("", (x + k * WIDE / 2, end), (x + k * WIDE / 2, start), arrowprops=look)
    for x, words in [(0, "forward: repeat"), (gap, "backward: add up")]:
        ax.text(x + k * WIDE / 2 + 0.25, -HIGH - 0.75, words, ha="left", va="center", fontsize=10)
    for x, name in [(0, f"b {row.shape}"), (gap, f"db {row.shape}")]:
        ax.text(x + k * WIDE / 2, 0.15, name, ha="center", va="bottom", fontsize=10)
    return _bare(ax, (-0.1, gap + k * WIDE + 1.6), (-drop - HIGH - 0.1, 0.75))


def runs_beside(
    runs: Mapping[str, Sequence[float]], *, labels: tuple[str, str], level: float, level_name: str
) -> np.ndarray:
    """Draw runs in panels side by side, with the same logarithmic axis and a level to compare with; return the axes.

    Args:
        runs: name → values, all above 0.
        labels: names of the two axes, with units.
        level: where a dashed line is drawn.
        level_name: what it is, written into the first panel.
    """
    _, axes = plt.subplots(1, len(runs), figsize=(2.5 * len(runs), 2.9), sharey=True, squeeze=False)
    for ax, (name, values) in zip(axes[0], runs.items(), strict=True):
        ax.axhline(level, color=COLORS["baseline"], linestyle="--", linewidth=1.2)
        ax.plot(values, color=COLORS["loss"], linewidth=1.4)
        ax.set(title=name, xlabel=labels[0], yscale="log")
    axes[0, 0].set_ylabel(labels[1])
    axes[0, 0].annotate(level_name, (0, level), (2, 3), textcoords="offset points", color=COLORS["baseline"])
    return axes
