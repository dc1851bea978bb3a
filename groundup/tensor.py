"""``Tensor``: an array that remembers how it came about, so that it can ask how a loss depends on it.

A tensor knows graphs and no calculus; the functions in `groundup.ops` know calculus and no graphs. Each operation
leaves a node, its ``grad_fn``, with a number that counts up. Visited from the highest number down, every node meets its
bill only after all who use its result have written theirs: that is the whole of backpropagation, and it needs no
recursion.

The words are PyTorch's: what runs there with ``import torch`` should run here.
"""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

_enabled = True  # whether operations leave nodes; see no_grad
_order = itertools.count()
_watch_for_nonfinite = False


class Function:
    """A node of the graph: one operation that happened, with what it needs to go backward.

    A subclass says ``forward(self, *arrays, **options)`` → array and ``backward(self, grad)`` → one gradient for each
    parent (None where there is none to give). What backward needs, forward keeps with `save`.
    """

    __slots__ = ("_saved", "needs", "order", "parents", "versions")

    def __init__(self, parents: "Sequence[Tensor]"):
        self.parents = tuple(parents)
        self.needs = tuple([p._requires_grad for p in parents])
        self.order = next(_order)
        self._saved: tuple | None = ()
        self.versions: tuple[int, ...] = ()

    def forward(self, *arrays: np.ndarray, **options: Any) -> np.ndarray:
        """The operation, on arrays."""
        raise NotImplementedError

    def backward(self, grad: np.ndarray) -> Any:
        """From the slope of the loss for the result, the slopes for each parent."""
        raise NotImplementedError

    def save(self, *things: Any) -> None:
        """Keep arrays or numbers for backward."""
        self._saved = things

    @property
    def saved(self) -> tuple:
        """What forward kept; gone after backward."""
        if self._saved is None:
            raise RuntimeError(
                f"backward went through this graph before (at {self.name}), and what it needs has been freed. Compute "
                "the loss again, or say backward(retain_graph=True) the first time."
            )
        return self._saved

    @property
    def name(self) -> str:
        """The operation's name, such as "MatMul"."""
        return type(self).__name__

    def free(self) -> None:
        """Let go of what backward needed and of the parents, so that the memory is free at once."""
        self._saved, self.parents = None, ()

    @classmethod
    def apply(cls, *parents: Any, **options: Any) -> "Tensor":
        """Run the operation on tensors (or numbers and arrays) and return a tensor that remembers it."""
        tensors = [p if isinstance(p, Tensor) else as_tensor(p) for p in parents]
        node = cls(tensors)
        data = node.forward(*[t.data for t in tensors], **options)
        if _watch_for_nonfinite:
            _refuse_nonfinite(node, data, tensors)
        out = Tensor._of(data, node if _enabled and any(node.needs) else None)
        if out.data.base is not None:
            _share_version(out, tensors)
        if out.requires_grad:
            node.versions = (out._version[0], *[t._version[0] for t in tensors])
        return out


def _share_version(view: "Tensor", tensors: "Sequence[Tensor]") -> None:
    """Let a view count changes together with the tensor whose memory it looks at."""
    base = view.data.base
    for t in tensors:
        if t.data is base or t.data.base is base:
            view._version = t._version


