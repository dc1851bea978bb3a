"""The same lines run under Ground Up and under PyTorch, and how far the results lie apart.

A case is a function of a `Kit`, one package under the names that both use, and of tensors. It runs under each, on the
same numbers; the results are weighed with the same random numbers and summed, and the sum goes backward. Compared are
all results, the slopes of all inputs and weights, and a layer's buffers.

* float64: the largest difference in an array over the largest number in it must not pass `FLOAT64`.
* float32: the reference is PyTorch in float64 on the same, rounded numbers. Ground Up's error in an array must not pass
  `FLOAT32` times PyTorch's own. An array's error is the root of the mean square over its numbers and several draws,
  which is steady; the largest single error, in which luck plays a part, is held at `LARGEST` times PyTorch's. Where
  PyTorch's own is next to nothing, as much counts in its place as rounding each number once costs: a quarter of a unit
  in the last place of the array's largest number for the first, a whole unit for the second.
"""

import importlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

FLOAT64 = 1e-10
FLOAT32, LARGEST = 2.0, 4.0
CURVE = 1e-8  # of the losses of a whole model over its steps


class Kit(NamedTuple):
    """One package under the names that both use."""

    t: ModuleType
    nn: ModuleType
    F: ModuleType
    optim: ModuleType

    def tensor(self, array: np.ndarray, grad: bool = False) -> Any:
        """A tensor that holds a copy of the array."""
        tensor = self.t.from_numpy(np.array(array))
        return tensor.requires_grad_() if grad else tensor

    @property
    def mine(self) -> bool:
        """Whether it is Ground Up."""
        return self.t.__name__ == "groundup"


@cache
def kit(package: str) -> Kit:
    """The kit of "groundup" or "torch"."""
    names = ("", ".nn", ".nn.functional", ".optim")
    importlib.import_module(f"{package}.nn")
    importlib.import_module(f"{package}.optim.lr_scheduler")
    return Kit(*(importlib.import_module(package + name) for name in names))


# Cases ----------------------------------------------------------------------------------------------------------------

