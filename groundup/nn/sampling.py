"""From scores to the next token: temperature, top-k, top-p, and the draw. Plain arrays, no graph."""

from typing import Any

import numpy as np


def token_probabilities(
    logits: np.ndarray, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> np.ndarray:
    """Probabilities of the next token, in the order temperature, top-k, top-p.

    Args:
        logits: scores, (..., V).
        temperature: scores are divided by it: below 1 bolder choices, above 1 wilder ones, 0 always the best.
        top_k: only the k best can be chosen; of equal ones the first. (Fan et al., "Hierarchical neural story
            generation", 2018.)
        top_p: only the best that together reach probability p, the one that crosses included. (Holtzman et al.,
            "The curious case of neural text degeneration", 2020.)

    Returns:
        (..., V) float64; each row adds up to 1.

    Raises:
        ValueError: a setting out of its range, or scores that are not numbers.
    """
    logits = np.asarray(logits, np.float64)
    _refuse_unfit(logits, temperature, top_k, top_p)
    if temperature == 0:
        top_k = 1
    if top_k is None and top_p is None:
        return _softmax(logits, temperature)
    order = np.argsort(-logits, axis=-1, kind="stable")  # best first, of equal ones the first
    scores = np.take_along_axis(logits, order, axis=-1)
    p = _softmax(scores, temperature)
    if top_k is not None:
        p[..., top_k:] = 0
        p /= p.sum(axis=-1, keepdims=True)
    if top_p is not None:
        before = np.cumsum(p, axis=-1) - p
        p[before >= top_p] = 0  # the first stands before nothing and stays
        p /= p.sum(axis=-1, keepdims=True)
    out = np.empty_like(p)
    np.put_along_axis(out, order, p, axis=-1)
    return out


def _softmax(scores: np.ndarray, temperature: float) -> np.ndarray:
    """With the best score taken out first, exp overflows at no temperature, however small."""
    below = scores - scores.max(axis=-1, keepdims=True)
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(below / temperature) if temperature > 0 else (below == 0).astype(float)
    return e / e.sum(axis=-1, keepdims=True)


def draw(p: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One number per row, each with its probability; p is (N, V), the result (N,) int64."""
    line = np.cumsum(p, axis=-1)
    u = rng.random((len(p), 1)) * line[:, -1:]
    # A dart on [0, 1): the first whose end lies beyond it. Rounding must not send it past the last possible one.
    last = p.shape[-1] - 1 - np.argmax(p[:, ::-1] > 0, axis=-1)
    return np.minimum((line <= u).sum(axis=-1), last).astype(np.int64)


def _refuse_unfit(logits: np.ndarray, temperature: Any, top_k: Any, top_p: Any) -> None:
    if not 0 <= temperature < np.inf:
        raise ValueError(f"temperature wants a number of 0 or more and got {temperature!r}.")
    if top_k is not None and (not isinstance(top_k, int | np.integer) or top_k < 1):
        raise ValueError(f"top_k says among how many tokens to choose, 1 or more, and got {top_k!r}.")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p wants a probability above 0 and up to 1 and got {top_p!r}.")
    if not logits.size or np.isnan(logits).any() or not (np.isfinite(logits.max(axis=-1))).all():
        raise ValueError("the scores of the next token are not numbers; did the training diverge?")
