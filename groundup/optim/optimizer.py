"""What all optimizers share: groups of parameters, the loop over them, and their memory as one long array.

NumPy takes about as long to begin an operation as to work through some hundred numbers, and a network has many small
parameters. So neighbouring small parameters form a *pack*: their gradients are copied side by side into one long array,
the rule is worked out once for all of them, in place, and each parameter is then changed where it lies. Parameters are
never moved, so ``p.data`` may be replaced or loaded at any time. A large parameter is a pack of its own.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from groundup.tensor import Tensor

# From about this many numbers on, copying a gradient costs more than the operations that it saves.
PACK = 32_768

Group = dict[str, Any]


class Pack:
    """Parameters that are changed together, and what an optimizer remembers of them.

    Args:
        params: of one dtype; together n numbers.
        scratch: two arrays of at least n numbers, shared by all packs.

    Attributes:
        state: name → (n,) array; empty before the first step.
        steps: how often they have been changed.
    """

    __slots__ = ("_changes", "_grad", "_grads", "_scratch", "change", "params", "state", "steps")

    def __init__(self, params: list[Tensor], scratch: tuple[np.ndarray, np.ndarray]):
        self.params, self._scratch = params, scratch
        self.state: dict[str, np.ndarray] = {}
        self.steps = 0
        size = sum(p.numel() for p in params)
        self._grad, self.change = (memory[:size] for memory in scratch)
        self._grads, self._changes = self.views(self._grad), self.views(self.change)

    def views(self, flat: np.ndarray) -> list[np.ndarray]:
        """Pieces of an (n,) array in the parameters' shapes, sharing its memory."""
        cuts = np.cumsum([p.numel() for p in self.params])[:-1]
        return [piece.reshape(p.shape) for piece, p in zip(np.split(flat, cuts), self.params, strict=True)]

    def remembered(self, name: str) -> np.ndarray:
        """An array of the state, (n,); zeros when it is asked for the first time."""
        if name not in self.state:
            self.state[name] = np.zeros_like(self.change)
        return self.state[name]

    def gradient(self, weight_decay: float = 0.0) -> np.ndarray:
        """All gradients as (n,), each plus ``weight_decay`` times its parameter; read it, do not write to it."""
        for p, place in zip(self.params, self._grads, strict=True):
            _refuse_other_shape(p, place)
        if len(self.params) == 1 and not weight_decay:
            return self.params[0].grad.data.reshape(-1)
        for p, place in zip(self.params, self._grads, strict=True):
            if weight_decay:
                np.multiply(p.data, weight_decay, out=place)
                np.add(place, p.grad.data, out=place)
            else:
                np.copyto(place, p.grad.data)
        return self._grad

    def subtract_change(self, keep: float = 1.0) -> None:
        """Set each parameter to ``keep`` times itself minus its piece of ``change``, in place."""
        for p, change in zip(self.params, self._changes, strict=True):
            if keep != 1.0:
                np.multiply(p.data, keep, out=p.data)
            np.subtract(p.data, change, out=p.data)
            p._version[0] += 1  # a graph that used the old numbers must not go backward with the new ones

    def split(self) -> "list[Pack]":
        """One pack for each parameter, with its share of the memory."""
        packs = [Pack([p], self._scratch) for p in self.params]
        for name, flat in self.state.items():
            for pack, piece in zip(packs, self.views(flat), strict=True):
                pack.state[name] = piece.reshape(-1)
        for pack in packs:
            pack.steps = self.steps
        return packs