Draw = Callable[[np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes:
        kind: "operation", "function", "loss", "layer", "optimizer", "schedule" or "model".
        name: what it is called in the table; up to a comma it is the name of what is covered, unless ``covers`` tells.
        call: (kit, *tensors) → tensors; for layers (kit, module, *tensors).
        draws: one for each input; those of floats get a slope, unless `fixed`.
        theirs: the call under PyTorch where it differs.
        build: for layers, the kit → a module.
        covers: public names, parted by spaces.
        float32: whether float32 is compared too.
        limit: of the difference in float64.
        training: the mode of a layer.
        repeats: how often numbers are drawn for float32.
    """

    kind: str
    name: str
    call: Callable[..., Any]
    draws: tuple[Draw, ...] = ()
    theirs: Callable[..., Any] | None = None
    build: Callable[[Kit], Any] | None = None
    covers: str = ""
    float32: bool = True
    limit: float = FLOAT64
    training: bool = True
    repeats: int = 20

    @property
    def covered(self) -> list[str]:
        """The names that this case covers."""
        return (self.covers or self.name.split(",")[0]).split()

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


class fixed:
    """A drawn input that asks for no slope."""

    def __init__(self, draw: Draw):
        self.draw = draw

    def __call__(self, rng: np.random.Generator) -> np.ndarray:
        return self.draw(rng)


def normal(*shape: int, scale: float = 1.0) -> Draw:
    """Numbers from a bell curve."""
    return lambda rng: rng.normal(size=shape) * scale


def positive(*shape: int, low: float = 0.3, high: float = 2.3) -> Draw:
    """Numbers between two bounds."""
    return lambda rng: rng.uniform(low, high, shape)


def negative(*shape: int) -> Draw:
    """Logarithms of probabilities."""
    return lambda rng: -rng.uniform(0.1, 5, shape)


def ties(*shape: int) -> Draw:
    """Whole numbers from −2 to 2 as floats: full of ties, zeros and kinks."""
    return lambda rng: rng.integers(-2, 3, shape).astype(np.float64)


def whole(high: int, *shape: int, low: int = 0) -> Draw:
    """int64."""
    return lambda rng: rng.integers(low, high, shape)


def truth(*shape: int, share: float = 0.5) -> Draw:
    """Truth values."""
    return lambda rng: rng.random(shape) < share


def given(array: Any) -> Draw:
    """Always the same."""
    return lambda rng: np.array(array)


def simplex(*shape: int) -> Draw:
    """Probabilities along the second axis (the only one, if there is but one)."""

    def draw(rng: np.random.Generator) -> np.ndarray:
        p = rng.uniform(0.05, 1, shape)
        return p / p.sum(axis=min(1, len(shape) - 1), keepdims=True)

    return draw


# Running --------------------------------------------------------------------------------------------------------------

Results = dict[str, np.ndarray]


def run(case: Case, package: str, inputs: list[np.ndarray], weights: Results, seed: int) -> Results:
    """All results and slopes of a case under one package, as arrays by name."""
    k = kit(package)
    wants = [not isinstance(d, fixed) and a.dtype.kind == "f" for d, a in zip(case.draws, inputs, strict=True)]
    tensors = [k.tensor(a, want) for a, want in zip(inputs, wants, strict=True)]
    module = _module(case, k, weights)
    call = case.call if k.mine or case.theirs is None else case.theirs
    outputs = list(_flat(call(k, *([module] if module is not None else []), *tensors)))
    _backward(k, outputs, seed)
    found = {f"result {i}": _array(o) for i, o in enumerate(outputs)}
    found |= {f"slope of input {i}": _slope(t) for i, t in enumerate(tensors) if wants[i]}
    if module is not None:
        found |= {f"slope of {name}": _slope(p) for name, p in module.named_parameters()}
        found |= {f"buffer {name}": _array(b) for name, b in module.named_buffers()}
    return found


def _module(case: Case, k: Kit, weights: Results) -> Any:
    """The layer with these weights, in their float type; each package reads them as the other writes them."""
    if case.build is None:
        return None
    module = case.build(k)
    if any(w.dtype == np.float64 for w in weights.values()):
        module.double()
    module.load_state_dict(weights if k.mine else {n: k.t.from_numpy(w.copy()) for n, w in weights.items()})
    return module.train(case.training)


def _flat(outputs: Any) -> Iterator[Any]:
    if isinstance(outputs, tuple | list):
        for part in outputs:
            yield from _flat(part)
    elif outputs is not None:
        yield outputs


def _backward(k: Kit, outputs: list[Any], seed: int) -> None:
    rng = np.random.default_rng([seed, 1])  # other numbers than the inputs', or slopes might cancel
    parts = []
    for o in outputs:
        weight = rng.normal(size=tuple(o.shape))
        if getattr(o, "requires_grad", False):
            parts.append((o * k.tensor(weight.astype(_array(o).dtype))).sum())
    if parts:
        sum(parts[1:], parts[0]).backward()


def _array(x: Any) -> np.ndarray:
    x = x.detach() if hasattr(x, "detach") else x
    return np.array(x.numpy() if hasattr(x, "numpy") else x)


def _slope(tensor: Any) -> np.ndarray:
    return np.zeros(tuple(tensor.shape)) if tensor.grad is None else _array(tensor.grad)


def state(case: Case, rng: np.random.Generator) -> Results:
    """Random weights for a layer, by PyTorch's names."""
    if case.build is None:
        return {}
    weights = {}
    for name, value in case.build(kit("torch")).state_dict().items():
        array = value.numpy()
        if array.dtype.kind != "f":
            weights[name] = array
        elif "running_var" in name:
            weights[name] = rng.uniform(0.5, 2, array.shape)
        else:
            weights[name] = rng.normal(size=array.shape) / max(1, array[0].size if array.ndim > 1 else 2) ** 0.5
    return weights


def draw(case: Case, number: int) -> tuple[list[np.ndarray], Results, int]:
    """Inputs, weights and a seed: the same ones at every call."""
    seed = zlib.crc32(str(case).encode()) + number
    rng = np.random.default_rng(seed)
    return [d(rng) for d in case.draws], state(case, rng), seed


# Comparing ------------------------------------------------------------------------------------------------------------


class Deviation(NamedTuple):
    """How far a case lies from PyTorch, at worst over its arrays.

    Attributes:
        arrays: how many were compared.
        float64: the largest relative difference.
        float32: Ground Up's error over PyTorch's, or None where it is not compared.
        largest: the same of the largest single errors.
        where64, where32, where_largest: the names of the worst arrays.
    """

    arrays: int
    float64: float
    float32: float | None
    largest: float | None
    where64: str = ""
    where32: str = ""
    where_largest: str = ""

    def faults(self, case: Case) -> list[str]:
        """What is beyond the limits, in words."""
        found = []
        if not self.float64 <= case.limit:
            found.append(f"{self.where64}: {self.float64:.2g} apart in float64, and {case.limit} is the limit")
        if case.float32 and not self.float32 <= FLOAT32:
            found.append(f"{self.where32}: its error in float32 is {self.float32:.2f} times PyTorch's")
        if case.float32 and not self.largest <= LARGEST:
            found.append(f"{self.where_largest}: its largest error in float32 is {self.largest:.2f} times PyTorch's")
        return found


def measure(case: Case) -> Deviation:
    """Run a case under both packages.

    Raises:
        AssertionError: there is not the same set of results, or one has another shape or type.
    """
    apart: dict[str, float] = {}
    for number in range(2):
        mine, theirs = (run(case, package, *draw(case, number)) for package in ("groundup", "torch"))
        same_kind(case, mine, theirs)
        for name in theirs:
            apart[name] = max(apart.get(name, 0.0), difference(mine[name], theirs[name]))
    where64 = max(apart, key=apart.get)
    if not case.float32:
        return Deviation(len(apart), apart[where64], None, None, where64)
    errors = compare_float32(case)
    where32, largest = (max(errors, key=lambda n: getattr(errors[n], kind)) for kind in ("ratio", "largest_ratio"))
    ratios = errors[where32].ratio, errors[largest].largest_ratio
    return Deviation(len(apart), apart[where64], *ratios, where64, where32, largest)


def same_kind(case: Case, mine: Results, theirs: Results) -> None:
    """Refuse other names, shapes or types."""
    kinds = [{n: (a.shape, str(a.dtype)) for n, a in results.items()} for results in (mine, theirs)]
    assert kinds[0] == kinds[1], f"{case}: Ground Up gave {kinds[0]} and PyTorch {kinds[1]}"


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference over the largest number; what is not finite must be the same."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    finite = np.isfinite(b)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return np.inf
    a, b = a[finite], b[finite]
    if not np.isfinite(a).all():
        return np.inf
    if not b.size:
        return 0.0
    largest = np.abs(b).max()
    return float(np.abs(a - b).max() / (largest if largest else 1.0))


@dataclass
class Errors:
    """The errors of one array over several draws, in units in the last place of its largest number."""

    mine: list[np.ndarray] = field(default_factory=list)
    theirs: list[np.ndarray] = field(default_factory=list)
    broken: bool = False

    def add(self, mine: np.ndarray, theirs: np.ndarray, reference: np.ndarray) -> None:
        finite = np.isfinite(theirs) & np.isfinite(reference)
        self.broken |= not np.array_equal(mine[~finite], theirs[~finite], equal_nan=True)
        exact = reference[finite].astype(np.float64)
        unit = np.spacing(np.float32(np.abs(exact).max(initial=0)))
        self.mine.append((mine[finite] - exact) / unit)
        self.theirs.append((theirs[finite] - exact) / unit)

    def compare(self, size: Callable[[np.ndarray], float], least: float) -> float:
        """Mine over theirs, of which ``least`` is the least."""
        mine, theirs = np.concatenate(self.mine), np.concatenate(self.theirs)
        if self.broken or np.isnan(mine).any():
            return np.inf
        return size(mine) / max(size(theirs), least) if mine.size else 0.0

    @property
    def ratio(self) -> float:
        """Of the roots of the mean squares."""
        return self.compare(lambda errors: float(np.sqrt(np.mean(errors**2))), 0.25)

    @property
    def largest_ratio(self) -> float:
        """Of the largest."""
        return self.compare(lambda errors: float(np.abs(errors).max()), 1.0)


def compare_float32(case: Case) -> dict[str, Errors]:
    """The errors of each array of a case."""
    errors: dict[str, Errors] = {}
    for number in range(case.repeats):
        inputs, weights, seed = draw(case, number)
        single = [single_precision(a) for a in inputs], {n: single_precision(w) for n, w in weights.items()}
        double = [double_precision(a) for a in single[0]], {n: double_precision(w) for n, w in single[1].items()}
        mine, theirs = (run(case, package, *single, seed) for package in ("groundup", "torch"))
        same_kind(case, mine, theirs)
        for name, exact in run(case, "torch", *double, seed).items():
            errors.setdefault(name, Errors()).add(mine[name], theirs[name], exact)
    return errors


def single_precision(array: np.ndarray) -> np.ndarray:
    """Floats as float32."""
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def double_precision(array: np.ndarray) -> np.ndarray:
    """Floats as float64."""
    return array.astype(np.float64) if array.dtype.kind == "f" else array