class Tensor:
    """An array of numbers with a place for its gradient.

    Args:
        data: numbers, nested lists or an array. Python floats become float32 (as in PyTorch), arrays keep their dtype.
        requires_grad: whether a loss's slope for it is wanted; only for floats.
        dtype: NumPy dtype; None keeps or chooses as above.

    Attributes:
        data: the NumPy array, any shape.
        grad: None, or an array-holding tensor of the same shape: the slope of what ``backward`` was called on.
        requires_grad: whether gradients flow to it.
        grad_fn: the node that made it, or None.
    """

    __slots__ = ("__weakref__", "_requires_grad", "_version", "data", "grad", "grad_fn")
    # NumPy would otherwise take `array + tensor` apart, number by number.
    __array_priority__ = 1000

    def __init__(self, data: Any, requires_grad: bool = False, dtype: Any = None):
        self.data = _as_array(data, dtype)
        self.grad: Tensor | None = None
        self.grad_fn: Function | None = None
        self._version = [0]  # shared with views and detached tensors: they share the memory
        self._requires_grad = False
        if requires_grad:
            self.requires_grad_()

    @classmethod
    def _of(cls, data: np.ndarray, node: Function | None = None) -> "Tensor":
        """A tensor around a fresh array, without questions asked."""
        t = cls.__new__(cls)
        t.data = data if isinstance(data, np.ndarray) else np.asarray(data)
        t.grad, t.grad_fn, t._version, t._requires_grad = None, node, [0], node is not None
        return t

    # What it is

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of its axes."""
        return self.data.shape

    @property
    def dtype(self) -> np.dtype:
        """The kind of its numbers, a NumPy dtype."""
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return self.data.ndim

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by hand rather than by an operation that is remembered."""
        return self.grad_fn is None

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one axis."""
        return self.data.shape if dim is None else self.data.shape[dim]

    def numel(self) -> int:
        """How many numbers there are."""
        return self.data.size

    def dim(self) -> int:
        """How many axes it has."""
        return self.data.ndim

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len() of a tensor with a single number: it has no axis to count along.")
        return len(self.data)

    def __iter__(self) -> "Iterator[Tensor]":
        return (self[i] for i in range(len(self)))

    def item(self) -> Any:
        """The number in a tensor that holds one."""
        if self.data.size != 1:
            raise ValueError(
                f"item() wants a tensor of one number and got shape {self.shape}; use .data for the array."
            )
        return self.data.item()

    def numpy(self) -> np.ndarray:
        """The array itself, not a copy; a tensor that is part of a graph must be detached first."""
        if self.requires_grad:
            raise RuntimeError("numpy() would let the array leave the graph unseen: use .detach().numpy().")
        return self.data

    def tolist(self) -> Any:
        """The numbers as nested lists."""
        return self.data.tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __bool__(self) -> bool:
        if self.data.size != 1:
            raise ValueError(
                f"a tensor of shape {self.shape} is neither true nor false; ask .all() or .any() of its .data."
            )
        return bool(self.data)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise TypeError(f"only a whole number can count or be an index, and this tensor is {self.dtype}.")
        return int(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec and self.ndim == 0 else format(repr(self), spec)

    def __repr__(self) -> str:
        text = np.array2string(self.data, precision=4, separator=", ", prefix="tensor(")
        more = (
            f", grad_fn=<{self.grad_fn.name}>" if self.grad_fn else ", requires_grad=True" if self.requires_grad else ""
        )
        kind = "" if self.dtype in (np.float32, np.int64, np.bool_) else f", dtype={self.dtype}"
        return f"tensor({text}{kind}{more})"

    # Graph

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to it; setting it is `requires_grad_`."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        self.requires_grad_(wanted)

    def requires_grad_(self, requires_grad: bool = True) -> "Tensor":
        """Ask for gradients (or no more); returns the tensor itself."""
        if requires_grad and self.dtype.kind != "f":
            raise ValueError(
                f"only floats can have gradients, and this tensor is {self.dtype}: a small nudge of a whole number "
                "means nothing. Make it float first, for example with dtype=np.float32."
            )
        if not requires_grad and not self.is_leaf:
            raise RuntimeError("this tensor came out of an operation; use .detach() for one that is cut off from it.")
        self._requires_grad = requires_grad
        return self

    def detach(self) -> "Tensor":
        """The same numbers (the same memory), cut off from the graph."""
        t = Tensor._of(self.data)
        t._version = self._version
        return t

    def backward(self, gradient: Any = None, retain_graph: bool = False) -> None:
        """Add to the ``grad`` of every leaf the slope of this tensor for it.

        Args:
            gradient: the slope of something else for this tensor, of the same shape; may be left out for a single
                number.
            retain_graph: keep what is needed to go backward once more.

        Raises:
            RuntimeError: there is no graph, it was freed, or a value that it needs was changed in place since.
        """
        if self.grad_fn is None and not self.requires_grad:
            raise RuntimeError(
                "nothing here asks for a gradient: no tensor that this was computed from has requires_grad=True."
            )
        bills: dict[int, np.ndarray] = {id(self): _first_bill(self, gradient)}
        if self.grad_fn is None:
            _pay(self, bills.pop(id(self)))
            return
        made_by: dict[int, Tensor] = {}
        for node in _from_last_to_first(self, made_by):
            tensor = made_by.pop(id(node))
            grad = bills.pop(id(tensor), None)
            if grad is not None:
                _send(node, tensor, grad, bills)
            if not retain_graph:
                node.free()
                tensor.grad_fn = _Spent(node)

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self.grad = None

    def copy_(self, other: Any) -> "Tensor":
        """Overwrite the numbers in place (broadcasting), and note that it happened."""
        self._refuse_inplace(other)
        self.data[...] = other.data if isinstance(other, Tensor) else other
        self._version[0] += 1
        return self

    def _refuse_inplace(self, other: Any = None) -> None:
        if _enabled and isinstance(other, Tensor) and other.requires_grad:
            raise RuntimeError(
                "a tensor that asks for a gradient was to be written into another one in place, and its gradient would "
                "be lost there. Compute a new tensor (a = a + b instead of a += b; cat, stack or where instead of "
                "a[i] = b), or write b.detach()."
            )
        if _enabled and self.requires_grad:
            raise RuntimeError(
                "this tensor asks for a gradient, and changing it in place would make the graph lie. Compute a new "
                "tensor, or do it inside `with no_grad():` if you mean to change a parameter."
            )


class _Spent(Function):
    """Stands where a node was, once backward has gone through it and freed it."""

    __slots__ = ("was",)

    def __init__(self, node: Function):
        super().__init__(())
        self.was, self._saved = node.name, None

    def backward(self, grad: np.ndarray) -> Any:
        return self.saved  # raises, and says what to do

    @property
    def name(self) -> str:
        return self.was


def _first_bill(tensor: Tensor, gradient: Any) -> np.ndarray:
    if gradient is None:
        if tensor.data.size != 1:
            raise RuntimeError(
                "backward() without a gradient wants a single number, such as a loss, and this tensor has shape "
                f"{tensor.shape}. Take .sum() or .mean() first, or pass the gradient."
            )
        return np.ones_like(tensor.data)
    gradient = np.array(gradient.data if isinstance(gradient, Tensor) else gradient, dtype=tensor.dtype)
    if gradient.shape != tensor.shape:
        raise ValueError(f"the gradient given has shape {gradient.shape}; it must have the tensor's, {tensor.shape}.")
    return gradient


def _from_last_to_first(root: Tensor, made_by: dict[int, Tensor]) -> list[Function]:
    """All nodes that the root was made from, the youngest first; ``made_by`` gets node → the tensor that it made."""
    made_by[id(root.grad_fn)] = root
    nodes, stack = [root.grad_fn], [root.grad_fn]
    while stack:
        for parent in stack.pop().parents:
            node = parent.grad_fn
            if node is not None and id(node) not in made_by:
                made_by[id(node)] = parent
                nodes.append(node)
                stack.append(node)
    nodes.sort(key=lambda node: node.order, reverse=True)
    return nodes


def _send(node: Function, result: Tensor, grad: np.ndarray, bills: dict[int, np.ndarray]) -> None:
    """Run one node backward and hand its parents their bills."""
    _refuse_changed(node, result)
    parents = node.parents
    grads = node.backward(grad)
    if not isinstance(grads, tuple):
        grads = (grads,)
    if _watch_for_nonfinite:
        _refuse_nonfinite_slope(node, grad, grads)
    held = {id(grad), *map(id, node._saved or ())}  # arrays that somebody else holds too
    for parent, wanted, g in zip(parents, node.needs, grads, strict=True):
        if not wanted or g is None:
            continue
        if g.dtype != parent.data.dtype:
            g = g.astype(parent.data.dtype)
        if parent.grad_fn is None:
            _pay(parent, g.copy() if id(g) in held else g)
        elif id(parent) in bills:
            bills[id(parent)] = bills[id(parent)] + g  # two paths add
        else:
            bills[id(parent)] = g
        held.add(id(g))


def _pay(leaf: Tensor, grad: np.ndarray) -> None:
    """Add to a leaf's gradient, in place where there is one already."""
    if leaf.grad is None:
        leaf.grad = Tensor._of(grad.copy() if _shared(grad) else grad)
    else:
        leaf.grad.data += grad


