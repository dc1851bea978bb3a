"""``Module``: a function with weights, and a tree of others inside it.

There is no registry. A parameter is whatever attribute is a `Parameter`, a submodule whatever attribute is a
`Module`; only buffers are known by name, since any tensor may be one. All the rest walks that tree.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from groundup.nn.state import load_into
from groundup.tensor import Tensor, as_tensor


class Parameter(Tensor):
    """A tensor that a module learns.

    Args:
        data: numbers, an array or a tensor; copied, and cut off from any graph.
        requires_grad: whether it is to learn; False freezes it.
        dtype: as for `Tensor`.
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True, dtype: Any = None):
        super().__init__(data, requires_grad=requires_grad, dtype=dtype)

    def __deepcopy__(self, memo: dict) -> "Parameter":
        memo[id(self)] = copy = Parameter(self.data, self.requires_grad)  # without the gradient, as in PyTorch
        return copy

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"


class Module:
    """What layers and models are made from.

    A subclass calls ``super().__init__()``, keeps parameters and other modules as attributes, and says what it
    does in ``forward``. The module is then called like a function.

    Attributes:
        training: True after ``train()``, False after ``eval()``; dropout and batch norm heed it.
    """

    training: bool
    _buffers: dict[str, bool]  # name → whether it belongs in state_dict

    def __init__(self):
        vars(self).update(training=True, _buffers={})

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module does; every subclass says its own."""
        near = difflib.get_close_matches("forward", [n for n in dir(type(self)) if n != "forward"], 1, 0.8)
        hint = f" It has {near[0]}(): is that meant?" if near else ""
        raise NotImplementedError(f"{_name(self)} has no forward(): write `def forward(self, x): ...` in it.{hint}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The same as ``forward``."""
        return self.forward(*args, **kwargs)

    # Attributes

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter | Module) and "_buffers" not in vars(self):
            raise AttributeError(
                f"{_name(self)}.{name} was assigned before super().__init__() was called: make that the first line "
                "of __init__."
            )
        old = vars(self).get(name)
        if isinstance(old, Parameter) and not isinstance(value, Parameter | None):
            raise TypeError(
                f"{_name(self)}.{name} is a Parameter and was assigned a {type(value).__name__}, which would not be "
                f"learnt. Say nn.Parameter(...), or `with no_grad(): {name}.copy_(...)` to change its numbers."
            )
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("training", "_buffers"):
            raise AttributeError(f"{_name(self)} calls no super().__init__(): make that the first line of __init__.")
        if hasattr(type(self), name):
            raise AttributeError(
                f"{_name(self)}.{name} is computed, and computing it asked for an attribute that is not there."
            )
        near = difflib.get_close_matches(name, dir(self), 1)
        raise AttributeError(f"{_name(self)} has no attribute {name!r}.{f' Is {near[0]!r} meant?' if near else ''}")

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        self._buffers.pop(name, None)

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Keep a tensor that is not learnt but belongs to the module's state, such as a running mean.

        Args:
            name: the attribute's name.
            tensor: a tensor, an array or None.
            persistent: whether ``state_dict`` has it.
        """
        _refuse_name(self, name)
        setattr(self, name, None if tensor is None else as_tensor(tensor))
        self._buffers[name] = persistent

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Keep a parameter, or None where there could be one, as an attribute."""
        _refuse_name(self, name)
        setattr(self, name, param)

    def add_module(self, name: str, module: "Module | None") -> None:
        """Keep a module as an attribute; the name may be a number, as ``Sequential`` has it."""
        if not isinstance(module, Module | None):
            raise TypeError(f"{_name(self)} wants a Module as {name!r} and got {_kind(module)}.")
        _refuse_name(self, name)
        setattr(self, name, module)

    # The tree

    def named_children(self) -> Iterator[tuple[str, "Module"]]:
        """Name and module, for each directly inside, and each once."""
        seen = set()
        for name, value in list(vars(self).items()):
            if isinstance(value, Module) and id(value) not in seen:
                seen.add(id(value))
                yield name, value

    def named_modules(self, prefix: str = "", memo: set | None = None) -> Iterator[tuple[str, "Module"]]:
        """Dotted name and module, for itself ("") and all inside, each once."""
        memo = set() if memo is None else memo
        if id(self) in memo:
            return
        memo.add(id(self))
        yield prefix, self
        for name, child in self.named_children():
            yield from child.named_modules(_join(prefix, name), memo)

    def named_parameters(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
        """Dotted name and parameter; one that is shared comes once, under its first name."""
        return self._leaves(prefix, recurse, Module._parameter_names)

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Tensor]]:
        """Dotted name and buffer, each once."""
        return self._leaves(prefix, recurse, lambda module: module._buffers)

    def _parameter_names(self) -> list[str]:
        return [name for name, value in vars(self).items() if isinstance(value, Parameter)]

    def _leaves(self, prefix: str, recurse: bool, names: Callable[["Module"], Iterable[str]]) -> Iterator:
        seen = set()
        for path, module in self.named_modules(prefix) if recurse else [(prefix, self)]:
            for name in names(module):
                value = vars(module)[name]
                if value is not None and id(value) not in seen:
                    seen.add(id(value))
                    yield _join(path, name), value

    def children(self) -> Iterator["Module"]:
        """The modules directly inside."""
        return (child for _, child in self.named_children())

    def modules(self) -> Iterator["Module"]:
        """Itself and all modules inside."""
        return (module for _, module in self.named_modules())

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All that is learnt, each once: what an optimizer wants."""
        return (p for _, p in self.named_parameters(recurse=recurse))

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All tensors of the state that are not learnt."""
        return (b for _, b in self.named_buffers(recurse=recurse))

    def num_parameters(self, trainable_only: bool = False) -> int:
        """How many numbers are learnt; shared ones count once."""
        return sum(p.numel() for p in self.parameters() if p.requires_grad or not trainable_only)

    def get_submodule(self, target: str) -> "Module":
        """The module of that dotted name."""
        found = dict(self.named_modules())
        if target not in found:
            near = difflib.get_close_matches(target, found, 1)
            raise AttributeError(f"{_name(self)} has no module {target!r}.{f' Is {near[0]!r} meant?' if near else ''}")
        return found[target]

    # Doing something with all of it

    def apply(self, fn: Callable[["Module"], Any]) -> "Module":
        """Call ``fn`` on every module, the innermost first and itself last; returns itself."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> "Module":
        """Behave as in training (dropout drops, batch norm measures); returns itself."""
        for module in self.modules():
            module.training = bool(mode)
        return self

    def eval(self) -> "Module":
        """Behave as in use; returns itself."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> "Module":
        """Let all parameters learn, or freeze them; returns itself."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, or set them to zero in place."""
        for p in self.parameters():
            if set_to_none or p.grad is None:
                p.grad = None
            else:
                p.grad.data[...] = 0

    def to(self, kind: Any = None, *, dtype: Any = None) -> "Module":
        """Turn all floats into another float type, in place; returns itself. The only device is "cpu".

        Args:
            kind: np.float32 or np.float64 (or "cpu", which changes nothing).
            dtype: the same, by its name.
        """
        kind = dtype if kind is None or str(kind) == "cpu" else kind
        if kind is not None:
            kind = _float_type(kind)
            for tensor in [*self.parameters(), *self.buffers()]:
                _turn(tensor, kind)
        return self

    def float(self) -> "Module":
        """All floats as float32, for training."""
        return self.to(np.float32)

    def double(self) -> "Module":
        """All floats as float64, for checking gradients."""
        return self.to(np.float64)

    def cpu(self) -> "Module":
        """Itself: there is no other place."""
        return self

    # State

    def state_dict(self) -> dict[str, np.ndarray]:
        """Dotted name → array, a copy, for each parameter and persistent buffer; names and shapes are PyTorch's.

        To hand them to PyTorch: ``{k: torch.from_numpy(v) for k, v in model.state_dict().items()}``.
        """
        return {name: tensor.data.copy() for name, tensor in self._state()}

    def load_state_dict(self, state_dict: Any, strict: bool = True) -> Any:
        """Take over arrays by name; either all are taken or, on an error, none.

        Args:
            state_dict: name → array, tensor or PyTorch tensor, as ``state_dict()`` gave it here or there.
            strict: whether missing and unexpected names are an error.

        Returns:
            The missing and the unexpected names: ``(missing_keys, unexpected_keys)``.

        Raises:
            ValueError: names or shapes do not fit; all of them are listed.
        """
        return load_into(_name(self), dict(self._state()), state_dict, strict)

    def _state(self) -> Iterator[tuple[str, Tensor]]:
        """All names, also several of one shared parameter, as PyTorch lists them."""
        yield from self._own_state("")

    def _own_state(self, prefix: str) -> Iterator[tuple[str, Tensor]]:
        kept = [name for name, persistent in self._buffers.items() if persistent]
        for name in [*self._parameter_names(), *kept]:
            if vars(self)[name] is not None:
                yield _join(prefix, name), vars(self)[name]
        for name, value in list(vars(self).items()):
            if isinstance(value, Module):
                yield from value._own_state(_join(prefix, name))

    # Text

    def extra_repr(self) -> str:
        """What stands between the brackets of a layer's repr."""
        return ""

    def __repr__(self) -> str:
        lines = [f"({name}): {text}" for name, text in self._child_reprs()]
        if not lines:
            return f"{_name(self)}({self.extra_repr()})"
        head = [self.extra_repr()] if self.extra_repr() else []
        return f"{_name(self)}(\n" + "".join(f"  {_indent(line)}\n" for line in head + lines) + ")"

    def _child_reprs(self) -> Iterator[tuple[str, str]]:
        return ((name, repr(value)) for name, value in vars(self).items() if isinstance(value, Module))

    def __dir__(self) -> list[str]:
        return sorted(n for n in super().__dir__() if n.isidentifier())


