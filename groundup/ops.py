"""The operations: each a formula forward and, a few lines below it, its derivative backward.

They stand in bands, in the manner of early tinygrad: unary (number by number), binary (pairs of numbers, broadcast),
reduce (an axis disappears), movement (the same numbers elsewhere), processing (matrix products). Every backward takes
``grad``, the slope of the loss for the result, and returns the slope for each input: what comes in, times the local
slope.

At the end of the module the operators are written onto `Tensor`.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.special import erf as _erf
from groundup.sums import mean, total
from groundup.tensor import Function, Tensor, as_tensor, is_grad_enabled

Axis = int | tuple[int, ...] | None


def unbroadcast(grad: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum a gradient back to the shape that broadcasting stretched: what was repeated forward adds up backward."""
    if grad.shape == shape:
        return grad
    extra = grad.ndim - len(shape)
    stretched = tuple(i + extra for i, n in enumerate(shape) if n == 1 and grad.shape[i + extra] != 1)
    return total(grad, tuple(range(extra)) + stretched).reshape(shape)


# Unary ----------------------------------------------------------------------------------------------------------------


class Neg(Function):
    """−x."""

    def forward(self, x):
        return -x

    def backward(self, grad):
        return -grad


class Exp(Function):
    """eˣ, whose slope is itself."""

    def forward(self, x):
        y = np.exp(x)
        self.save(y)
        return y

    def backward(self, grad):
        (y,) = self.saved
        return grad * y


class Log(Function):
    """ln x; slope 1/x."""

    def forward(self, x):
        self.save(x)
        return np.log(x)

    def backward(self, grad):
        (x,) = self.saved
        return grad / x


class Sqrt(Function):
    """√x; slope 1/(2√x)."""

    def forward(self, x):
        y = np.sqrt(x)
        self.save(y)
        return y

    def backward(self, grad):
        (y,) = self.saved
        return grad / (2 * y)


class Abs(Function):
    """|x|; slope ±1, and 0 at 0."""

    def forward(self, x):
        self.save(x)
        return np.abs(x)

    def backward(self, grad):
        (x,) = self.saved
        return grad * np.sign(x)


class Sin(Function):
    """sin x; slope cos x."""

    def forward(self, x):
        self.save(x)
        return np.sin(x)

    def backward(self, grad):
        (x,) = self.saved
        return grad * np.cos(x)


class Cos(Function):
    """cos x; slope −sin x."""

    def forward(self, x):
        self.save(x)
        return np.cos(x)

    def backward(self, grad):
        (x,) = self.saved
        return -grad * np.sin(x)


class Tanh(Function):
    """tanh x; slope 1 − tanh² x."""

    def forward(self, x):
        y = np.tanh(x)
        self.save(y)
        return y

    def backward(self, grad):
        (y,) = self.saved
        return grad * (1 - y * y)


class Sigmoid(Function):
    """1/(1 + e⁻ˣ), from tanh so that nothing overflows; slope y(1 − y)."""

    def forward(self, x):
        y = 0.5 * np.tanh(0.5 * x) + 0.5
        self.save(y)
        return y

    def backward(self, grad):
        (y,) = self.saved
        return grad * (y * (1 - y))


class Relu(Function):
    """max(0, x); slope 1 where x > 0, else 0."""

    def forward(self, x):
        y = np.maximum(x, 0)
        self.save(y)
        return y

    def backward(self, grad):
        (y,) = self.saved
        return grad * (y > 0)


class Erf(Function):
    """The error function (2/√π)∫₀ˣ e^(−u²) du; its slope is what stands under the integral."""

    def forward(self, x):
        self.save(x)
        return _erf(x)

    def backward(self, grad):
        (x,) = self.saved
        return grad * (2 / np.sqrt(np.pi)).astype(x.dtype) * np.exp(-x * x)


class Clamp(Function):
    """x held between two bounds; slope 1 inside and on them, 0 outside."""

    def forward(self, x, low=None, high=None):
        y = np.clip(x, low, high)
        self.save(y == x)
        return y

    def backward(self, grad):
        (inside,) = self.saved
        return grad * inside


