"""Functions of tensors, in the words of ``torch.nn.functional``: layers without state, activations, losses.

What is here checks what it is given and says what is wrong with it; the calculus is in `groundup.ops` and, fused, in
`groundup.kernels`.
"""

import math
from typing import Any

import numpy as np

from groundup import ops
from groundup.kernels import activations, attention, conv, losses, norm, pool, recurrent
from groundup.kernels import gelu as gelu_kernel
from groundup.kernels import softmax as _softmax
from groundup.kernels.embedding import Embedding
from groundup.kernels.linear import Linear
from groundup.random import generator
from groundup.tensor import Tensor, as_tensor, no_grad

Pair = int | tuple[int, int]


# Linear ---------------------------------------------------------------------------------------------------------------


def linear(x: Any, weight: Any, bias: Any = None) -> Tensor:
    """x Wᵀ + b.

    Args:
        x: (..., in).
        weight: (out, in).
        bias: (out,) or None.

    Returns:
        (..., out).

    Raises:
        ValueError: the lengths do not fit.
    """
    x, weight = as_tensor(x), as_tensor(weight)
    if weight.ndim != 2 or x.ndim == 0 or x.shape[-1] != weight.shape[1]:
        raise ValueError(
            f"linear wants x (..., in) and weight (out, in) and got {x.shape} and {weight.shape}: the last lengths "
            "must be equal. Is x to be flattened first, or the layer to be made with another in_features?"
        )
    return Linear.apply(x, weight) if bias is None else Linear.apply(x, weight, bias)


def embedding(index: Any, weight: Any, padding_idx: int | None = None) -> Tensor:
    """Rows of a table.

    Args:
        index: whole numbers, any shape.
        weight: (rows, E).
        padding_idx: a row that gets no gradient.

    Returns:
        (*index.shape, E).

    Raises:
        ValueError: an index is not a whole number, or no row of the table.
    """
    index, weight = _array(index), as_tensor(weight)
    if index.dtype.kind not in "iu":
        raise ValueError(f"embedding wants whole numbers as index and got {index.dtype}: say .long() first.")
    rows = weight.shape[0]
    _refuse_outside("embedding", "index", index, index < 0, index >= rows, f"the table has rows 0 to {rows - 1}")
    return Embedding.apply(weight, index=index, padding_idx=padding_idx)


# Convolution ----------------------------------------------------------------------------------------------------------


