"""Methods that models written for PyTorch take for granted, composed of the operations and written onto `Tensor`.

What stands here needs no calculus of its own, but for `Gather`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from groundup import functional as F
from groundup import ops
from groundup.creation import tril, triu
from groundup.ops import Axis
from groundup.tensor import Function, Tensor, as_tensor


class Extreme(NamedTuple):
    """The largest (or smallest) along an axis, and where each was."""

    values: Tensor
    indices: Tensor


class Gather(Function):
    """Along one axis, the numbers at given places; a place taken twice gets both slopes."""

    def forward(self, x, index, axis):
        """Along the axis, x at index."""
        self.save(x.shape, index, axis)
        return np.take_along_axis(x, index, axis)

    def backward(self, grad):
        """Each slope back to its place."""
        shape, index, axis = self.saved
        full = np.zeros(shape, grad.dtype)
        places = list(np.ix_(*map(np.arange, index.shape)))
        places[axis] = index
        np.add.at(full, tuple(places), grad)
        return full


def gather(x: Tensor, dim: int, index: Any) -> Tensor:
    """The numbers at ``index`` along an axis; index has x's number of axes and its own lengths."""
    index = as_tensor(index).data
    axis = ops._axis("gather", dim, x.ndim)
    others = [i for i in range(x.ndim) if i != axis]
    if index.ndim != x.ndim or index.dtype.kind not in "iu" or any(index.shape[i] > x.shape[i] for i in others):
        raise ValueError(
            f"gather() wants whole numbers with {x.ndim} axes, no longer than {x.shape} but along axis {dim}, and got "
            f"{index.dtype} of shape {index.shape}."
        )
    inside = x[tuple(slice(None) if i == axis else slice(n) for i, n in enumerate(index.shape))]
    if index.size and not -x.shape[axis] <= index.min() <= index.max() < x.shape[axis]:
        raise IndexError(f"gather() got places {index.min()} to {index.max()} along an axis of {x.shape[axis]}.")
    return Gather.apply(inside, index=index, axis=axis)