def _shared(grad: np.ndarray) -> bool:
    """Whether somebody else may hold this memory, so that adding to it in place would be wrong."""
    return grad.base is not None or not grad.flags.writeable or not grad.flags.owndata


def _refuse_changed(node: Function, result: Tensor) -> None:
    for tensor, version in zip((result, *node.parents), node.versions, strict=False):
        if tensor._version[0] != version:
            raise RuntimeError(
                f"a tensor of shape {tensor.shape} that {node.name} {'gave' if tensor is result else 'used'} was "
                "changed in place afterwards, so its gradient would be wrong. Change a copy instead, or go backward "
                "first."
            )


# Switches


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside this block operations leave no nodes: for evaluation, and for changing parameters."""
    global _enabled
    before, _enabled = _enabled, False
    try:
        yield
    finally:
        _enabled = before


def is_grad_enabled() -> bool:
    """Whether operations leave nodes."""
    return _enabled


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Inside this block the first operation whose result or slope is not finite is named, with what it was given.

    Infinity that was put in, as in a mask, is let pass; NaN never.
    """
    global _watch_for_nonfinite
    before, _watch_for_nonfinite = _watch_for_nonfinite, True
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        _watch_for_nonfinite = before


def _refuse_nonfinite(node: Function, data: np.ndarray, tensors: Sequence[Tensor]) -> None:
    if data.dtype.kind == "f" and not np.isfinite(data).all():
        worst = "NaN" if np.isnan(data).any() else "infinity"
        if worst == "infinity" and any(np.isinf(t.data).any() for t in tensors):
            return  # it was put in on purpose, as a mask puts minus infinity into scores
        given = ", ".join(f"{t.shape} from {t.data.min():.3g} to {t.data.max():.3g}" for t in tensors if t.data.size)
        raise FloatingPointError(f"{node.name} is the first operation that gave {worst}. It was given {given}.")


