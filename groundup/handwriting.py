"""From strokes on a canvas to a picture as MNIST's are: drawn, cut out, scaled to 20 pixels, hung up by its weight.

How MNIST was made: each digit's box was scaled to fit 20 × 20 pixels with its proportions kept, in grey levels, and
laid into 28 × 28 so that the centre of mass of its ink is in the middle (LeCun, Bottou, Bengio, Haffner,
"Gradient-based learning applied to document recognition", 1998). A network that has seen only such pictures wants such
pictures. `as_mnist` leaves MNIST's own digits as they are, which shows that it does the same.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

import numpy as np

SIDE, BOX = 28, 20  # pixels of MNIST's pictures, and of the box that a digit fills
PEN = 0.12  # width of the pen, in shares of the drawing's longer side
GRID = 112  # pixels a side of what is drawn here
DOT = 0.06  # width of the pen for a lone dot, which has no longer side, in shares of the canvas


def ink(strokes: Sequence, pen: float = PEN, size: int = GRID) -> np.ndarray:
    """Draw strokes with a round pen.

    A small digit is drawn with a thin pen and a large one with a thick pen, because both will be scaled to one size.

    Args:
        strokes: each (k, 2): points x, y from 0 to 1, y downwards; a stroke of one point is a dot.
        pen: the pen's width in shares of the drawing's longer side.
        size: pixels a side.

    Returns:
        (size, size) float32, 0 paper to 1 ink; the edge of a line is grey.

    Raises:
        ValueError: a stroke is not (k, 2) with at least one point.
    """
    lines = [_points(stroke, k) for k, stroke in enumerate(strokes)]
    picture = np.zeros((size, size), np.float32)
    if not lines:
        return picture
    longer = np.ptp(np.concatenate(lines), axis=0).max()
    radius = size * (pen * longer if longer > DOT else DOT) / 2
    for line in lines:
        line = size * (line if len(line) > 1 else np.repeat(line, 2, axis=0))
        for start, end in pairwise(line):
            _draw(picture, start, end, radius)
    return picture


def _points(stroke: Sequence, k: int) -> np.ndarray:
    points = np.asarray(stroke, dtype=float)
    if points.ndim != 2 or points.shape[1:] != (2,) or not len(points) or not np.isfinite(points).all():
        raise ValueError(f"ink() wants strokes of points (k, 2), and stroke {k} has the shape {points.shape}.")
    return points


def _draw(picture: np.ndarray, start: np.ndarray, end: np.ndarray, radius: float) -> None:
    """Darken what lies within ``radius`` of the line from ``start`` to ``end``, all in pixels (x, y)."""
    low = np.maximum(np.floor(np.minimum(start, end) - radius - 1), 0).astype(int)
    high = np.ceil(np.maximum(start, end) + radius + 1).astype(int)
    part = picture[low[1] : high[1], low[0] : high[0]]
    y, x = np.ogrid[: part.shape[0], : part.shape[1]]
    x, y = x + 0.5 + low[0] - start[0], y + 0.5 + low[1] - start[1]  # pixels' middles, from the line's start
    along = end - start
    share = np.clip((x * along[0] + y * along[1]) / max(along @ along, 1e-12), 0, 1)
    distance = np.hypot(x - share * along[0], y - share * along[1])
    np.maximum(part, np.clip(radius + 0.5 - distance, 0, 1), out=part)


def shares(n: int, m: int) -> np.ndarray:
    """Return (m, n): which share of each of n pixels in a row each of m pixels in the same room takes, as means.

    ``shares(4, 2)`` is ½ ½ 0 0, 0 0 ½ ½: two pixels become one. Every row adds up to 1.
    """
    left, right = np.arange(n), np.arange(1, n + 1)
    edges = np.arange(m + 1) * n / m
    overlap = np.minimum(edges[1:, None], right) - np.maximum(edges[:-1, None], left)
    return np.clip(overlap, 0, None) * m / n


def centre_of_mass(picture: np.ndarray) -> tuple[float, float]:
    """Return (row, column) of the ink's balance point; the first pixel's middle is at 0.5.

    Raises:
        ValueError: there is no ink.
    """
    total = float(picture.sum())
    if not total > 0:
        raise ValueError("centre_of_mass() wants a picture with ink, and this one has none.")
    rows, columns = (np.arange(n) + 0.5 for n in picture.shape)
    return float(picture.sum(axis=1) @ rows) / total, float(picture.sum(axis=0) @ columns) / total


def as_mnist(picture: np.ndarray) -> np.ndarray:
    """Cut a drawing out, scale its longer side to 20 pixels, lay it into 28 × 28 with its centre of mass in the middle.

    Args:
        picture: (height, width), 0 paper to 1 ink.

    Returns:
        (28, 28) float32; empty for an empty picture.
    """
    out = np.zeros((SIDE, SIDE), np.float32)
    rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return out
    cut = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(BOX * n / max(cut.shape))) for n in cut.shape)
    small = shares(len(cut), height) @ cut @ shares(cut.shape[1], width).T  # (height, width)
    middle = centre_of_mass(small)
    # MNIST's digits balance on the pixel with the index 14, so between 14 and 15.
    top, left = (min(max(ceil(14 - c), 0), SIDE - n) for c, n in zip(middle, (height, width), strict=True))
    out[top : top + height, left : left + width] = small
    return out


def _arc(x: float, y: float, wide: float, tall: float, start: float, stop: float, n: int = 24) -> np.ndarray:
    """(n, 2): a piece of an ellipse; angles in turns, 0 to the right, clockwise on the screen."""
    angle = 2 * np.pi * np.linspace(start, stop, n)
    return np.stack([x + wide * np.cos(angle), y + tall * np.sin(angle)], axis=1)


def _path(*parts: Sequence) -> np.ndarray:
    return np.concatenate([np.asarray(part, dtype=float).reshape(-1, 2) for part in parts])


#: Ready-made digits as strokes, so that the canvas can be used from the keyboard, and tests can draw.
DIGITS = {
    "0": [_arc(0.50, 0.50, 0.19, 0.32, -0.25, 0.77, 40)],
    "1": [_path((0.42, 0.30), (0.53, 0.18), (0.50, 0.82))],
    "2": [_path(_arc(0.49, 0.34, 0.18, 0.17, -0.48, 0.08), (0.48, 0.63), (0.31, 0.82), (0.71, 0.81))],
    "3": [_path(_arc(0.47, 0.33, 0.17, 0.15, -0.45, 0.22), _arc(0.47, 0.65, 0.20, 0.17, -0.24, 0.42))],
    "4": [_path((0.40, 0.18), (0.30, 0.55), (0.72, 0.53)), _path((0.62, 0.25), (0.58, 0.84))],
    "5": [
        _path((0.40, 0.20), (0.37, 0.46), _arc(0.47, 0.63, 0.19, 0.19, -0.33, 0.40)),
        _path((0.40, 0.20), (0.70, 0.19)),
    ],
    "6": [_path((0.60, 0.17), (0.45, 0.36), _arc(0.50, 0.65, 0.17, 0.17, -0.55, 0.47, 36))],
    "7": [_path((0.30, 0.22), (0.70, 0.20), (0.58, 0.46), (0.47, 0.84))],
    "8": [
        _path(
            _arc(0.51, 0.34, 0.15, 0.15, 0.0, -0.72),
            (0.51, 0.49),
            _arc(0.49, 0.66, 0.18, 0.17, -0.20, 0.66, 30),
            (0.55, 0.46),
            (0.66, 0.34),
        )
    ],
    "9": [_path(_arc(0.50, 0.36, 0.17, 0.17, -0.02, -1.0, 36), (0.66, 0.52), (0.58, 0.84))],
}