def _name(module: Module) -> str:
    return type(module).__name__


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _indent(text: str) -> str:
    return text.replace("\n", "\n  ")


def _kind(thing: Any) -> str:
    """What a thing is, for an error; a class given instead of an instance is the commonest slip."""
    if isinstance(thing, type):
        return f"the class {thing.__name__} itself: call it, {thing.__name__}(...)"
    return type(thing).__name__


def _refuse_name(module: Module, name: str) -> None:
    if "_buffers" not in vars(module):
        raise AttributeError(f"{_name(module)} calls no super().__init__(): make that the first line of __init__.")
    if not isinstance(name, str) or not name or "." in name:
        raise ValueError(f"a name inside {_name(module)} must be a text without dots, not empty, and is {name!r}.")
    old = vars(module).get(name)
    if hasattr(type(module), name) or (name in vars(module) and not isinstance(old, Module | Tensor | None)):
        raise ValueError(f"{_name(module)} has an attribute {name!r} of its own: choose another name.")


def _float_type(kind: Any) -> np.dtype:
    try:
        dtype = np.dtype(kind)
    except TypeError:
        dtype = None
    if dtype is None or dtype.kind != "f":
        raise ValueError(f"to() wants a float type such as np.float32 or np.float64, or 'cpu', and got {kind!r}.")
    return dtype


def _turn(tensor: Tensor, dtype: np.dtype) -> None:
    """Another float type, in the same tensor, so that whoever holds it keeps it."""
    if tensor.dtype.kind != "f" or tensor.dtype == dtype:
        return
    tensor.data = tensor.data.astype(dtype)
    tensor._version[0] += 1
    if tensor.grad is not None:
        tensor.grad = Tensor._of(tensor.grad.data.astype(dtype))
