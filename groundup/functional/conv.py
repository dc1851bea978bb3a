"""Convolution, its transpose, and padding."""

from typing import Any

from groundup import ops
from groundup.functional.given import Pair, pair, windows
from groundup.kernels import conv
from groundup.tensor import Tensor, as_tensor


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
    stride, dilation = pair("stride", stride), pair("dilation", dilation)
    if isinstance(padding, str):
        x, padding = _pad_by_name("conv2d", x, padding, weight.shape[2:], stride, dilation)
    geometry = conv.Geometry(stride, pair("padding", padding, least=0), dilation, groups)
    size = windows("conv2d", x.shape[2:], weight.shape[2:], *geometry[:3])
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
    stride, dilation = pair("stride", stride, 1)[:1], pair("dilation", dilation, 1)[:1]
    padding = padding if isinstance(padding, str) else (*pair("padding", padding, 1, least=0), 0)
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
    stride, dilation = pair("stride", stride), pair("dilation", dilation)
    padding, extra = pair("padding", padding, least=0), pair("output_padding", output_padding, least=0)
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
