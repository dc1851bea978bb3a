"""The names that stand at the package's top, as they stand at PyTorch's."""

# ruff: noqa: F401  (gathered for others)

import numpy as np

from groundup import methods
from groundup.creation import (
    arange,
    empty,
    eye,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
    randperm,
    tril,
    triu,
    zeros,
    zeros_like,
)
from groundup.ops import (
    cat,
    cos,
    erf,
    exp,
    log,
    logsumexp,
    matmul,
    maximum,
    minimum,
    relu,
    sigmoid,
    sin,
    sqrt,
    stack,
    tanh,
    where,
)
from groundup.random import default_generator, manual_seed
from groundup.tensor import Tensor, as_tensor, detect_anomaly, from_numpy, is_grad_enabled, no_grad, tensor

float32, float64, int32, int64, uint8 = np.float32, np.float64, np.int32, np.int64, np.uint8
float, double, long, bool = np.float32, np.float64, np.int64, np.bool_
concat = concatenate = cat

# Methods that PyTorch has as functions too.
_ALSO_METHODS = (
    *("abs", "pow", "square", "clamp", "sum", "mean", "var", "std", "norm", "amax", "amin", "max", "min", "cumsum"),
    *("argmax", "argmin", "topk", "gather", "any", "all", "softmax", "log_softmax", "clone", "masked_fill"),
    *("reshape", "permute", "transpose", "swapaxes", "flatten", "squeeze", "unsqueeze", "flip"),
    *("split", "chunk", "unbind", "mm", "bmm", "add", "sub", "mul", "div", "neg", "eq", "ne", "lt", "le", "gt", "ge"),
)
globals().update({name: getattr(Tensor, name) for name in _ALSO_METHODS})
device = str

__all__ = [name for name in globals() if not name.startswith("_") and name not in ("methods", "np")]
