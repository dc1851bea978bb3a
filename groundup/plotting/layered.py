"""Places for a graph without cycles: columns from left to right, few crossings, wires as smooth curves.

After K. Sugiyama, S. Tagawa, M. Toda, *Methods for visual understanding of hierarchical system structures*, 1981: a
column for each distance from the inputs, a bend where a wire passes a column, each column sorted by the mean of its
neighbours until no order with fewer crossings is found.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

HALF = 0.31  # half the width of a node, in columns
PORT = 0.13  # how far above and below the middle the wires of a node with two inputs arrive
SWEEPS = 24


class Drawing(NamedTuple):
    """Where everything is, in columns and rows.

    Attributes:
        places: (n, 2) middles of the nodes.
        wires: wires[v][i] is the curve (m, 2) from the i-th input of node v to v.
    """

    places: np.ndarray
    wires: list[list[np.ndarray]]


def layered(inputs: Sequence[Sequence[int]]) -> Drawing:
    """Lay out a graph.

    Args:
        inputs: for each node the numbers of the nodes that it was made from; they come earlier in the list.

    Raises:
        ValueError: a node is made from itself or from a later one.
    """
    if late := [v for v, given in enumerate(inputs) if any(not 0 <= u < v for u in given)]:
        raise ValueError(f"layered() wants nodes after those that they are made from; node {late[0]} is not.")
    column = _columns(inputs)
    column, chains = _bends(inputs, column)
    ranks = _order(column, chains)
    heights = _heights(ranks, chains, len(inputs))
    places = np.stack([np.array(column, float), heights], axis=1)
    return Drawing(places[: len(inputs)], _wires(inputs, chains, places))


def _columns(inputs: Sequence[Sequence[int]]) -> list[int]:
    """How many steps a node is from the inputs; an input stands just left of the first that uses it."""
    column = [0] * len(inputs)
    first_use: dict[int, int] = {}
    for v, given in enumerate(inputs):
        if given:
            column[v] = 1 + max(column[u] for u in given)
        for u in given:
            first_use[u] = min(first_use.get(u, column[v]), column[v])
    return [first_use[v] - 1 if not given and v in first_use else column[v] for v, given in enumerate(inputs)]


def _bends(inputs: Sequence[Sequence[int]], column: list[int]) -> tuple[list[int], list[list[list[int]]]]:
    """The columns of nodes and bends; for each wire its chain: from its start over its bends to its end."""
    column, chains = list(column), []
    for v, given in enumerate(inputs):
        chains.append([])
        for u in given:
            between = range(column[u] + 1, column[v])
            new = list(range(len(column), len(column) + len(between)))
            column.extend(between)
            chains[v].append([u, *new, v])
    return column, chains


def _links(chains: list[list[list[int]]]) -> set[tuple[int, int]]:
    return {pair for wires in chains for chain in wires for pair in pairwise(chain)}


def _neighbours(chains: list[list[list[int]]]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    left: dict[int, list[int]] = {}
    right: dict[int, list[int]] = {}
    for a, b in sorted(_links(chains)):
        left.setdefault(b, []).append(a)
        right.setdefault(a, []).append(b)
    return left, right


def _order(column: list[int], chains: list[list[list[int]]]) -> list[list[int]]:
    """The members of each column from top to bottom, with as few crossings as sweeping finds."""
    left, right = _neighbours(chains)
    ranks = [[v for v in range(len(column)) if column[v] == c] for c in range(max(column, default=0) + 1)]
    best, fewest = [list(r) for r in ranks], _crossings(ranks, right)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        beside = left if forward else right
        for c in range(1, len(ranks)) if forward else range(len(ranks) - 2, -1, -1):
            at = {v: i for i, v in enumerate(ranks[c - 1 if forward else c + 1])}
            own = {v: i for i, v in enumerate(ranks[c])}
            # What has no neighbour on that side keeps its place.
            key = {v: np.mean([at[u] for u in beside[v]]) if v in beside else own[v] for v in ranks[c]}
            ranks[c] = sorted(ranks[c], key=lambda v, key=key: key[v])
        if (crossings := _crossings(ranks, right)) < fewest:
            best, fewest = [list(r) for r in ranks], crossings
    return best


def _crossings(ranks: list[list[int]], right: dict[int, list[int]]) -> int:
    count = 0
    for members, following in pairwise(ranks):
        at = {v: i for i, v in enumerate(following)}
        ends = [at[b] for a in members for b in sorted(right.get(a, []), key=lambda b, at=at: at[b])]
        count += sum(ends[i] > ends[j] for i in range(len(ends)) for j in range(i + 1, len(ends)))
    return count


def _heights(ranks: list[list[int]], chains: list[list[list[int]]], nodes: int) -> np.ndarray:
    """Each as near as possible to the mean of its neighbours, with room between nodes; upwards is positive."""
    left, right = _neighbours(chains)
    size = sum(map(len, ranks))
    y = np.zeros(size)
    for members in ranks:
        y[members] = -(np.arange(len(members)) - (len(members) - 1) / 2)
    for sweep in range(SWEEPS):
        for members in ranks if sweep % 2 == 0 else ranks[::-1]:
            wanted = [
                np.mean([y[u] for u in left.get(v, []) + right.get(v, [])]) if v in left or v in right else y[v]
                for v in members
            ]
            gaps = [1.0 if max(a, b) < nodes else 0.55 if min(a, b) >= nodes else 0.8 for a, b in pairwise(members)]
            y[members] = _apart(np.array(wanted), np.array(gaps))
    return y - (y.max() + y.min()) / 2


def _apart(wanted: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """The values nearest to ``wanted`` (in squares) that fall by at least ``gaps`` from one to the next."""
    down = np.concatenate([[0.0], np.cumsum(gaps)])
    pools: list[list[float]] = []  # mean and size of runs that moved together
    for value in wanted + down:
        pools.append([value, 1])
        while len(pools) > 1 and pools[-2][0] < pools[-1][0]:
            mean, n = pools.pop()
            pools[-1] = [(pools[-1][0] * pools[-1][1] + mean * n) / (pools[-1][1] + n), pools[-1][1] + n]
    return np.concatenate([np.full(int(n), mean) for mean, n in pools]) - down


def _wires(inputs: Sequence[Sequence[int]], chains: list[list[list[int]]], places: np.ndarray) -> list[list]:
    wires = []
    for v, given in enumerate(inputs):
        before = [places[chain[-2], 1] for chain in chains[v]]
        port = _ports(before)
        wires.append([])
        for i, chain in enumerate(chains[v]):
            points = places[chain].copy()
            points[0, 0] += HALF
            points[-1] += (-HALF, port[i])
            if len(chain) == 2 and list(given).count(given[i]) > 1:  # twice the same wire: let it bow out
                bow = points.mean(axis=0) + np.array([0, np.sign(port[i]) * 0.22])
                points = np.stack([points[0], bow, points[-1]])
            wires[v].append(_smooth(points))
    return wires


def _ports(before: list[float]) -> list[float]:
    """How far above the middle each wire arrives: the one that comes from higher up arrives higher."""
    if len(before) != 2:
        return [0.0] * len(before)
    return [PORT, -PORT] if before[0] >= before[1] else [-PORT, PORT]


def _smooth(points: np.ndarray, steps: int = 12) -> np.ndarray:
    """A curve through the points that is level at each of them."""
    t = np.linspace(0, 1, steps + 1)[:, None]
    pieces = [
        np.hstack([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * (3 * t**2 - 2 * t**3)]) for a, b in pairwise(points)
    ]
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])
