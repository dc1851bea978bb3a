"""The ladder of chapters 08 to 11: every model of names is scored here, on the same held-out names, in the same way.

A name is told letter by letter and then ends, so a name of n letters is n + 1 predictions: each of its letters, and
the end. The start is given and not predicted. The score is the sum of the surprises of all these predictions, over all
names, divided by how many there are: nats per character. Long names count for more than short ones.

Choose on the validation names; look at the test names once, when everything is chosen.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from groundup.tensor import Tensor, no_grad
from groundup.train.evaluate import mode

#: The 27 tokens, each at its own number: 0 is the edge of a name, its start and its end; 1 to 26 are a to z.
TOKENS = ".abcdefghijklmnopqrstuvwxyz"
EDGE = 0
#: Where a target says this, nothing is predicted; `cross_entropy` leaves such places out too.
NOTHING = -100


def encode(names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Names as numbers: what a model reads, and what it is to predict at each place.

    Args:
        names: n names of the letters a to z; at least one.

    Returns:
        x (n, t) int64: the edge, then the letters, then edges up to the longest name's length. y (n, t) int64: the
        letters, then the edge, then `NOTHING`. In both t is the longest name's length and one more, and ``y[i, j]``
        is what follows ``x[i, :j + 1]``.

    Raises:
        ValueError: there are no names, or one holds something else than a to z.
    """
    if isinstance(names, str) or not len(names):
        raise ValueError(f"encode() wants a list of at least one name and got {names!r:.40}.")
    longest = max(map(len, names))
    x = np.full((len(names), longest + 1), EDGE, dtype=np.int64)
    y = np.full((len(names), longest + 1), NOTHING, dtype=np.int64)
    for i, name in enumerate(names):
        letters = [TOKENS.find(letter) for letter in name]
        if min(letters, default=1) < 1:
            raise ValueError(f"encode() knows the letters a to z, and {name!r} holds another character.")
        x[i, 1 : len(name) + 1] = y[i, : len(name)] = letters
        y[i, len(name)] = EDGE
    return x, y


def decode(tokens: Sequence[int]) -> str:
    """The name in a row of numbers: its letters up to the first edge, an edge at the start left out."""
    text = "".join(TOKENS[i] for i in tokens)
    return text.removeprefix(TOKENS[EDGE]).split(TOKENS[EDGE])[0]


def nats_per_character(
    model: Callable[[np.ndarray], Any], names: Sequence[str], *, batch_size: int = 512, check: bool = True
) -> float:
    """The mean surprise of a model over all letters and ends of the names, in nats.

    Args:
        model: takes x (n, t) as `encode` gives it and returns scores (n, t, 27), an array or a `Tensor`: at ``[i, j]``
            those of the token that follows ``x[i, :j + 1]``. Logits will do, and so will logarithms of probabilities:
            each row is brought to the sum 1. A `Module` is asked in eval mode, without a graph.
        names: those to be predicted.
        batch_size: names at a time.
        check: try whether the predictions of a few names change when what comes later is changed.

    Returns:
        nats per character; infinity if something happened that had probability zero.

    Raises:
        ValueError: scores of another shape, scores that are no numbers, or a model that looks at later letters.
    """
    total, count = 0.0, 0
    with mode(model, training=False), no_grad():
        if check:
            _refuse_to_look_ahead(model, names)
        for start in range(0, len(names), batch_size):
            x, y = encode(names[start : start + batch_size])
            surprise = surprises(_scores(model, x), y)
            total += float(surprise.sum())
            count += int((y != NOTHING).sum())
    return total / count


def surprises(scores: Any, y: np.ndarray) -> np.ndarray:
    """−ln of the probability that scores (n, t, 27) give to y (n, t), in float64; 0 where y says `NOTHING`."""
    z = np.asarray(scores.data if isinstance(scores, Tensor) else scores, np.float64)
    z = z - z.max(axis=-1, keepdims=True)
    wanted = np.where(y == NOTHING, 0, y)
    taken = np.take_along_axis(z, wanted[..., None], axis=-1)[..., 0]
    return np.where(y == NOTHING, 0.0, np.log(np.exp(z).sum(axis=-1)) - taken)


def _scores(model: Callable, x: np.ndarray) -> np.ndarray:
    out = model(x)
    scores = np.asarray(out.data if isinstance(out, Tensor) else out)
    if scores.shape != (*x.shape, len(TOKENS)):
        raise ValueError(
            f"the model must give scores of shape {(*x.shape, len(TOKENS))} for x of shape {x.shape}, one row of "
            f"{len(TOKENS)} for each place, and gave {scores.shape}."
        )
    if np.isnan(scores).any() or not np.isfinite(scores.max(axis=-1)).all():
        raise ValueError("the model's scores are not numbers. Did the training diverge?")
    return scores


def _refuse_to_look_ahead(model: Callable, names: Sequence[str]) -> None:
    """Write other letters behind a place: what was predicted up to that place must stay as it was."""
    x, _ = encode(names[:8])
    before = _scores(model, x)
    for place in {x.shape[1] // 2, x.shape[1] - 1} - {0}:
        other = x.copy()
        other[:, place:] = 1 + other[:, place:] % 26
        after = _scores(model, other)
        same = np.isclose(before[:, :place], after[:, :place], rtol=1e-3, atol=1e-3)
        if not same.all():
            raise ValueError(
                f"the model looks ahead: its scores before place {place} change when the letters from there on do. "
                "Such a model sees what it is asked for, and its score says nothing."
            )
