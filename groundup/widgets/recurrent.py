"""Interactive figure of chapter 09: the hidden state of a GRU while it reads a name."""

from functools import cache

import numpy as np

from groundup import runs
from groundup.ladder import EDGE, TOKENS
from groundup.widgets.controls import choice, slider, textbox
from groundup.widgets.figure import Figure, explore
from groundup.widgets.language import cleaned
from groundup.widgets.scene import bars, image, line, panel, scene

STORED = "09_names_gru"
ORDERS = ("units as they come", "those that stay longest", "those that change most")
SHOWN = 40  # units


def reading() -> Figure:
    """Return an interactive figure: a name to type, the state after each letter, what is expected next."""
    caption = (
        "The squares: a column for each letter read, a row for each unit of the state, blue below zero, orange above. "
        "The slider goes back through the name; the bars show what the network expects after the framed letter, the "
        "dot being the end. Compare units that stay with units that change: a gate decides."
    )
    return explore(
        reading_scene,
        caption=caption,
        name=textbox("annabelle", length=24),
        back=slider(0, 8, 0, step=1, color="ink"),
        rows=choice(ORDERS),
    )


def reading_scene(name: str, back: int = 0, rows: str = ORDERS[0]) -> dict:
    """Return the scene: states while reading, and the distribution over the next character ``back`` letters before."""
    letters, remark = cleaned(name)
    states = read(letters)  # (t, m)
    at = max(0, len(states) - 1 - int(back))
    p = expected(states[at])
    order = chosen(states, rows)
    first = ", ".join(f"{_name(i)} {p[i]:.0%}" for i in np.argsort(-p, kind="stable")[:3])
    so_far = f'after "{letters[:at]}"' if at else "before the first letter"
    turned = f"{turned_over(states, at):.0%} of the {states.shape[1]} units have changed sign" if at else ""
    said = f" With its last letter {turned}." if turned else ""
    status = f"{so_far[0].upper()}{so_far[1:]} it expects {first}.{said}{remark}"
    ticks = dict(enumerate("." + letters))
    edge = [at - 0.5, at + 0.5, at + 0.5, at - 0.5, at - 0.5]
    frame = line(edge, [-0.5, -0.5, SHOWN - 0.5, SHOWN - 0.5, -0.5], color="ink", width=2.5)
    grid = states[:, order].T
    extent = (-0.5, len(states) - 0.5, -0.5, SHOWN - 0.5)
    picture = image(grid, colors="signed", low=-1.0, high=1.0, extent=extent)
    look = {"xlabel": "letter just read", "ylabel": f"{SHOWN} units", "xticks": ticks, "yticks": {}}
    right = {"xlabel": "next character", "ylabel": "probability", "xticks": dict(enumerate(TOKENS))}
    top = max(0.3, 0.1 * np.ceil(10 * p.max()))
    return scene(
        panel(picture, frame, x=extent[:2], y=extent[2:], size=(260, 290), title=f"state, {rows}", **look),
        panel(bars(range(27), p, color="output", width=0.8), x=(-0.7, 26.7), y=(0.0, top), size=(350, 290), **right),
        words=f"State of a GRU while it reads {letters or 'nothing'}, {rows}; {so_far} it expects {first}.",
        status=status,
    )


def chosen(states: np.ndarray, rows: str) -> np.ndarray:
    """Return which units are drawn, (SHOWN,): the first ones, or those that change least or most."""
    if rows == ORDERS[0] or len(states) < 2:
        return np.arange(SHOWN)
    change = np.abs(np.diff(states, axis=0)).mean(axis=0) / (np.abs(states).mean(axis=0) + 0.1)
    order = np.argsort(change if rows == ORDERS[1] else -change, kind="stable")
    return order[:SHOWN]


def turned_over(states: np.ndarray, at: int) -> float:
    """Return the share of units whose sign changed at step ``at``."""
    return float(np.mean(np.sign(states[at]) != np.sign(states[at - 1])))


def read(letters: str) -> np.ndarray:
    """Return the state after the start and after each letter: (t + 1, m)."""
    net = network()
    w_x, w_h, b_x, b_h = (net[name] for name in ("w_x", "w_h", "b_x", "b_h"))
    m = len(w_h)
    h, states = np.zeros(m), []
    for token in [EDGE, *(TOKENS.index(letter) for letter in letters)]:
        a, c = net["points"][token] @ w_x + b_x, h @ w_h + b_h
        r, z = (0.5 * (1 + np.tanh((a[s] + c[s]) / 2)) for s in (slice(0, m), slice(m, 2 * m)))
        n = np.tanh(a[2 * m :] + r * c[2 * m :])
        h = (1 - z) * n + z * h
        states.append(h)
    return np.array(states)


def expected(state: np.ndarray) -> np.ndarray:
    """Return the probabilities of the 27 characters after a state (m,)."""
    net = network()
    z = state @ net["w_out"] + net["b_out"]
    e = np.exp(z - z.max())
    return e / e.sum()


@cache
def network() -> dict[str, np.ndarray]:
    """Return the stored GRU, its matrices turned so that rows come in on the left."""
    names = {
        "points": "points.weight",
        "w_x": "cell.weight_ih_l0",
        "w_h": "cell.weight_hh_l0",
        "b_x": "cell.bias_ih_l0",
        "b_h": "cell.bias_hh_l0",
        "w_out": "out.weight",
        "b_out": "out.bias",
    }
    run = runs.load(STORED)
    arrays = {key: np.asarray(run.arrays(name), np.float64) for key, name in names.items()}
    return {key: array[0].T if key.startswith("w_") else array[0] for key, array in arrays.items()}


def _name(token: int) -> str:
    return "the end" if token == EDGE else TOKENS[token]