def _refuse_nonfinite_slope(node: Function, grad: np.ndarray, grads: tuple) -> None:
    if np.isfinite(grad).all():
        for wanted, g in zip(node.needs, grads, strict=False):
            if wanted and g is not None and not np.isfinite(g).all():
                raise FloatingPointError(
                    f"the backward of {node.name} is the first that gave {'NaN' if np.isnan(g).any() else 'infinity'}: "
                    f"a slope of shape {g.shape}."
                )


# Making tensors


def _as_array(data: Any, dtype: Any) -> np.ndarray:
    if isinstance(data, Tensor):
        data = data.data
    keeps = isinstance(data, np.ndarray | np.generic)
    array = np.array(data, dtype=dtype)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"a tensor holds real numbers or truth values, and this is {array.dtype}: {str(data)[:60]}")
    return array.astype(np.float32) if dtype is None and not keeps and array.dtype == np.float64 else array


def tensor(data: Any, requires_grad: bool = False, dtype: Any = None) -> Tensor:
    """A new tensor with a copy of the data; see `Tensor`."""
    return Tensor(data, requires_grad=requires_grad, dtype=dtype)


def as_tensor(data: Any) -> Tensor:
    """The data as a tensor, without a copy where it is an array already."""
    if isinstance(data, Tensor):
        return data
    if isinstance(data, np.ndarray) and data.dtype.kind in "fiub":
        return Tensor._of(data)
    return Tensor(data)


def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor that shares the array's memory."""
    if not isinstance(array, np.ndarray):
        raise TypeError(
            f"from_numpy() wants a NumPy array and got {type(array).__name__}; use tensor() for lists and numbers."
        )
    return as_tensor(array)