def _extreme(name: str, reduce: Any, place: Any) -> Any:
    def method(x: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
        if dim is None:
            return reduce(x)
        if isinstance(dim, Tensor):
            return getattr(ops, f"{name}imum")(x, dim)
        index = np.expand_dims(place(x.data, axis=dim), dim)
        values = gather(x, dim, index)
        return Extreme(*((t if keepdim else t.squeeze(dim)) for t in (values, Tensor._of(index))))

    return method


def _place(name: str) -> Any:
    find = getattr(np, name)
    return lambda x, dim=None, keepdim=False: Tensor._of(np.asarray(find(x.data, dim, keepdims=keepdim)))


def topk(x: Tensor, k: int, dim: int = -1, largest: bool = True) -> Extreme:
    """The k largest (or smallest) along an axis, the best first; of equal ones the first."""
    axis = ops._axis("topk", dim, x.ndim)
    if not 0 <= k <= x.shape[axis]:
        raise ValueError(f"topk() wants k from 0 to {x.shape[axis]}, the length of axis {dim}, and got {k}.")
    order = np.argsort(-x.data if largest else x.data, axis=axis, kind="stable")
    index = np.take(order, np.arange(k), axis)
    return Extreme(gather(x, axis, index), Tensor._of(index))


def split(x: Tensor, split_size: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces along an axis: of one size (the last may be shorter), or of the sizes given."""
    axis = ops._axis("split", dim, x.ndim)
    n = x.shape[axis]
    one = isinstance(split_size, int)
    if one and split_size < 1:
        raise ValueError(f"split() wants pieces of at least 1 and got {split_size}.")
    sizes = [min(split_size, n - i) for i in range(0, n, split_size)] if one else list(split_size)
    if sum(sizes) != n:
        raise ValueError(f"split() wants sizes that add up to {n}, the length of axis {dim}, and got {sizes}.")
    ends = np.cumsum(sizes).tolist()
    before = (slice(None),) * axis
    return tuple(x[(*before, slice(end - size, end))] for end, size in zip(ends, sizes, strict=True))


def chunk(x: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """So many pieces along an axis, equal but for the last."""
    if chunks < 1:
        raise ValueError(f"chunk() wants at least one piece and got {chunks}.")
    return split(x, max(1, -(-x.shape[dim] // chunks)), dim)


def unbind(x: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """All slices along an axis, without it."""
    return tuple(part.squeeze(dim) for part in split(x, 1, dim))


def repeat(x: Tensor, *times: Any) -> Tensor:
    """The whole laid side by side, so many times along each axis; further axes come in front."""
    times = ops._shape_of(times)
    if len(times) < x.ndim:
        raise ValueError(f"repeat() wants a number for each of the {x.ndim} axes of {x.shape} and got {times}.")
    shape = (1,) * (len(times) - x.ndim) + x.shape
    pairs = [k for n in shape for k in (1, n)]  # (1, a, 1, b): the ones are what is stretched
    full = [k for t, n in zip(times, shape, strict=True) for k in (t, n)]
    return x.reshape(pairs).expand(full).reshape([t * n for t, n in zip(times, shape, strict=True)])


def norm(x: Tensor, p: float = 2, dim: Axis = None, keepdim: bool = False) -> Tensor:
    """Length: the square root of the sum of squares; only p=2."""
    if p not in (2, "fro"):
        raise ValueError(f"norm() knows p=2 and got {p!r}; abs() with sum() or amax() gives the others.")
    return (x * x).sum(dim, keepdim).sqrt()


def to(x: Tensor, *kinds: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """In another type, or in that of another tensor; the only device is "cpu"."""
    for kind in (*kinds, dtype, device):
        if kind is None or str(kind) == "cpu":
            continue
        if isinstance(kind, str) and kind.startswith(("cuda", "mps")):
            raise ValueError(f"everything is computed on the processor: device wants 'cpu' and got {kind!r}.")
        x = ops._cast(x, kind.dtype if isinstance(kind, Tensor) else kind)
    return x


def _reduced(name: str) -> Any:
    reduce = getattr(np, name)
    return lambda x, dim=None, keepdim=False: Tensor._of(np.asarray(reduce(x.data, axis=dim, keepdims=keepdim)))


METHODS = {
    "gather": gather,
    "max": _extreme("max", Tensor.amax, np.argmax),
    "min": _extreme("min", Tensor.amin, np.argmin),
    "argmax": _place("argmax"),
    "argmin": _place("argmin"),
    "topk": topk,
    "split": split,
    "chunk": chunk,
    "unbind": unbind,
    "repeat": repeat,
    "norm": norm,
    "to": to,
    "cpu": lambda x: x,
    "type_as": lambda x, other: to(x, other),
    "bool": lambda x: ops._cast(x, np.bool_),
    "int": lambda x: ops._cast(x, np.int32),
    "any": _reduced("any"),
    "all": _reduced("all"),
    "softmax": lambda x, dim: F.softmax(x, dim),
    "log_softmax": lambda x, dim: F.log_softmax(x, dim),
    "view_as": lambda x, other: x.reshape(other.shape),
    "expand_as": lambda x, other: x.expand(other.shape),
    "swapaxes": lambda x, dim0, dim1: x.transpose(dim0, dim1),
    "t": lambda x: x.T,
    "mm": ops.matmul,
    "bmm": ops.matmul,
    "tril": tril,
    "triu": triu,
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "eq": lambda x, y: x == y,
    "ne": lambda x, y: x != y,
    "lt": lambda x, y: x < y,
    "le": lambda x, y: x <= y,
    "gt": lambda x, y: x > y,
    "ge": lambda x, y: x >= y,
}
for _name, _method in METHODS.items():
    setattr(Tensor, _name, _method)
Tensor.device = property(lambda x: "cpu", doc='Where it is: always "cpu".')