def conv2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Pair = 1,
    padding: Pair | str = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Correlate images with kernels (what everybody calls convolution).

    Args:
        x: (N, C, H, W), or (C, H, W).
        weight: (F, C/groups, kh, kw).
        bias: (F,) or None.
        stride: step of the kernel, a number or (height, width).
        padding: zeros around, a number or (height, width), or "valid" (none) or "same" (as much as keeps H and W).
        dilation: distance of the kernel's points.
        groups: into how many parts the channels are split, each with kernels of its own.

    Returns:
        (N, F, Ho, Wo) with Ho = (H + 2·padding − dilation·(kh − 1) − 1) // stride + 1, or (F, Ho, Wo).

    Raises:
        ValueError: shapes do not fit.
    """
    x, weight = as_tensor(x), as_tensor(weight)
    if x.ndim == 3:
        return conv2d(x.unsqueeze(0), weight, bias, stride, padding, dilation, groups).squeeze(0)
    _fit_conv("conv2d", x, weight, bias, groups, 4)
    stride, dilation = _pair("stride", stride), _pair("dilation", dilation)
    if isinstance(padding, str):
        x, padding = _pad_by_name("conv2d", x, padding, weight.shape[2:], stride, dilation)
    geometry = conv.Geometry(stride, _pair("padding", padding, least=0), dilation, groups)
    size = _size("conv2d", x.shape[2:], weight.shape[2:], *geometry[:3])
    parents = (x, weight) if bias is None else (x, weight, bias)
    return conv.Conv2d.apply(*parents, geometry=geometry, size=size)


def conv1d(
    x: Any, weight: Any, bias: Any = None, stride: int = 1, padding: int | str = 0, dilation: int = 1, groups: int = 1
) -> Tensor:
    """`conv2d` along one axis: x (N, C, L) with weight (F, C/groups, k) → (N, F, Lo).

    Raises:
        ValueError: shapes do not fit.
    """
    x, weight = as_tensor(x), as_tensor(weight)
    if x.ndim == 2:
        return conv1d(x.unsqueeze(0), weight, bias, stride, padding, dilation, groups).squeeze(0)
    _fit_conv("conv1d", x, weight, bias, groups, 3)
    stride, dilation = _pair("stride", stride, 1)[:1], _pair("dilation", dilation, 1)[:1]
    padding = padding if isinstance(padding, str) else (*_pair("padding", padding, 1, least=0), 0)
    wide = conv2d(
        x.unsqueeze(-1), weight.unsqueeze(-1), bias, (*stride, 1), padding, (*dilation, 1), groups
    )  # (N, F, Lo, 1)
    return wide.squeeze(-1)


def conv_transpose2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Pair = 1,
    padding: Pair = 0,
    output_padding: Pair = 0,
    groups: int = 1,
    dilation: Pair = 1,
) -> Tensor:
    """What `conv2d` does to gradients, done to images: it makes them larger by the stride.

    Args:
        x: (N, C, H, W), or (C, H, W).
        weight: (C, F/groups, kh, kw).
        bias: (F,) or None.
        stride: by how much it grows.
        padding: how much of the frame is cut off.
        output_padding: rows and columns added at the bottom and right, less than stride or dilation: several sizes
            shrink to the same under a stride, and this says which one is meant.
        groups: into how many parts the channels are split.
        dilation: distance of the kernel's points.

    Returns:
        (N, F, Ho, Wo) with Ho = (H − 1)·stride − 2·padding + dilation·(kh − 1) + output_padding + 1.

    Raises:
        ValueError: shapes do not fit.
    """
    x, weight = as_tensor(x), as_tensor(weight)
    if x.ndim == 3:
        x = x.unsqueeze(0)
        return conv_transpose2d(x, weight, bias, stride, padding, output_padding, groups, dilation).squeeze(0)
    _fit_conv_transpose(x, weight, bias, groups)
    stride, dilation = _pair("stride", stride), _pair("dilation", dilation)
    padding, extra = _pair("padding", padding, least=0), _pair("output_padding", output_padding, least=0)
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise ValueError(f"output_padding {extra} must be less than stride {stride} or dilation {dilation}.")
    size = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, s, p, d, k, e in zip(x.shape[2:], stride, padding, dilation, weight.shape[2:], extra, strict=True)
    )
    if min(size) < 1:
        raise ValueError(
            f"conv_transpose2d of {x.shape} would give images of {size}: less padding, or a larger kernel."
        )
    geometry = conv.Geometry(stride, padding, dilation, groups)
    parents = (x, weight) if bias is None else (x, weight, bias)
    return conv.ConvTranspose2d.apply(*parents, geometry=geometry, size=size)


def _fit_conv(name: str, x: Tensor, weight: Tensor, bias: Any, groups: int, ndim: int) -> None:
    axes = "N, C, H, W" if ndim == 4 else "N, C, L"
    if x.ndim != ndim or weight.ndim != ndim:
        raise ValueError(f"{name} wants x ({axes}) and a weight of {ndim} axes and got {x.shape} and {weight.shape}.")
    if groups < 1 or x.shape[1] != weight.shape[1] * groups or weight.shape[0] % groups:
        raise ValueError(
            f"{name} wants x with groups·weight.shape[1] channels and a multiple of groups kernels; with groups="
            f"{groups} and weight {weight.shape} that is {groups * weight.shape[1]} channels, and x is {x.shape}. The "
            "channels are its second axis."
        )
    _fit_bias(name, bias, weight.shape[0])


def _fit_conv_transpose(x: Tensor, weight: Tensor, bias: Any, groups: int) -> None:
    if x.ndim != 4 or weight.ndim != 4 or x.shape[1] != weight.shape[0] or groups < 1 or x.shape[1] % groups:
        raise ValueError(
            "conv_transpose2d wants x (N, C, H, W) and weight (C, F/groups, kh, kw) with C a multiple of groups and "
            f"got {x.shape}, {weight.shape}, groups={groups}."
        )
    _fit_bias("conv_transpose2d", bias, weight.shape[1] * groups)


def _fit_bias(name: str, bias: Any, n: int) -> None:
    if bias is not None and as_tensor(bias).shape != (n,):
        raise ValueError(f"{name} wants a bias of shape ({n},), one for each kernel, and got {as_tensor(bias).shape}.")


def _pair(name: str, value: Any, n: int = 2, least: int = 1) -> tuple[int, ...]:
    pair = tuple(value) if isinstance(value, tuple | list) else (value,) * n
    if len(pair) != n or not all(isinstance(v, int | np.integer) and v >= least for v in pair):
        raise ValueError(f"{name} wants a whole number of at least {least}, or {n} of them, and got {value!r}.")
    return tuple(int(v) for v in pair)


def _pad_by_name(name: str, x: Tensor, padding: str, kernel: tuple, stride: tuple, dilation: tuple) -> tuple:
    if padding == "valid":
        return x, (0, 0)
    if padding != "same" or stride != (1, 1):
        raise ValueError(
            f'{name} wants padding as a number, a pair, "valid", or "same" with stride 1, and got {padding!r} with '
            f"stride {stride}."
        )
    total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    before = tuple(t // 2 for t in total)
    if any(t % 2 for t in total):  # one more at the end, which only an explicit frame can say
        h, w = ((b, t - b) for b, t in zip(before, total, strict=True))
        return pad(x, (*w, *h)), (0, 0)
    return x, before


def _size(name: str, size: tuple, kernel: tuple, stride: tuple, padding: tuple, dilation: tuple) -> tuple[int, int]:
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    room = [n + 2 * p - s for n, p, s in zip(size, padding, spans, strict=True)]
    if min(room) < 0:
        raise ValueError(
            f"{name}: a kernel that spans {tuple(spans)} does not fit into images of {tuple(size)} with padding "
            f"{padding}: take a smaller kernel or more padding."
        )
    return tuple(r // s + 1 for r, s in zip(room, stride, strict=True))


# Pooling --------------------------------------------------------------------------------------------------------------


def max_pool2d(x: Any, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0) -> Tensor:
    """The largest of each window.

    Args:
        x: (N, C, H, W), or (C, H, W).
        kernel_size: of the window, a number or (height, width).
        stride: step of the window; None means kernel_size.
        padding: frame of −inf, at most half a window.

    Returns:
        (N, C, Ho, Wo). Where several are the largest, the gradient goes to the first.

    Raises:
        ValueError: shapes do not fit.
    """
    return _pool("max_pool2d", pool.MaxPool2d, x, kernel_size, stride, padding)


def avg_pool2d(x: Any, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0) -> Tensor:
    """The mean of each window, a frame of zeros included; arguments as for `max_pool2d`."""
    return _pool("avg_pool2d", pool.AvgPool2d, x, kernel_size, stride, padding)


def _pool(name: str, function: Any, x: Any, kernel: Any, stride: Any, padding: Any) -> Tensor:
    x = as_tensor(x)
    if x.ndim == 3:
        return _pool(name, function, x.unsqueeze(0), kernel, stride, padding).squeeze(0)
    if x.ndim != 4:
        raise ValueError(f"{name} wants images (N, C, H, W) and got {x.shape}.")
    kernel = _pair("kernel_size", kernel)
    stride = kernel if stride is None else _pair("stride", stride)
    padding = _pair("padding", padding, least=0)
    if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        raise ValueError(f"{name} wants padding of at most half the window, and got {padding} for {kernel}.")
    size = _size(name, x.shape[2:], kernel, stride, padding, (1, 1))
    return function.apply(x, kernel=kernel, stride=stride, padding=padding, size=size)


def adaptive_avg_pool2d(x: Any, output_size: int | tuple[int | None, int | None]) -> Tensor:
    """Means over windows that are laid so that a given number of them comes out.

    Output i of n takes rows from ⌊i·H/n⌋ up to ⌈(i + 1)·H/n⌉; columns alike. That is a product with a matrix of
    shares on each side.

    Args:
        x: (..., H, W).
        output_size: a number, or (height, width); None keeps a length.

    Returns:
        (..., height, width).

    Raises:
        ValueError: x has fewer than 3 axes, or the size is not one.
    """
    x = as_tensor(x)
    if x.ndim < 3:
        raise ValueError(f"adaptive_avg_pool2d wants images (N, C, H, W) and got {x.shape}.")
    wanted = tuple(output_size) if isinstance(output_size, tuple | list) else (output_size, output_size)
    wanted = _pair("output_size", tuple(n if w is None else w for w, n in zip(wanted, x.shape[-2:], strict=True)))
    rows, cols = (Tensor._of(_shares(n, m, x.dtype)) for n, m in zip(x.shape[-2:], wanted, strict=True))
    return rows @ (x @ cols.T)


def _shares(n: int, m: int, dtype: np.dtype) -> np.ndarray:
    """(m, n): row i holds 1/length over window i of m over n places."""
    matrix = np.zeros((m, n), dtype)
    for i in range(m):
        start, end = i * n // m, -((-(i + 1) * n) // m)
        matrix[i, start:end] = 1 / (end - start)
    return matrix


def pad(x: Any, widths: tuple[int, ...], mode: str = "constant", value: float = 0.0) -> Tensor:
    """A frame of a constant.

    Args:
        x: any shape.
        widths: (before, after) of the last axis, then of the one before it, and so on; negative widths cut.
        mode: only "constant".
        value: what the frame holds.

    Returns:
        The padded tensor.

    Raises:
        ValueError: another mode, or widths that do not pair up with axes.
    """
    x = as_tensor(x)
    if mode != "constant" or len(widths) % 2 or len(widths) > 2 * x.ndim:
        raise ValueError(
            f"pad wants mode 'constant' and two widths for each of up to {x.ndim} axes, the last axis first, and got "
            f"mode {mode!r} and widths {tuple(widths)}."
        )
    pairs = [(0, 0)] * (x.ndim - len(widths) // 2) + list(zip(widths[::2], widths[1::2], strict=True))[::-1]
    if any(w < 0 for pair in pairs for w in pair):
        cut = tuple(slice(max(0, -b), n - max(0, -a)) for (b, a), n in zip(pairs, x.shape, strict=True))
        x, pairs = x[cut], [(max(0, b), max(0, a)) for b, a in pairs]
    return ops.Pad.apply(x, widths=pairs, value=value)


# Normalisation --------------------------------------------------------------------------------------------------------


def batch_norm(
    x: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise each channel over the batch and all places (Ioffe and Szegedy 2015).

    Args:
        x: (N, C) or (N, C, ...).
        running_mean, running_var: (C,) tensors or arrays, or None; changed in place in training:
            (1 − momentum)·old + momentum·new, with the variance that has n − 1 below the line.
        weight, bias: (C,) or None.
        training: normalise with the batch's statistics, else with the running ones.
        momentum: of the running statistics.
        eps: added to the variance.

    Returns:
        As x.

    Raises:
        ValueError: shapes do not fit, or there is one value a channel in training.
    """
    x = as_tensor(x)
    if x.ndim < 2:
        raise ValueError(f"batch_norm wants x (N, C, ...) and got {x.shape}.")
    for name, part in (
        ("running_mean", running_mean),
        ("running_var", running_var),
        ("weight", weight),
        ("bias", bias),
    ):
        if part is not None and as_tensor(part).shape != (x.shape[1],):
            raise ValueError(
                f"batch_norm wants {name} of shape ({x.shape[1]},), one for each channel of x {x.shape}, and got "
                f"{as_tensor(part).shape}."
            )
    along = (x.shape[1],) + (1,) * (x.ndim - 2)
    if training or running_mean is None:
        y = _batch_statistics(x, running_mean, running_var, momentum, eps)
    else:
        mean, var = as_tensor(running_mean).data.reshape(along), as_tensor(running_var).data.reshape(along)
        y = (x - Tensor._of(mean.astype(x.dtype))) * Tensor._of((1 / np.sqrt(var + eps)).astype(x.dtype))
    y = y if weight is None else y * as_tensor(weight).reshape(along)
    return y if bias is None else y + as_tensor(bias).reshape(along)