class Optimizer:
    """Changes parameters by their gradients; a subclass says how in ``_change``.

    Args:
        params: tensors, or dicts ``{"params": tensors, "lr": ...}`` whose settings replace the defaults.
        defaults: setting → value, for all groups that do not say otherwise.

    Attributes:
        param_groups: list of dicts with ``"params"`` and the settings; change ``group["lr"]`` at any time.

    Raises:
        ValueError: there are no parameters, one occurs twice, asks for no gradient or is not a leaf, or a setting
            makes no sense.
        TypeError: something else than tensors.
    """

    def __init__(self, params: Iterable[Tensor] | Iterable[Group], defaults: Group):
        self.defaults = defaults
        self.param_groups: list[Group] = []
        self._packs: list[list[Pack]] = []
        for group in _as_groups(params, type(self).__name__):
            self.add_param_group(group)

    def add_param_group(self, group: Group) -> None:
        """Take on more parameters: ``{"params": tensors, "lr": ...}``."""
        params = group["params"]
        params = [params] if isinstance(params, Tensor) else list(params)
        group = {"params": params, **self.defaults, **{k: v for k, v in group.items() if k != "params"}}
        known = {id(p) for other in self.param_groups for p in other["params"]}
        _refuse_unfit(params, known, type(self).__name__)
        self._refuse_settings(group)
        self.param_groups.append(group)
        self._packs.append(_packed(params))

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, or fill them with zeros in place."""
        for p in self._parameters():
            if set_to_none or p.grad is None:
                p.grad = None
            else:
                p.grad.data[...] = 0

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient; returns what ``closure`` does, which is called first."""
        loss = None if closure is None else closure()
        for k, group in enumerate(self.param_groups):
            self._packs[k] = _with_or_without_gradients(self._packs[k])
            for pack in self._packs[k]:
                if pack.params[0].grad is not None:
                    pack.steps += 1
                    self._change(group, pack)
        return loss

    def state_dict(self) -> dict[str, Any]:
        """Copies of all that is remembered, in PyTorch's layout: ``{"state": {index: ...}, "param_groups": [...]}``."""
        state: dict[int, Group] = {}
        groups = []
        start = 0
        for group, packs in zip(self.param_groups, self._packs, strict=True):
            index = {id(p): start + i for i, p in enumerate(group["params"])}
            for pack in packs:
                _export(pack, index, state)
            groups.append({**group, "params": list(index.values())})
            start += len(index)
        return {"state": dict(sorted(state.items())), "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave, of this optimizer or of PyTorch's with the same parameters.

        Raises:
            ValueError: it belongs to other groups, or to parameters of other shapes; nothing has been changed then.
        """
        saved, groups = state_dict["state"], state_dict["param_groups"]
        wanted = [len(g["params"]) for g in self.param_groups]
        if [len(g["params"]) for g in groups] != wanted:
            raise ValueError(
                f"this optimizer has groups of {wanted} parameters and the state is for "
                f"{[len(g['params']) for g in groups]}. Make the optimizer from the same model and groups first."
            )
        states = [_as_states(saved, new, old) for new, old in zip(groups, self.param_groups, strict=True)]
        for k, (old, new) in enumerate(zip(self.param_groups, groups, strict=True)):
            old.update({name: value for name, value in new.items() if name in {*old, "initial_lr"} - {"params"}})
            self._packs[k] = _filled(_packed(old["params"]), old["params"], states[k])

    def _parameters(self) -> Iterator[Tensor]:
        return (p for group in self.param_groups for p in group["params"])

    def _change(self, group: Group, pack: Pack) -> None:
        """Work out ``pack.change`` from the gradients and subtract it; ``pack.steps`` counts from 1 here."""
        raise NotImplementedError

    def _refuse_settings(self, group: Group) -> None:
        """Raise ValueError where a group's settings make no sense."""
        for name in ("lr", "eps", "weight_decay", "momentum"):
            if name in group:
                want(type(self).__name__, name, group[name], group[name] >= 0, "0 or more")

    def __repr__(self) -> str:
        settings = [
            ", ".join(f"{k}={v}" for k, v in g.items() if k != "params") + f": {len(g['params'])} parameters"
            for g in self.param_groups
        ]
        return f"{type(self).__name__}({'; '.join(settings)})"


def want(who: str, name: str, value: Any, fits: Any, wanted: str) -> None:
    """Raise ValueError unless a setting fits."""
    if not fits:
        raise ValueError(f"{who} wants {name} to be {wanted} and got {value!r}.")


def _as_groups(params: Any, who: str) -> list[Group]:
    if isinstance(params, Tensor | dict):
        kind = "one tensor" if isinstance(params, Tensor) else "a dict"
        raise TypeError(f"{who} wants a list of tensors or of groups and got {kind}: write [it].")
    params = list(params)
    if not params:
        raise ValueError(f"{who} got no parameters. An iterator such as model.parameters() is empty once it was used.")
    return params if isinstance(params[0], dict) else [{"params": params}]


def _refuse_unfit(params: list[Tensor], known: set[int], who: str) -> None:
    if not params:
        raise ValueError(f"{who} got a group without parameters.")
    for i, p in enumerate(params):
        if not isinstance(p, Tensor):
            raise TypeError(f"{who} wants tensors and parameter {i} is {type(p).__name__}.")
        if not p.is_leaf:
            raise ValueError(
                f"parameter {i} of shape {p.shape} came out of an operation ({p.grad_fn.name}), so no gradient stays "
                f"with it. Give {who} the tensors that you made yourself."
            )
        if not p.requires_grad:
            raise ValueError(f"parameter {i} of shape {p.shape} asks for no gradient: make it with requires_grad=True.")
        if id(p) in known:
            raise ValueError(f"parameter {i} of shape {p.shape} is there twice; it would be changed twice a step.")
        known.add(id(p))


def _packed(params: list[Tensor]) -> list[Pack]:
    """Neighbours of one dtype share a pack while they are small."""
    lots: list[list[Tensor]] = []
    size = 0
    for p in params:
        size += p.numel()
        if not lots or size > PACK or p.dtype != lots[-1][0].dtype:
            lots.append([])
            size = p.numel()
        lots[-1].append(p)
    most = max(sum(p.numel() for p in lot) for lot in lots)
    scratch = {p.dtype: (np.empty(most, p.dtype), np.empty(most, p.dtype)) for p in params}
    return [Pack(lot, scratch[lot[0].dtype]) for lot in lots]


def _with_or_without_gradients(packs: list[Pack]) -> list[Pack]:
    """The packs, those split where some parameters have a gradient and some have none."""
    result: list[Pack] = []
    for pack in packs:
        have = [p.grad is not None for p in pack.params]
        result.extend(pack.split() if any(have) and not all(have) else [pack])
    return result


def _refuse_other_shape(p: Tensor, place: np.ndarray) -> None:
    if p.data.shape != place.shape or p.data.dtype != place.dtype:
        raise ValueError(
            f"a parameter was {place.shape} {place.dtype} when the optimizer was made and is now {p.shape} {p.dtype}. "
            "Make the optimizer after the change."
        )
    if p.grad.data.shape != place.shape:
        raise ValueError(f"a gradient has shape {p.grad.shape}; it must have its parameter's, {place.shape}.")


def _export(pack: Pack, index: dict[int, int], state: dict[int, Group]) -> None:
    if pack.steps:
        pieces = {name: pack.views(flat) for name, flat in pack.state.items()}
        for i, p in enumerate(pack.params):
            state[index[id(p)]] = {"step": pack.steps} | {name: views[i].copy() for name, views in pieces.items()}


def _as_states(saved: dict[int, Group], new: Group, old: Group) -> list[tuple[int, dict[str, np.ndarray]]]:
    return [_as_state(saved.get(i), p) for i, p in zip(new["params"], old["params"], strict=True)]


def _as_state(saved: Group | None, p: Tensor) -> tuple[int, dict[str, np.ndarray]]:
    """One parameter's number of steps and its arrays, checked; (0, {}) where nothing is remembered."""
    arrays = {k: np.asarray(v, p.dtype) for k, v in (saved or {}).items() if k != "step" and v is not None}
    for name, array in arrays.items():
        if array.shape != p.shape:
            raise ValueError(f"the state's {name} has shape {array.shape} and its parameter has {p.shape}.")
    return int((saved or {}).get("step", bool(arrays))), arrays


def _filled(packs: list[Pack], params: list[Tensor], states: list[tuple[int, dict[str, np.ndarray]]]) -> list[Pack]:
    """The packs with these states, those split whose parameters remember different things."""
    of = {id(p): state for p, state in zip(params, states, strict=True)}
    result: list[Pack] = []
    for pack in packs:
        kinds = {(of[id(p)][0], *sorted(of[id(p)][1])) for p in pack.params}
        result.extend(pack.split() if len(kinds) > 1 else [pack])
    for pack in result:
        pack.steps = of[id(pack.params[0])][0]
        for i, p in enumerate(pack.params):
            for name, array in of[id(p)][1].items():
                pack.views(pack.remembered(name))[i][...] = array
    return result
