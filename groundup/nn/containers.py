"""Modules that hold others: one after the other, in a list, by name."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import index
from typing import Any

from groundup.nn.module import Module


class _Numbered(Module):
    """Modules under the names "0", "1", ... that can be counted, sliced and replaced like a list."""

    def _all(self) -> list[Module]:
        return [value for value in vars(self).values() if isinstance(value, Module)]

    def _names(self) -> list[str]:
        return [name for name, value in vars(self).items() if isinstance(value, Module)]

    def _name_at(self, i: int) -> str:
        names = self._names()
        if not -len(names) <= index(i) < len(names):
            raise IndexError(f"{type(self).__name__} holds {len(names)} modules and was asked for number {i}.")
        return names[i]

    def _replace_all(self, modules: list[Module]) -> None:
        for name in self._names():
            delattr(self, name)
        for i, module in enumerate(modules):
            self.add_module(str(i), module)

    def __len__(self) -> int:
        return len(self._names())

    def __iter__(self) -> Iterator[Module]:
        return iter(self._all())

    def __getitem__(self, i: int | slice) -> Any:
        if isinstance(i, slice):
            return self._slice(self._names()[i])
        return vars(self)[self._name_at(i)]

    def _slice(self, names: list[str]) -> Any:
        return type(self)(vars(self)[name] for name in names)

    def __setitem__(self, i: int, module: Module) -> None:
        self.add_module(self._name_at(i), module)

    def __delitem__(self, i: int | slice) -> None:
        modules = self._all()
        del modules[i]
        self._replace_all(modules)

    def append(self, module: Module) -> Any:
        """Add one at the end; returns itself."""
        self.add_module(str(len(self)), module)
        return self

    def insert(self, i: int, module: Module) -> Any:
        """Put one before number ``i``; returns itself."""
        modules = self._all()
        modules.insert(i, module)
        self._replace_all(modules)
        return self

    def extend(self, modules: Iterable[Module]) -> Any:
        """Add several at the end; returns itself."""
        for module in modules:
            self.append(module)
        return self


class Sequential(_Numbered):
    """Modules one after the other: what one gives, the next gets.

    Args:
        modules: modules, or one OrderedDict (or dict) of them by name.
    """

    def __init__(self, *modules: Any):
        super().__init__()
        named = len(modules) == 1 and isinstance(modules[0], Mapping)
        pairs = modules[0].items() if named else ((str(i), m) for i, m in enumerate(modules))
        for name, module in pairs:
            self.add_module(name, module)

    def forward(self, x: Any) -> Any:
        """x through all of them, in order."""
        for module in self:
            x = module(x)
        return x

    def _slice(self, names: list[str]) -> "Sequential":
        return Sequential(OrderedDict((name, vars(self)[name]) for name in names))


class ModuleList(_Numbered):
    """Modules in a list. A plain list would hide them from ``parameters()``.

    Args:
        modules: any number of modules.
    """

    def __init__(self, modules: Iterable[Module] = ()):
        super().__init__()
        self.extend(modules)

    def _child_reprs(self) -> Iterator[tuple[str, str]]:
        """Equal neighbours in one line, as PyTorch shows them."""
        for text, same in groupby(super()._child_reprs(), key=lambda pair: pair[1]):
            names = [name for name, _ in same]
            yield (names[0], text) if len(names) == 1 else (f"{names[0]}-{names[-1]}", f"{len(names)} x {text}")


class ModuleDict(Module):
    """Modules by name, in the order in which they came.

    Args:
        modules: a dict or pairs of name and module.
    """

    def __init__(self, modules: Any = ()):
        super().__init__()
        self.update(modules)

    def update(self, modules: Any) -> None:
        """Add or replace several."""
        for name, module in dict(modules).items():
            self[name] = module

    def _dict(self) -> dict[str, Module]:
        return {name: value for name, value in vars(self).items() if isinstance(value, Module)}

    def __setitem__(self, name: str, module: Module) -> None:
        self.add_module(name, module)

    def __getitem__(self, name: str) -> Module:
        if name not in self:
            raise KeyError(f"there is no module {name!r} here, only {', '.join(self._dict()) or 'none at all'}.")
        return vars(self)[name]

    def __delitem__(self, name: str) -> None:
        delattr(self, name) if name in self else self[name]

    def __contains__(self, name: str) -> bool:
        return name in self._dict()

    def __len__(self) -> int:
        return len(self._dict())

    def __iter__(self) -> Iterator[str]:
        return iter(self._dict())

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._dict().keys()

    def values(self) -> Iterable[Module]:
        """The modules."""
        return self._dict().values()

    def items(self) -> Iterable[tuple[str, Module]]:
        """Pairs of name and module."""
        return self._dict().items()


__all__ = ["ModuleDict", "ModuleList", "Sequential"]
