"""The generator that everything draws from which was not given one of its own."""

from typing import Any

import numpy as np

_generator = np.random.default_rng()


def manual_seed(seed: int) -> np.random.Generator:
    """Start the default generator anew from a seed, so that what is drawn from here on can be drawn again.

    Args:
        seed: a whole number, 0 or more.

    Returns:
        The generator.
    """
    global _generator
    _generator = np.random.default_rng(seed)
    return _generator


def default_generator() -> np.random.Generator:
    """The generator that layers and functions use without ``rng=``."""
    return _generator


def generator(rng: Any = None) -> np.random.Generator:
    """The generator given, or the default one for None.

    Raises:
        TypeError: it is neither.
    """
    if rng is None:
        return _generator
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng wants a np.random.Generator and got {type(rng).__name__}; say rng=np.random.default_rng(0), with "
            "your own seed."
        )
    return rng
