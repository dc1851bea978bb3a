"""Taking over weights by name, from arrays, from our tensors or from PyTorch's."""

import difflib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from groundup.tensor import Tensor


class Loaded(NamedTuple):
    """What ``load_state_dict`` did not find, and what it found no place for."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def load_into(model: str, places: dict[str, Tensor], given: Any, strict: bool) -> Loaded:
    """Copy what was given into the tensors of the same names; nothing is changed unless everything fits."""
    if not isinstance(given, Mapping):
        raise TypeError(f"load_state_dict() wants a dict from names to arrays and got {type(given).__name__}.")
    missing = [name for name in places if name not in given]
    unexpected = [name for name in given if name not in places]
    arrays = {name: _array(given[name]) for name in places if name in given}
    troubles = _missing(missing, unexpected) if strict else []
    troubles += [
        f"{name}: shape {arrays[name].shape} given, {places[name].shape} wanted"
        for name in arrays
        if arrays[name].shape != places[name].shape
    ]
    if troubles:
        raise ValueError(
            f"the weights do not fit {model}, and nothing was loaded:\n" + _list(troubles) + _advice(strict)
        )
    for name, array in arrays.items():
        places[name].data[...] = array
        places[name]._version[0] += 1
    return Loaded(missing, unexpected)


def _array(value: Any) -> np.ndarray:
    if isinstance(value, Tensor):
        return value.data
    if hasattr(value, "detach"):  # PyTorch's: a parameter there refuses to become an array
        value = value.detach().cpu().numpy()
    return np.asarray(value)


def _missing(missing: list[str], unexpected: list[str]) -> list[str]:
    lines = []
    for name in missing:
        near = difflib.get_close_matches(name, unexpected, 1, 0.8)
        lines.append(f"{name}: missing{f'; is {near[0]!r} meant?' if near else ''}")
    return lines + [f"{name}: unexpected, there is no such weight here" for name in unexpected]


def _list(troubles: list[str]) -> str:
    return "".join(f"  {line}\n" for line in troubles)


def _advice(strict: bool) -> str:
    text = "Build the model with the sizes and layers that it had when the weights were saved"
    return text + ("; strict=False takes what has a place and leaves the rest." if strict else ".")