def _batch_statistics(x: Tensor, running_mean: Any, running_var: Any, momentum: float, eps: float) -> Tensor:
    n = x.numel() // max(1, x.shape[1])
    if n == 1:
        raise ValueError(
            f"batch_norm wants more than one value for each channel in training and got {x.shape}: a single value has "
            "no spread. Take a larger batch, or .eval()."
        )
    axis = (0, *range(2, x.ndim))
    # Added up in float64: all numbers of a channel hang on these two.
    mean = x.data.mean(axis=axis, keepdims=True, dtype=np.float64)
    var = np.square(x.data - mean.astype(x.dtype)).mean(axis=axis, keepdims=True, dtype=np.float64)
    if running_mean is not None and n:
        _move(running_mean, mean.reshape(-1), momentum)
        _move(running_var, var.reshape(-1) * (n / (n - 1)), momentum)
    return norm.Normalize.apply(x, mean=mean, var=var, axis=axis, eps=eps)


def _move(running: Any, new: np.ndarray, momentum: float) -> None:
    old = running.data if isinstance(running, Tensor) else running
    moved = (1 - momentum) * old + momentum * new
    if isinstance(running, Tensor):
        with no_grad():
            running.copy_(moved)
    else:
        running[...] = moved


def layer_norm(x: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """Normalise each sample over its last axes (Ba et al. 2016).

    Args:
        x: (..., *normalized_shape).
        normalized_shape: a number or a tuple.
        weight, bias: of normalized_shape, or None.
        eps: added to the variance.

    Returns:
        As x.

    Raises:
        ValueError: shapes do not fit.
    """
    x = as_tensor(x)
    shape = (normalized_shape,) if isinstance(normalized_shape, int | np.integer) else tuple(normalized_shape)
    if not shape or x.shape[-len(shape) :] != shape:
        raise ValueError(f"layer_norm wants x (..., {', '.join(map(str, shape))}) and got {x.shape}.")
    for name, part in (("weight", weight), ("bias", bias)):
        if part is not None and as_tensor(part).shape != shape:
            raise ValueError(f"layer_norm wants {name} of shape {shape} and got {as_tensor(part).shape}.")
    weight = Tensor._of(np.ones(shape, x.dtype)) if weight is None else as_tensor(weight)
    bias = Tensor._of(np.zeros(shape, x.dtype)) if bias is None else as_tensor(bias)
    n = math.prod(shape)
    rows = x if x.ndim == 2 and len(shape) == 1 else x.reshape(x.numel() // max(1, n), n)
    y = norm.LayerNorm.apply(rows, weight.reshape(n), bias.reshape(n), eps=eps)
    return y.reshape(x.shape)


def normalize(x: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """x over its p-norm along an axis, or over eps where that is smaller."""
    x = as_tensor(x)
    length = (x * x).sum(dim, keepdim=True).sqrt() if p == 2 else (x.abs() ** p).sum(dim, keepdim=True) ** (1 / p)
    return x / length.clamp(min=eps)


def dropout(x: Any, p: float = 0.5, training: bool = True, *, rng: np.random.Generator | None = None) -> Tensor:
    """Zero each number with probability p and divide the others by 1 − p (Srivastava et al. 2014).

    Args:
        x: any shape.
        p: the probability of being dropped, from 0 to 1.
        training: otherwise x is returned as it is.
        rng: what to draw from; None means the generator of `groundup.random`.

    Returns:
        As x.

    Raises:
        ValueError: p is no probability.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout wants p from 0 to 1, the probability of being dropped, and got {p}.")
    x = as_tensor(x)
    return x * Tensor._of(_keep(x.shape, p, x.dtype, rng)) if training and p else x


def _keep(shape: tuple, p: float, dtype: np.dtype, rng: np.random.Generator | None) -> np.ndarray:
    """0 with probability p, else 1/(1 − p)."""
    kept = generator(rng).random(shape, dtype=np.float32) >= p
    return kept * dtype.type(1 / (1 - p) if p < 1 else 0)


# Activations ----------------------------------------------------------------------------------------------------------


def relu(x: Any) -> Tensor:
    """max(0, x)."""
    return ops.relu(x)


def sigmoid(x: Any) -> Tensor:
    """1/(1 + e⁻ˣ)."""
    return ops.sigmoid(x)


def tanh(x: Any) -> Tensor:
    """Hyperbolic tangent."""
    return ops.tanh(x)


def leaky_relu(x: Any, negative_slope: float = 0.01) -> Tensor:
    """x where positive, else negative_slope·x."""
    return activations.LeakyRelu.apply(_floats("leaky_relu", x), negative_slope=negative_slope)


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """x where positive, else α(eˣ − 1)."""
    return activations.Elu.apply(_floats("elu", x), alpha=alpha)


def silu(x: Any) -> Tensor:
    """x·sigmoid(x), also called swish."""
    return activations.Silu.apply(_floats("silu", x))


def gelu(x: Any, approximate: str = "none") -> Tensor:
    """x·Φ(x), with Φ the normal distribution function.

    Args:
        x: floats of any shape.
        approximate: "none", or "tanh" for the formula of GPT-2.

    Returns:
        As x.

    Raises:
        ValueError: another word.
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f'gelu wants approximate="none" or "tanh" and got {approximate!r}.')
    function = gelu_kernel.Gelu if approximate == "none" else gelu_kernel.GeluTanh
    return function.apply(_floats("gelu", x))


def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """ln(1 + e^(βx))/β; x itself where βx > threshold."""
    return activations.Softplus.apply(_floats("softplus", x), beta=beta, threshold=threshold)


def softmax(x: Any, dim: int) -> Tensor:
    """eˣ / Σ eˣ along an axis."""
    return _softmax.Softmax.apply(_along("softmax", x, dim), axis=dim)


def log_softmax(x: Any, dim: int) -> Tensor:
    """ln softmax along an axis, without overflow."""
    return _softmax.LogSoftmax.apply(_along("log_softmax", x, dim), axis=dim)


def _along(name: str, x: Any, dim: int) -> Tensor:
    x = _floats(name, x)
    if x.ndim and not -x.ndim <= dim < x.ndim:
        raise ValueError(f"{name} wants dim from {-x.ndim} to {x.ndim - 1} for shape {x.shape} and got {dim}.")
    return x if x.ndim else x.reshape(1)


def _floats(name: str, x: Any) -> Tensor:
    x = as_tensor(x)
    if x.dtype.kind != "f":
        raise ValueError(f"{name} wants floats and got {x.dtype}: say .float() first.")
    return x


def one_hot(index: Any, num_classes: int = -1) -> Tensor:
    """Rows of zeros with a 1 at the index.

    Args:
        index: whole numbers, any shape.
        num_classes: how long the rows are; −1 means the largest index and one more.

    Returns:
        int64, (*index.shape, num_classes).

    Raises:
        ValueError: an index is no class.
    """
    index = _array(index)
    if index.dtype.kind not in "iu":
        raise ValueError(f"one_hot wants whole numbers and got {index.dtype}: say .long() first.")
    n = int(index.max()) + 1 if num_classes == -1 and index.size else num_classes
    _refuse_outside("one_hot", "index", index, index < 0, index >= n, f"there are classes 0 to {n - 1}")
    return Tensor._of((index[..., None] == np.arange(n)).astype(np.int64))


# Attention ------------------------------------------------------------------------------------------------------------


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    rng: np.random.Generator | None = None,
) -> Tensor:
    """softmax(query · keyᵀ · scale + mask) · value (Vaswani et al. 2017).

    Args:
        query: (..., L, E).
        key: (..., S, E).
        value: (..., S, Ev).
        attn_mask: broadcasts to (..., L, S). Truth values: True where a query may attend. Floats: added before softmax.
        dropout_p: of the weights.
        is_causal: query i attends to keys 0 to i only; excludes attn_mask.
        scale: None means 1/√E.
        rng: for dropout.

    Returns:
        (..., L, Ev); zeros for a query that may attend to nothing.

    Raises:
        ValueError: shapes do not fit, or there is a mask as well as is_causal.
    """
    q, k, v = (_floats("scaled_dot_product_attention", t) for t in (query, key, value))
    _fit_attention(q, k, v)
    shape = (*np.broadcast_shapes(q.shape[:-2], k.shape[:-2]), q.shape[-2], k.shape[-2])
    bias, allowed = _masks(attn_mask, is_causal, shape)
    keep = _keep(shape, dropout_p, q.dtype, rng) if dropout_p else None
    parents = (q, k, v) if bias is None else (q, k, v, bias)
    return attention.Attention.apply(*parents, scale=_scale(scale, q.shape[-1]), allowed=allowed, keep=keep)


def self_attention(
    qkv: Any,
    heads: int,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    rng: np.random.Generator | None = None,
) -> Tensor:
    """`scaled_dot_product_attention` of a sequence to itself in several heads, without turning anything round.

    Args:
        qkv: (N, L, 3·E): queries, keys and values of all heads side by side, as one linear layer gives them.
        heads: how many; E is a multiple of it.
        attn_mask, dropout_p, is_causal, scale, rng: as there, the mask being truth values.

    Returns:
        (N, L, E), the heads' results side by side.

    Raises:
        ValueError: shapes do not fit, or there is a mask as well as is_causal.
    """
    qkv = _floats("self_attention", qkv)
    if qkv.ndim != 3 or heads < 1 or qkv.shape[-1] % (3 * heads):
        raise ValueError(
            f"self_attention wants qkv (N, L, 3·E) with E a multiple of {heads} heads and got {qkv.shape}."
        )
    n, length, width = qkv.shape
    bias, allowed = _masks(attn_mask, is_causal, (n, heads, length, length))
    if bias is not None:
        raise ValueError("self_attention wants a mask of truth values; scaled_dot_product_attention takes floats too.")
    keep = _keep((n, heads, length, length), dropout_p, qkv.dtype, rng) if dropout_p else None
    scale = _scale(scale, width // 3 // heads)
    return attention.SelfAttention.apply(qkv, heads=heads, scale=scale, allowed=allowed, keep=keep)


def _scale(scale: float | None, width: int) -> float:
    return 1 / math.sqrt(max(1, width)) if scale is None else scale


def _fit_attention(q: Tensor, k: Tensor, v: Tensor) -> None:
    fits = min(q.ndim, k.ndim, v.ndim) >= 2 and q.shape[-1] == k.shape[-1] and k.shape[-2] == v.shape[-2]
    try:
        np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            "scaled_dot_product_attention wants query (..., L, E), key (..., S, E) and value (..., S, Ev) and got "
            f"{q.shape}, {k.shape}, {v.shape}. Are the heads an axis of their own, before the time?"
        )


def _masks(mask: Any, is_causal: bool, shape: tuple) -> tuple[Tensor | None, np.ndarray | None]:
    """What is added to the scores, and where they are allowed; None for what there is none of."""
    if is_causal and mask is not None:
        raise ValueError("attention wants attn_mask or is_causal=True, not both: put both into the mask.")
    if is_causal:
        return None, np.tri(*shape[-2:], dtype=bool)
    if mask is None:
        return None, None
    mask = as_tensor(mask)
    try:
        np.broadcast_to(mask.data, shape)
    except ValueError:
        raise ValueError(f"attn_mask of shape {mask.shape} does not broadcast to (..., L, S) = {shape}.") from None
    if mask.dtype.kind not in "fb":
        raise ValueError(f"attn_mask wants truth values or floats and got {mask.dtype}; say mask != 0 for the former.")
    return (mask, None) if mask.dtype.kind == "f" else (None, mask.data)


# Recurrent layers, one layer and direction ----------------------------------------------------------------------------


def rnn(
    x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None, nonlinearity: str = "tanh"
) -> tuple[Tensor, Tensor]:
    """h = tanh(W_ih x + b_ih + W_hh h + b_hh), step by step (Elman 1990).

    Args:
        x: (L, N, input).
        h0: (N, H), or None for zeros.
        w_ih: (H, input).
        w_hh: (H, H).
        b_ih, b_hh: (H,), or None.
        nonlinearity: "tanh" or "relu".

    Returns:
        All states (L, N, H), and the last (N, H).

    Raises:
        ValueError: shapes do not fit, or another nonlinearity.
    """
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f'rnn wants nonlinearity "tanh" or "relu" and got {nonlinearity!r}.')
    parents = _recurrent("rnn", 1, x, (h0,), w_ih, w_hh, b_ih, b_hh)
    states = recurrent.Rnn.apply(*parents, nonlinearity=nonlinearity)
    return states, states[-1] if len(states) else parents[1]