class Cast(Function):
    """The same numbers in another float type; the gradient goes back in the old one."""

    def forward(self, x, dtype):
        return x.astype(dtype)

    def backward(self, grad):
        return grad


# Binary ---------------------------------------------------------------------------------------------------------------


class Add(Function):
    """x + y; each has slope 1."""

    def forward(self, x, y):
        self.save(x.shape, y.shape)
        return x + y

    def backward(self, grad):
        x, y = self.saved
        return unbroadcast(grad, x), unbroadcast(grad, y)


class Sub(Function):
    """x − y; slopes 1 and −1."""

    def forward(self, x, y):
        self.save(x.shape, y.shape)
        return x - y

    def backward(self, grad):
        x, y = self.saved
        return unbroadcast(grad, x), -unbroadcast(grad, y)


class Mul(Function):
    """x · y; the slope of each is the other."""

    def forward(self, x, y):
        self.save(x, y)
        return x * y

    def backward(self, grad):
        x, y = self.saved
        dx = unbroadcast(grad * y, x.shape) if self.needs[0] else None
        dy = unbroadcast(grad * x, y.shape) if self.needs[1] else None
        return dx, dy


class Div(Function):
    """x / y; slopes 1/y and −x/y²."""

    def forward(self, x, y):
        self.save(x, y)
        return x / y

    def backward(self, grad):
        x, y = self.saved
        dx = unbroadcast(grad / y, x.shape) if self.needs[0] else None
        dy = unbroadcast(-grad * x / (y * y), y.shape) if self.needs[1] else None
        return dx, dy


class Pow(Function):
    """xʸ; slopes y·xʸ⁻¹ and xʸ·ln x. At x = 0 the first is finite for y ≥ 1 and the second is 0, as PyTorch has it."""

    def forward(self, x, y):
        z = x**y
        self.save(x, y, z)
        return z

    def backward(self, grad):
        x, y, z = self.saved
        dx = dy = None
        if self.needs[0]:
            with np.errstate(divide="ignore", invalid="ignore"):
                slope = np.where(y == 0, 0, y * x ** np.where(y == 0, 1, y - 1))
            dx = unbroadcast(grad * slope.astype(grad.dtype), x.shape)
        if self.needs[1]:
            with np.errstate(divide="ignore", invalid="ignore"):
                slope = np.where((x == 0) & (y >= 0), 0, z * np.log(x))
            dy = unbroadcast(grad * slope.astype(grad.dtype), y.shape)
        return dx, dy


class Maximum(Function):
    """The larger of x and y; the slope goes to it, and in halves where they tie."""

    def forward(self, x, y):
        self.save(x, y)
        return np.maximum(x, y)

    def backward(self, grad):
        x, y = self.saved
        share = _share(x > y, x == y, grad.dtype)
        return unbroadcast(grad * share, x.shape), unbroadcast(grad * (1 - share), y.shape)


class Minimum(Function):
    """The smaller of x and y; the slope goes to it, and in halves where they tie."""

    def forward(self, x, y):
        self.save(x, y)
        return np.minimum(x, y)

    def backward(self, grad):
        x, y = self.saved
        share = _share(x < y, x == y, grad.dtype)
        return unbroadcast(grad * share, x.shape), unbroadcast(grad * (1 - share), y.shape)


