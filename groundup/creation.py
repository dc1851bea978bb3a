"""New tensors from nothing: filled, counted or drawn. Floats are float32 unless ``dtype`` says otherwise.

``device`` is taken for PyTorch's sake; the only one is "cpu". What draws takes ``rng=None``, a np.random.Generator.
"""

from typing import Any

import numpy as np

from groundup.random import generator
from groundup.tensor import Tensor, as_tensor


def _new(array: np.ndarray, dtype: Any, requires_grad: bool, device: Any) -> Tensor:
    if device is not None and str(device) != "cpu":
        raise ValueError(f"everything is computed on the processor: device wants 'cpu' and got {device!r}.")
    t = Tensor._of(np.ascontiguousarray(array, dtype))
    return t.requires_grad_() if requires_grad else t


def _shape(shape: tuple) -> tuple[int, ...]:
    return tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape


def zeros(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False, device: Any = None) -> Tensor:
    """Zeros; the shape as numbers or as one tuple."""
    return _new(np.zeros(_shape(shape), dtype), dtype, requires_grad, device)


def ones(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False, device: Any = None) -> Tensor:
    """Ones; the shape as numbers or as one tuple."""
    return _new(np.ones(_shape(shape), dtype), dtype, requires_grad, device)


def empty(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False, device: Any = None) -> Tensor:
    """Whatever the memory holds, to be overwritten; the shape as numbers or as one tuple."""
    return _new(np.empty(_shape(shape), dtype), dtype, requires_grad, device)


def full(shape: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False, device: Any = None) -> Tensor:
    """One value everywhere; the type is the value's (float32 for floats)."""
    kind = as_tensor(fill_value).dtype if dtype is None else dtype
    return _new(np.full(shape, fill_value, kind), kind, requires_grad, device)


def eye(n: int, m: int | None = None, *, dtype: Any = np.float32, device: Any = None) -> Tensor:
    """Ones on the diagonal of an n × m matrix (n × n without m), zeros elsewhere."""
    return _new(np.eye(n, m), dtype, False, device)


def arange(*bounds: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None) -> Tensor:
    """arange(end), arange(start, end) or arange(start, end, step): int64 if all are whole, else float32."""
    array = np.arange(*bounds)
    kind = np.float32 if array.dtype.kind == "f" else np.int64
    return _new(array, kind if dtype is None else dtype, requires_grad, device)


def linspace(
    start: float, end: float, steps: int, *, dtype: Any = np.float32, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """``steps`` numbers at equal distances, both ends included."""
    return _new(np.linspace(start, end, steps), dtype, requires_grad, device)


def rand(
    *shape: Any,
    dtype: Any = np.float32,
    requires_grad: bool = False,
    device: Any = None,
    rng: np.random.Generator | None = None,
) -> Tensor:
    """Drawn evenly from 0 to 1."""
    return _new(np.asarray(generator(rng).random(_shape(shape))), dtype, requires_grad, device)


def randn(
    *shape: Any,
    dtype: Any = np.float32,
    requires_grad: bool = False,
    device: Any = None,
    rng: np.random.Generator | None = None,
) -> Tensor:
    """Drawn from the bell curve of mean 0 and deviation 1."""
    return _new(np.asarray(generator(rng).standard_normal(_shape(shape))), dtype, requires_grad, device)


def randint(
    *bounds_and_size: Any, dtype: Any = np.int64, device: Any = None, rng: np.random.Generator | None = None
) -> Tensor:
    """randint(high, size) or randint(low, high, size): whole numbers, ``high`` excluded."""
    *bounds, size = bounds_and_size
    low, high = (0, *bounds)[-2:]
    return _new(np.asarray(generator(rng).integers(low, high, size)), dtype, False, device)


def randperm(n: int, *, device: Any = None, rng: np.random.Generator | None = None) -> Tensor:
    """The numbers 0 to n − 1, shuffled; int64."""
    return _new(generator(rng).permutation(n), np.int64, False, device)


def zeros_like(x: Any, **options: Any) -> Tensor:
    """Zeros in the shape and type of ``x``."""
    return zeros(as_tensor(x).shape, **{"dtype": as_tensor(x).dtype, **options})


def ones_like(x: Any, **options: Any) -> Tensor:
    """Ones in the shape and type of ``x``."""
    return ones(as_tensor(x).shape, **{"dtype": as_tensor(x).dtype, **options})


def full_like(x: Any, fill_value: Any, **options: Any) -> Tensor:
    """One value in the shape and type of ``x``."""
    return full(as_tensor(x).shape, fill_value, **{"dtype": as_tensor(x).dtype, **options})


def rand_like(x: Any, **options: Any) -> Tensor:
    """Drawn evenly from 0 to 1, in the shape and type of ``x``."""
    return rand(as_tensor(x).shape, **{"dtype": as_tensor(x).dtype, **options})


def randn_like(x: Any, **options: Any) -> Tensor:
    """Drawn from the bell curve, in the shape and type of ``x``."""
    return randn(as_tensor(x).shape, **{"dtype": as_tensor(x).dtype, **options})


def _triangle(x: Any, keep: np.ndarray) -> Tensor:
    """x where kept, 0 elsewhere; slopes go where x was kept."""
    x = as_tensor(x)
    return x * Tensor._of(keep.astype(x.dtype)) if x.dtype.kind != "b" else Tensor._of(x.data & keep)


def tril(x: Any, diagonal: int = 0) -> Tensor:
    """The lower triangle of the last two axes; zeros above. A causal mask is tril(ones(T, T))."""
    shape = as_tensor(x).shape[-2:]
    return _triangle(x, np.tri(*shape, diagonal, dtype=bool))


def triu(x: Any, diagonal: int = 0) -> Tensor:
    """The upper triangle of the last two axes; zeros below."""
    shape = as_tensor(x).shape[-2:]
    return _triangle(x, ~np.tri(*shape, diagonal - 1, dtype=bool))