def gru(x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> tuple[Tensor, Tensor]:
    """Gated recurrent unit, gates in the order r, z, n (Cho et al. 2014).

    Args:
        x: (L, N, input).
        h0: (N, H), or None for zeros.
        w_ih: (3·H, input).
        w_hh: (3·H, H).
        b_ih, b_hh: (3·H,), or None.

    Returns:
        All states (L, N, H), and the last (N, H).

    Raises:
        ValueError: shapes do not fit.
    """
    parents = _recurrent("gru", 3, x, (h0,), w_ih, w_hh, b_ih, b_hh)
    states = recurrent.Gru.apply(*parents)
    return states, states[-1] if len(states) else parents[1]


def lstm(
    x: Any, state: tuple[Any, Any] | None, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Long short-term memory, gates in the order i, f, g, o (Hochreiter and Schmidhuber 1997).

    Args:
        x: (L, N, input).
        state: (h0, c0), (N, H) each, or None for zeros.
        w_ih: (4·H, input).
        w_hh: (4·H, H).
        b_ih, b_hh: (4·H,), or None.

    Returns:
        All states (L, N, H), and the last ones (h, c), (N, H) each.

    Raises:
        ValueError: shapes do not fit.
    """
    parents = _recurrent("lstm", 4, x, (None, None) if state is None else tuple(state), w_ih, w_hh, b_ih, b_hh)
    out = recurrent.Lstm.apply(*parents)  # (L + 1, N, H), the last cell below the states
    states = out[:-1]
    return states, (states[-1] if len(states) else parents[1], out[-1])


def _recurrent(name: str, gates: int, x: Any, state: tuple, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> tuple:
    """All as tensors, with zeros for what is None."""
    x, w_ih, w_hh = _floats(name, x), as_tensor(w_ih), as_tensor(w_hh)
    size = w_hh.shape[-1]
    if x.ndim != 3 or w_ih.shape != (gates * size, x.shape[-1]) or w_hh.shape != (gates * size, size):
        raise ValueError(
            f"{name} wants x (L, N, input), w_ih ({gates}·H, input) and w_hh ({gates}·H, H) and got {x.shape}, "
            f"{w_ih.shape} and {w_hh.shape}. Is x to be turned so that time is its first axis?"
        )
    wanted = [(x.shape[1], size)] * len(state) + [(gates * size,)] * 2
    rest = []
    for part, shape in zip((*state, b_ih, b_hh), wanted, strict=True):
        part = Tensor._of(np.zeros(shape, x.dtype)) if part is None else as_tensor(part)
        if part.shape != shape:
            raise ValueError(f"{name} wants states of shape {wanted[0]} and biases {wanted[-1]} and got {part.shape}.")
        rest.append(part)
    return (x, *rest[: len(state)], w_ih, w_hh, *rest[len(state) :])


# Losses ---------------------------------------------------------------------------------------------------------------


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """−ln softmax(input) at the target: how surprised the model is by what was.

    Args:
        input: (N, C), (C,) or (N, C, d1, ...): scores before softmax.
        target: classes, whole numbers of shape (N,), () or (N, d1, ...); or probabilities, floats of input's shape.
        weight: (C,), of the classes.
        ignore_index: a class number whose places count for nothing.
        reduction: "mean" (over what counts, weighted), "sum" or "none".
        label_smoothing: this much of each target is shared out evenly over all classes.

    Returns:
        A number, or for "none" one for each place.

    Raises:
        ValueError: shapes do not fit, or a target is no class; says which.
    """
    input, reduction = _floats("cross_entropy", input), _reduction("cross_entropy", reduction)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"cross_entropy wants label_smoothing from 0 to 1 and got {label_smoothing}.")
    rows = _as_rows("cross_entropy", input)  # (M, C)
    weight = _class_weight("cross_entropy", weight, rows)
    soft = target if isinstance(target, Tensor) else as_tensor(target)
    if soft.dtype.kind == "f":
        return _soft_cross_entropy(input, rows, soft, weight, reduction, label_smoothing)
    target, kept = _classes("cross_entropy", input, soft.data, ignore_index)
    loss = losses.CrossEntropy.apply(
        rows, target=target, kept=kept, weight=weight, smoothing=rows.dtype.type(label_smoothing)
    )
    return _reduce(loss, reduction, soft.shape, (kept * weight[target]).sum())


def _soft_cross_entropy(
    input: Tensor, rows: Tensor, target: Tensor, weight: np.ndarray, reduction: str, smoothing: float
) -> Tensor:
    if target.shape != input.shape:
        raise ValueError(
            f"cross_entropy wants targets that are floats, probabilities, in input's shape {input.shape} and got "
            f"{target.shape}. For class numbers say .long()."
        )
    q = _as_rows("cross_entropy", target)
    q = (q * (1 - smoothing) + smoothing / rows.shape[1] if smoothing else q) * Tensor._of(weight)
    places = input.shape[:1] + input.shape[2:] if input.ndim > 1 else ()
    return _reduce(losses.SoftCrossEntropy.apply(rows, q), reduction, places, rows.shape[0])


def nll_loss(input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean") -> Tensor:
    """−input at the target, for logarithms of probabilities; arguments as for `cross_entropy`."""
    input, reduction = _floats("nll_loss", input), _reduction("nll_loss", reduction)
    rows = _as_rows("nll_loss", input)
    weight, shape = _class_weight("nll_loss", weight, rows), _array(target).shape
    target, kept = _classes("nll_loss", input, _array(target), ignore_index)
    w = kept * weight[target]
    taken = rows[np.arange(len(target)), target]
    return _reduce(-_where_kept(taken, kept) * Tensor._of(w), reduction, shape, w.sum())


def _where_kept(x: Tensor, kept: np.ndarray) -> Tensor:
    """x, and 0 where it is not kept: even infinity."""
    return x if kept.all() else ops.where(kept, x, 0.0)


def _as_rows(name: str, x: Tensor) -> Tensor:
    """(N, C), (C,) or (N, C, d1, ...) → (M, C)."""
    if x.ndim == 0:
        raise ValueError(f"{name} wants scores (N, C) or (N, C, d1, ...) and got a single number.")
    if x.ndim == 1:
        return x.unsqueeze(0)
    if x.ndim == 2:
        return x
    x = x.permute(0, *range(2, x.ndim), 1)
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def _class_weight(name: str, weight: Any, rows: Tensor) -> np.ndarray:
    if weight is None:
        return np.ones(rows.shape[1], rows.dtype)
    weight = _array(weight).astype(rows.dtype, copy=False)
    if weight.shape != (rows.shape[1],):
        raise ValueError(f"{name} wants a weight for each of {rows.shape[1]} classes and got shape {weight.shape}.")
    return weight


def _classes(name: str, input: Tensor, target: np.ndarray, ignore_index: int) -> tuple[np.ndarray, np.ndarray]:
    """Targets as (M,) with 0 where they are ignored, and where they are kept."""
    wanted = () if input.ndim == 1 else (input.shape[0], *input.shape[2:])
    if target.dtype.kind not in "iu" or target.shape != wanted:
        raise ValueError(
            f"{name} with input {input.shape} wants class numbers (whole numbers) of shape {wanted} and got "
            f"{target.dtype} of shape {target.shape}. The classes are input's "
            f"{'only' if input.ndim == 1 else 'second'} axis."
        )
    kept, classes = target != ignore_index, input.shape[0 if input.ndim == 1 else 1]
    _refuse_outside(
        name, "target", target, (target < 0) & kept, (target >= classes) & kept, f"the classes are 0 to {classes - 1}"
    )
    target = np.where(kept, target, 0).astype(np.intp, copy=False)
    return target.reshape(-1), kept.reshape(-1)


def _refuse_outside(name: str, what: str, values: np.ndarray, low: Any, high: Any, allowed: str) -> None:
    outside = low | high
    if outside.any():
        first = tuple(int(i) for i in np.argwhere(outside)[0])
        place = first[0] if len(first) == 1 else first
        raise ValueError(
            f"{name}: {what}[{place}] is {values[first]}, and {allowed}. {int(outside.sum())} of {values.size} are "
            "outside."
        )


def _reduction(name: str, reduction: str) -> str:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f'{name} wants reduction "mean", "sum" or "none" and got {reduction!r}.')
    return reduction


def _reduce(loss: Tensor, reduction: str, shape: tuple, count: Any) -> Tensor:
    """(M,) as a number, or in the places' shape."""
    if reduction == "none":
        return loss.reshape(shape)
    if reduction == "sum":
        return loss.sum()
    if not count:
        return loss.sum() * np.nan  # the mean of nothing, as PyTorch has it
    return loss.sum() / Tensor._of(np.asarray(count, loss.dtype))


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Tensor:
    """(input − target)².

    Args:
        input, target: of one shape.
        reduction: "mean", "sum" or "none".

    Returns:
        A number, or for "none" one for each place.

    Raises:
        ValueError: two shapes.
    """
    off = _difference("mse_loss", input, target)
    return _mean_or_sum("mse_loss", off * off, reduction)


def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Tensor:
    """|input − target|; arguments as for `mse_loss`."""
    return _mean_or_sum("l1_loss", _difference("l1_loss", input, target).abs(), reduction)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """d²/2 up to |d| = delta, beyond it delta·(|d| − delta/2): outliers pull with constant force (Huber 1964)."""
    if not delta > 0:
        raise ValueError(f"huber_loss wants delta above 0 and got {delta}.")
    off = _difference("huber_loss", input, target)
    size = off.abs()
    return _mean_or_sum(
        "huber_loss", ops.where(size.data < delta, 0.5 * off * off, delta * (size - 0.5 * delta)), reduction
    )


def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """`huber_loss` with delta = beta, divided by it: d²/(2·beta) up to |d| = beta, beyond it |d| − beta/2."""
    if beta == 0:
        return l1_loss(input, target, reduction)
    return huber_loss(input, target, reduction, beta) / beta


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Tensor:
    """−(t·ln σ(x) + (1 − t)·ln(1 − σ(x))), computed from the score x so that nothing overflows.

    Args:
        input: scores, any shape.
        target: probabilities of yes, of the same shape.
        weight: of each place; broadcasts.
        reduction: "mean", "sum" or "none".
        pos_weight: how much more a yes counts; broadcasts.

    Returns:
        A number, or for "none" one for each place.

    Raises:
        ValueError: two shapes.
    """
    x, t = _same("binary_cross_entropy_with_logits", input, target)
    yes = 1.0 if pos_weight is None else 1.0 + (as_tensor(pos_weight) - 1.0) * t
    loss = (1.0 - t) * x + yes * softplus(-x, threshold=np.inf)
    return _mean_or_sum(
        "binary_cross_entropy_with_logits", loss if weight is None else loss * as_tensor(weight), reduction
    )


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Tensor:
    """−(t·ln p + (1 − t)·ln(1 − p)); logarithms stop at −100. Better: the one with logits.

    Raises:
        ValueError: two shapes, or an input that is no probability.
    """
    p, t = _same("binary_cross_entropy", input, target)
    outside = "probabilities are from 0 to 1: put a sigmoid before, or take binary_cross_entropy_with_logits"
    _refuse_outside("binary_cross_entropy", "input", p.data, ~(p.data >= 0), p.data > 1, outside)
    loss = losses.BinaryCrossEntropy.apply(p, t)
    return _mean_or_sum("binary_cross_entropy", loss if weight is None else loss * as_tensor(weight), reduction)


def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """t·(ln t − input): how far the distribution whose logarithm is input lies from t (Kullback and Leibler 1951).

    Args:
        input: logarithms of probabilities, any shape.
        target: probabilities, or their logarithms with log_target; of the same shape.
        reduction: "batchmean" (the sum over the batch's length, which is the divergence), "mean" over all numbers,
            "sum" or "none".
        log_target: whether target holds logarithms.

    Returns:
        A number, or for "none" one for each place.

    Raises:
        ValueError: two shapes.
    """
    x, t = _same("kl_div", input, target)
    if log_target:
        loss = t.exp() * (t - x)
    else:
        positive = t.data > 0
        loss = ops.where(positive, t * ops.where(positive, t, 1.0).log(), 0.0) - t * x
    if reduction == "batchmean":
        return loss.sum() / max(1, x.shape[0] if x.ndim else 1)
    return _mean_or_sum("kl_div", loss, reduction)


def _difference(name: str, input: Any, target: Any) -> Tensor:
    input, target = _same(name, input, target)
    return input - target


def _same(name: str, input: Any, target: Any) -> tuple[Tensor, Tensor]:
    input, target = as_tensor(input), as_tensor(target)
    if input.shape != target.shape:
        raise ValueError(
            f"{name} wants input and target of one shape and got {input.shape} and {target.shape}; they would be "
            "stretched against each other, every one with every one. A .squeeze() or .unsqueeze(1) may be missing."
        )
    return input, target if target.dtype.kind == "f" else target.to(input.dtype)


def _mean_or_sum(name: str, loss: Tensor, reduction: str) -> Tensor:
    reduction = _reduction(name, reduction)
    return loss if reduction == "none" else loss.sum() if reduction == "sum" else _mean(loss)


def _mean(loss: Tensor) -> Tensor:
    with np.errstate(divide="ignore", invalid="ignore"):
        return loss.sum() / Tensor._of(np.asarray(loss.numel(), loss.dtype))


def _array(x: Any) -> np.ndarray:
    return x.data if isinstance(x, Tensor) else np.asarray(x)