def _share(wins: np.ndarray, ties: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return wins.astype(dtype) + np.asarray(ties, dtype) / 2


class Where(Function):
    """x where the condition holds, else y; each gets the slopes of its own places."""

    def forward(self, x, y, condition):
        self.save(condition, x.shape, y.shape)
        return np.where(condition, x, y)

    def backward(self, grad):
        condition, x, y = self.saved
        return unbroadcast(np.where(condition, grad, 0), x), unbroadcast(np.where(condition, 0, grad), y)


# Reduce ---------------------------------------------------------------------------------------------------------------


def _spread(grad: np.ndarray, shape: tuple[int, ...], axis: Axis, keepdims: bool) -> np.ndarray:
    """Give a reduced gradient its lost axes back, with length 1, and repeat it along them (a view, no copy)."""
    if axis is not None and not keepdims:
        grad = np.expand_dims(grad, axis)
    elif not keepdims:
        grad = grad.reshape((1,) * len(shape))
    return np.broadcast_to(grad, shape)


class Sum(Function):
    """Sum over an axis; every term has slope 1."""

    def forward(self, x, axis=None, keepdims=False):
        self.save(x.shape, axis, keepdims)
        return total(x, axis, keepdims)

    def backward(self, grad):
        return _spread(grad, *self.saved)


class Mean(Function):
    """Mean over an axis; every term has slope 1/n."""

    def forward(self, x, axis=None, keepdims=False):
        y = mean(x, axis, keepdims)
        self.save(x.shape, axis, keepdims, x.size // max(1, y.size))
        return y

    def backward(self, grad):
        *how, n = self.saved
        return _spread(grad / grad.dtype.type(n), *how)


class Var(Function):
    """Σ(x − mean)²/(n − c); slope 2(x − mean)/(n − c), to which the mean adds nothing. Worked out in float64."""

    def forward(self, x, axis=None, keepdims=False, correction=1):
        off = x.astype(np.float64, copy=False)
        off = off - mean(off, axis, keepdims=True)
        y = total(off * off, axis, keepdims)
        n = max(0, x.size // max(1, y.size) - correction)
        self.save(off.astype(x.dtype, copy=False), axis, keepdims, n)
        with np.errstate(divide="ignore", invalid="ignore"):  # the spread of one number is not a number
            return np.divide(y, n).astype(x.dtype)

    def backward(self, grad):
        off, axis, keepdims, n = self.saved
        with np.errstate(divide="ignore", invalid="ignore"):
            return off * _spread(np.divide(2 * grad, grad.dtype.type(n)), off.shape, axis, keepdims)


class Max(Function):
    """Largest along an axis; where several are, they share the slope (as ``torch.amax`` does)."""

    def forward(self, x, axis=None, keepdims=False):
        y = x.max(axis=axis, keepdims=keepdims)
        self.save(x, y, axis, keepdims)
        return y

    def backward(self, grad):
        x, y, axis, keepdims = self.saved
        largest = x == _spread(y, x.shape, axis, keepdims)
        share = largest / largest.sum(axis=axis, keepdims=True).astype(grad.dtype)
        return _spread(grad, x.shape, axis, keepdims) * share


class LogSumExp(Function):
    """ln Σ eˣ along an axis, with the largest taken out first so that nothing overflows; slope: the softmax."""

    def forward(self, x, axis, keepdims=False):
        peak = x.max(axis=axis, keepdims=True, initial=-np.inf)
        peak = np.where(np.isfinite(peak), peak, 0)  # a row of −inf has no largest to take out
        e = np.exp(x - peak)
        total = e.sum(axis=axis, keepdims=True)
        with np.errstate(divide="ignore"):
            y = np.log(total) + peak
        self.save(e, total, x.shape, axis, keepdims)
        return y if keepdims else y.squeeze(axis)

    def backward(self, grad):
        e, total, *how = self.saved
        return _spread(grad, *how) * (e / np.where(total == 0, 1, total))  # a row of −inf has no slope


class CumSum(Function):
    """Running sums along an axis; each term counts in all sums from its place on."""

    def forward(self, x, axis):
        self.save(axis)
        return self._sums(x, axis)

    def backward(self, grad):
        (axis,) = self.saved
        return np.flip(self._sums(np.flip(grad, axis), axis), axis)

    @staticmethod
    def _sums(x, axis):
        """Added up in float64: in a running total errors add up too."""
        if x.dtype.kind != "f":
            return np.cumsum(x, axis=axis)
        return np.cumsum(x, axis=axis, dtype=np.float64).astype(x.dtype, copy=False)


# Movement -------------------------------------------------------------------------------------------------------------


class Reshape(Function):
    """The same numbers dealt out anew; the slopes are dealt back."""

    def forward(self, x, shape):
        self.save(x.shape)
        return x.reshape(shape)

    def backward(self, grad):
        (shape,) = self.saved
        return grad.reshape(shape)


class Permute(Function):
    """Axes in another order; the slopes go back by the order undone."""

    def forward(self, x, order):
        self.save(np.argsort(order))
        return x.transpose(order)

    def backward(self, grad):
        (back,) = self.saved
        return grad.transpose(back)


class Expand(Function):
    """Repeated along axes of length 1 without copying; repeated forward means summed backward."""

    def forward(self, x, shape):
        self.save(x.shape)
        return np.broadcast_to(x, shape)

    def backward(self, grad):
        (shape,) = self.saved
        return unbroadcast(grad, shape)


class Flip(Function):
    """The other way round along some axes."""

    def forward(self, x, axis):
        self.save(axis)
        return np.flip(x, axis)

    def backward(self, grad):
        (axis,) = self.saved
        return np.flip(grad, axis)


class Index(Function):
    """x[index]: the slopes go to the places that were taken; a place taken twice gets both."""

    def forward(self, x, index):
        self.save(x.shape, index)
        return x[index]

    def backward(self, grad):
        shape, index = self.saved
        full = np.zeros(shape, grad.dtype)
        if _takes_each_once(index):
            full[index] = grad
        else:
            np.add.at(full, index, grad)
        return full


def _takes_each_once(index: Any) -> bool:
    """Whether an index of numbers, slices and masks only: no place can be taken twice."""
    parts = index if isinstance(index, tuple) else (index,)
    plain = (int, slice, type(None), type(...), np.integer)
    return all(isinstance(p, plain) or (isinstance(p, np.ndarray) and p.dtype == np.bool_) for p in parts)


class Concatenate(Function):
    """Joined along an axis; the slopes are cut apart again."""

    def forward(self, *arrays, axis=0):
        self.save(axis, np.cumsum([a.shape[axis] for a in arrays])[:-1])
        return np.concatenate(arrays, axis=axis)

    def backward(self, grad):
        axis, cuts = self.saved
        return tuple(np.split(grad, cuts, axis=axis))


class Pad(Function):
    """A constant around it; the slopes of the frame are dropped."""

    def forward(self, x, widths, value=0.0):
        self.save(tuple(slice(before, before + n) for (before, _), n in zip(widths, x.shape, strict=True)))
        return np.pad(x, widths, constant_values=value)

    def backward(self, grad):
        (inner,) = self.saved
        return grad[inner]


# Processing -----------------------------------------------------------------------------------------------------------


class MatMul(Function):
    """x @ y, with leading axes broadcast as NumPy does; dx = grad @ yᵀ and dy = xᵀ @ grad, as the shapes demand."""

    def forward(self, x, y):
        self.save(x, y)
        return x @ y

    def backward(self, grad):
        x, y = self.saved
        if x.ndim == 1 and y.ndim == 1:
            return grad * y, grad * x
        # A vector counts as a matrix of one row (left) or one column (right); its axis comes back at the end.
        gx = grad[..., None, :] if x.ndim == 1 else grad
        gx = gx[..., None] if y.ndim == 1 else gx
        x2, y2 = (x[None, :] if x.ndim == 1 else x), (y[:, None] if y.ndim == 1 else y)
        dx = dy = None
        if self.needs[0]:
            dx = unbroadcast(gx @ _turn(y2), x2.shape).reshape(x.shape)
        if self.needs[1]:
            dy = self._right(x2, y2, gx).reshape(y.shape)
        return dx, dy

    @staticmethod
    def _right(x, y, grad):
        if y.ndim == 2 and x.ndim > 2:  # one product over all leading axes, instead of many and a sum
            rows = math.prod(x.shape[:-1])
            return x.reshape(rows, x.shape[-1]).T @ grad.reshape(rows, grad.shape[-1])
        return unbroadcast(_turn(x) @ grad, y.shape)


def _turn(x: np.ndarray) -> np.ndarray:
    return np.swapaxes(x, -1, -2)


# Functions in PyTorch's words -----------------------------------------------------------------------------------------


def _operands(a: Any, b: Any) -> tuple[Tensor, Tensor]:
    """Two tensors; a plain number takes the float type of the tensor beside it, so that 2.0 · float32 stays float32."""
    if not isinstance(a, Tensor):
        a = _beside(a, b)
    elif not isinstance(b, Tensor):
        b = _beside(b, a)
    return (a, b) if a.data.dtype == b.data.dtype else (_match(a, b), _match(b, a))


def _match(a: Tensor, b: Tensor) -> Tensor:
    """``a`` in the type of ``b`` where PyTorch lets ``b`` decide: floats over whole numbers, axes over none."""
    if b.dtype.kind == "f" and (a.dtype.kind != "f" or (a.ndim == 0 and b.ndim > 0)):
        return _cast(a, b.dtype)
    return a


def _real(x: Any) -> Tensor:
    """A tensor of floats: whole numbers become float32, as in PyTorch."""
    x = as_tensor(x)
    return x if x.dtype.kind == "f" else _cast(x, np.float32)


def _beside(number: Any, tensor: Tensor) -> Tensor:
    if isinstance(number, bool | int | float | np.number) and not isinstance(number, np.ndarray):
        whole = isinstance(number, bool | int | np.integer)
        kind = tensor.dtype if tensor.dtype.kind == "f" or (whole and tensor.dtype.kind != "b") else None
        return Tensor._of(np.asarray(number, dtype=kind or (np.int64 if whole else np.float32)))
    return as_tensor(number)


def _fit(name: str, *operands: Any) -> None:
    try:
        np.broadcast_shapes(*[x.shape for x in operands])
    except ValueError:
        shapes = " and ".join(str(x.shape) for x in operands)
        raise ValueError(
            f"{name} wants shapes that broadcast and got {shapes}: aligned at the right, each pair of lengths must be "
            "equal or hold a 1. A reshape or [:, None] may be missing."
        ) from None


def _binary(function: type[Function], a: Any, b: Any) -> Tensor:
    a, b = _operands(a, b)
    if a.shape != b.shape:
        _fit(function.__name__.lower(), a, b)
    return function.apply(a, b)


def matmul(a: Any, b: Any) -> Tensor:
    """Matrix product of (..., n, d) and (..., d, k) → (..., n, k); vectors as NumPy has them."""
    a, b = _operands(as_tensor(a), as_tensor(b))
    if a.ndim == 0 or b.ndim == 0 or a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise ValueError(
            f"matmul wants (..., n, d) @ (..., d, k) and got {a.shape} @ {b.shape}: the last length on the left and "
            f"the {'second to last' if b.ndim > 1 else 'only'} one on the right must be equal. Is one of them to be "
            "transposed?"
        )
    return MatMul.apply(a, b)


def exp(x: Any) -> Tensor:
    """eˣ."""
    return Exp.apply(_real(x))


def log(x: Any) -> Tensor:
    """Natural logarithm."""
    return Log.apply(_real(x))


def sqrt(x: Any) -> Tensor:
    """Square root."""
    return Sqrt.apply(_real(x))


def sin(x: Any) -> Tensor:
    """Sine."""
    return Sin.apply(_real(x))


def cos(x: Any) -> Tensor:
    """Cosine."""
    return Cos.apply(_real(x))


def tanh(x: Any) -> Tensor:
    """Hyperbolic tangent."""
    return Tanh.apply(_real(x))


def sigmoid(x: Any) -> Tensor:
    """1/(1 + e⁻ˣ)."""
    return Sigmoid.apply(_real(x))


def relu(x: Any) -> Tensor:
    """max(0, x)."""
    return Relu.apply(x)


def erf(x: Any) -> Tensor:
    """The error function."""
    return Erf.apply(_real(x))


def maximum(a: Any, b: Any) -> Tensor:
    """The larger of two, number by number."""
    return _binary(Maximum, a, b)


def minimum(a: Any, b: Any) -> Tensor:
    """The smaller of two, number by number."""
    return _binary(Minimum, a, b)


def where(condition: Any, a: Any, b: Any) -> Tensor:
    """``a`` where the condition holds, else ``b``."""
    a, b = _operands(a if isinstance(a, Tensor) or isinstance(b, Tensor) else as_tensor(a), b)
    condition = condition.data if isinstance(condition, Tensor) else np.asarray(condition)
    _fit("where", a, b, condition)
    return Where.apply(a, b, condition=condition.astype(bool))


def cat(tensors: Sequence[Any], dim: int = 0) -> Tensor:
    """Join along an axis that exists."""
    if not len(tensors):
        raise ValueError("cat() wants at least one tensor and got none.")
    tensors = [as_tensor(t) for t in tensors]
    axis = _axis("cat", dim, tensors[0].ndim)
    if len({(*t.shape[:axis], *t.shape[axis + 1 :], t.ndim) for t in tensors}) != 1:
        raise ValueError(
            f"cat() wants tensors whose lengths differ along axis {dim} alone and got "
            f"{', '.join(str(t.shape) for t in tensors)}; stack() would make a new axis."
        )
    return Concatenate.apply(*tensors, axis=axis)


def stack(tensors: Sequence[Any], dim: int = 0) -> Tensor:
    """Join along a new axis."""
    tensors = [as_tensor(t) for t in tensors]
    shapes = {t.shape for t in tensors}
    if len(shapes) != 1:
        raise ValueError(f"stack() wants tensors of one shape and got {sorted(shapes) or 'none'}.")
    at = _axis("stack", dim, tensors[0].ndim + 1)
    return cat([t.reshape(*t.shape[:at], 1, *t.shape[at:]) for t in tensors], dim=at)


def logsumexp(x: Any, dim: Axis, keepdim: bool = False) -> Tensor:
    """ln Σ eˣ along an axis, without overflow."""
    return LogSumExp.apply(_real(x), axis=dim, keepdims=keepdim)


# Methods --------------------------------------------------------------------------------------------------------------


def _plain_index(index: Any) -> Any:
    """Tensors and lists in an index as arrays."""
    if isinstance(index, tuple):
        return tuple(_plain_index(i) for i in index)
    if isinstance(index, Tensor):
        return index.data
    return np.asarray(index) if isinstance(index, list) else index


def _axis(name: str, dim: int, ndim: int) -> int:
    """An axis counted from the front; refuses one that is not there."""
    if not -ndim <= dim < ndim:
        has = f"there are {ndim}, so 0 to {ndim - 1} or −{ndim} to −1" if ndim else "there is none"
        raise IndexError(f"{name}() got axis {dim}, and {has}.")
    return dim % ndim


def _shape_of(shape: tuple) -> tuple:
    return tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape


def _reshape(x: Tensor, *shape: Any) -> Tensor:
    """The same numbers in another shape; one length may be −1."""
    shape = _shape_of(shape)
    try:
        return Reshape.apply(x, shape=shape)
    except ValueError:
        raise ValueError(f"{x.shape} holds {x.numel()} numbers and cannot be dealt out as {tuple(shape)}.") from None


def _permute(x: Tensor, *dims: Any) -> Tensor:
    """Axes in another order."""
    dims = _shape_of(dims)
    order = tuple(_axis("permute", d, x.ndim) for d in dims)
    if sorted(order) != list(range(x.ndim)):
        raise ValueError(f"permute() wants each of the {x.ndim} axes of {x.shape} once and got {tuple(dims)}.")
    return Permute.apply(x, order=order)


def _transpose(x: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two axes swapped."""
    order = list(range(x.ndim))
    dim0, dim1 = _axis("transpose", dim0, x.ndim), _axis("transpose", dim1, x.ndim)
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return _permute(x, *order)


def _flatten(x: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Axes from start_dim to end_dim, both included, as one."""
    start, end = (_axis("flatten", d, max(1, x.ndim)) for d in (start_dim, end_dim))
    return _reshape(
        x, *x.shape[:start], -1 if x.numel() else int(np.prod(x.shape[start : end + 1])), *x.shape[end + 1 :]
    )


def _squeeze(x: Tensor, dim: int | None = None) -> Tensor:
    """Without its axes of length 1, or without one of them."""
    at = None if dim is None else _axis("squeeze", dim, max(1, x.ndim))
    keep = [n for i, n in enumerate(x.shape) if not (n == 1 and at in (None, i))]
    return _reshape(x, tuple(keep))


def _unsqueeze(x: Tensor, dim: int) -> Tensor:
    """With a new axis of length 1."""
    at = _axis("unsqueeze", dim, x.ndim + 1)
    return _reshape(x, *x.shape[:at], 1, *x.shape[at:])


def _expand(x: Tensor, *shape: Any) -> Tensor:
    """Repeated along axes of length 1; −1 keeps a length."""
    shape = _shape_of(shape)
    extra = len(shape) - x.ndim
    full = tuple(x.shape[i - extra] if n == -1 and i >= extra else n for i, n in enumerate(shape))
    if (
        extra < 0
        or any(had not in (1, n) for had, n in zip(x.shape, full[extra:], strict=True))
        or min(full, default=0) < 0
    ):
        raise ValueError(
            f"expand() repeats axes of length 1 and adds axes at the front; it cannot make {tuple(shape)} of {x.shape}."
        )
    return Expand.apply(x, shape=full)


def _sum(x: Tensor, dim: Axis = None, keepdim: bool = False) -> Tensor:
    """Sum over all, or over an axis or several."""
    return Sum.apply(x, axis=dim, keepdims=keepdim)


def _mean(x: Tensor, dim: Axis = None, keepdim: bool = False) -> Tensor:
    """Mean over all, or over an axis or several."""
    return Mean.apply(_floats("mean", x), axis=dim, keepdims=keepdim)


def _floats(name: str, x: Tensor) -> Tensor:
    if x.dtype.kind != "f":
        raise ValueError(f"{name}() wants floats and got {x.dtype}: say .float() first.")
    return x


def _var(x: Tensor, dim: Axis = None, keepdim: bool = False, correction: int = 1) -> Tensor:
    """Variance, with n − correction below the line (PyTorch's default is 1)."""
    return Var.apply(_floats("var", x), axis=dim, keepdims=keepdim, correction=correction)


def _amax(x: Tensor, dim: Axis = None, keepdim: bool = False) -> Tensor:
    """Largest of all, or along an axis; ties share the gradient."""
    return Max.apply(x, axis=dim, keepdims=keepdim)


def _amin(x: Tensor, dim: Axis = None, keepdim: bool = False) -> Tensor:
    """Smallest of all, or along an axis; ties share the gradient."""
    return -_amax(-x, dim, keepdim)


def _getitem(x: Tensor, index: Any) -> Tensor:
    return Index.apply(x, index=_plain_index(index))


def _setitem(x: Tensor, index: Any, value: Any) -> None:
    x._refuse_inplace(value)
    x.data[_plain_index(index)] = value.data if isinstance(value, Tensor) else value
    x._version[0] += 1


def _cast(x: Tensor, dtype: Any) -> Tensor:
    """In another type; the gradient comes back in the old one."""
    dtype = np.dtype(dtype)
    if dtype == x.dtype:
        return x
    return Cast.apply(x, dtype=dtype) if dtype.kind == "f" else Tensor._of(x.data.astype(dtype))


def _compare(name: str) -> Any:
    ufunc = getattr(np, name)
    return lambda a, b: Tensor._of(ufunc(a.data, b.data if isinstance(b, Tensor) else b))


def _inplace(name: str) -> Any:
    ufunc = getattr(np, name)

    def change(a: Tensor, b: Any) -> Tensor:
        a._refuse_inplace(b)
        ufunc(a.data, b.data if isinstance(b, Tensor) else b, out=a.data, casting="same_kind")
        a._version[0] += 1
        return a

    return change


def _augmented(name: str, function: type[Function]) -> Any:
    """``a += b`` where a graph is kept makes a new ``a``, so that ``loss += term`` and ``x += f(x)`` go backward right.

    Another name for the old ``a`` keeps the old numbers; in PyTorch it would see the new ones.
    """
    change = _inplace(name)

    def assign(a: Tensor, b: Any) -> Tensor:
        graph = is_grad_enabled() and (a.requires_grad or (isinstance(b, Tensor) and b.requires_grad))
        if not graph or (a.is_leaf and a.requires_grad):
            return change(a, b)
        out = _cast(_binary(function, a, b), a.dtype)
        if out.shape != a.shape:
            raise ValueError(f"{name} in place cannot change a tensor's shape from {a.shape} to {out.shape}.")
        return out

    return assign


METHODS = {
    "__add__": lambda a, b: _binary(Add, a, b),
    "__radd__": lambda a, b: _binary(Add, b, a),
    "__sub__": lambda a, b: _binary(Sub, a, b),
    "__rsub__": lambda a, b: _binary(Sub, b, a),
    "__mul__": lambda a, b: _binary(Mul, a, b),
    "__rmul__": lambda a, b: _binary(Mul, b, a),
    "__truediv__": lambda a, b: _binary(Div, _real(a), b),
    "__rtruediv__": lambda a, b: _binary(Div, b, _real(a)),
    "__pow__": lambda a, b: _binary(Pow, a, b),
    "__rpow__": lambda a, b: _binary(Pow, b, a),
    "__neg__": lambda a: Neg.apply(a),
    "__matmul__": matmul,
    "__rmatmul__": lambda a, b: matmul(b, a),
    "__getitem__": _getitem,
    "__setitem__": _setitem,
    "__lt__": _compare("less"),
    "__le__": _compare("less_equal"),
    "__gt__": _compare("greater"),
    "__ge__": _compare("greater_equal"),
    "__eq__": _compare("equal"),
    "__ne__": _compare("not_equal"),
    "__hash__": object.__hash__,
    "__and__": _compare("bitwise_and"),
    "__or__": _compare("bitwise_or"),
    "__xor__": _compare("bitwise_xor"),
    "__invert__": lambda a: Tensor._of(~a.data),
    "__abs__": lambda a: Abs.apply(a),
    "__iadd__": _augmented("add", Add),
    "__isub__": _augmented("subtract", Sub),
    "__imul__": _augmented("multiply", Mul),
    "__itruediv__": _augmented("divide", Div),
    "add_": _inplace("add"),
    "sub_": _inplace("subtract"),
    "mul_": _inplace("multiply"),
    "div_": _inplace("divide"),
    "zero_": lambda a: a.copy_(0),
    "fill_": lambda a, value: a.copy_(value),
    "exp": exp,
    "log": log,
    "sqrt": sqrt,
    "sin": sin,
    "cos": cos,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "relu": relu,
    "erf": erf,
    "abs": lambda a: Abs.apply(a),
    "pow": lambda a, b: _binary(Pow, a, b),
    "square": lambda a: a * a,
    "clamp": lambda a, min=None, max=None: Clamp.apply(a, low=min, high=max),
    "maximum": maximum,
    "minimum": minimum,
    "matmul": matmul,
    "sum": _sum,
    "mean": _mean,
    "var": _var,
    "std": lambda a, dim=None, keepdim=False, correction=1: sqrt(_var(a, dim, keepdim, correction)),
    "amax": _amax,
    "amin": _amin,
    "logsumexp": logsumexp,
    "cumsum": lambda a, dim: CumSum.apply(a, axis=dim),
    "reshape": _reshape,
    "view": _reshape,
    "permute": _permute,
    "transpose": _transpose,
    "flatten": _flatten,
    "squeeze": _squeeze,
    "unsqueeze": _unsqueeze,
    "expand": _expand,
    "flip": lambda a, dims: Flip.apply(a, axis=dims),
    "masked_fill": lambda a, mask, value: where(mask, value, a),
    "argmax": lambda a, dim=None: Tensor._of(np.asarray(a.data.argmax(axis=dim))),
    "float": lambda a: _cast(a, np.float32),
    "double": lambda a: _cast(a, np.float64),
    "long": lambda a: _cast(a, np.int64),
    "to": _cast,
    "clone": lambda a: Add.apply(a, Tensor._of(np.zeros((), a.dtype))),
    "contiguous": lambda a: a,
}
for _name, _method in METHODS.items():
    setattr(Tensor, _name, _method)
Tensor.T = property(lambda a: _permute(a, *range(a.ndim)[::-1]), doc="Axes in reverse order.")
Tensor.mT = property(lambda a: _transpose(a, -1, -2), doc="The last two axes swapped.")
