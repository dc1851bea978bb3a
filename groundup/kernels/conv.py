"""Convolution as matrix products, with hardly any copying.

Inside, an image batch (N, C, H, W) lies as (groups, H, C/groups, W, N), the batch last, so that whatever is copied or
added moves in long runs. Only the windows along the width are written out, as `columns` (G, H, C/G·kw, Wo·N). A window
along the height is then a run of consecutive rows, so that the matrix which belongs to an output row is already there
in memory, overlapping the next one's (Cho and Brand 2017, "MEC: memory-efficient convolution").

The result is an (N, F, Ho, Wo) view of that order of memory. What follows, if it works number by number, keeps
the order, and the next convolution finds it as it needs it.
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from groundup.tensor import Function


class Geometry(NamedTuple):
    """How the kernel moves: a pair (height, width) each."""

    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int


def rows_first(x: np.ndarray, groups: int, padding: tuple[int, int] = (0, 0)) -> np.ndarray:
    """(N, C, H, W) → (G, H + 2·ph, C/G, W + 2·pw, N), with zeros around; no copy where it already lies so."""
    n, c, h, w = x.shape
    x = x.reshape(n, groups, c // groups, h, w).transpose(1, 3, 2, 4, 0)
    if padding == (0, 0):
        return np.ascontiguousarray(x)
    top, left = padding
    out = np.zeros((groups, h + 2 * top, c // groups, w + 2 * left, n), x.dtype)
    out[:, top : top + h, :, left : left + w] = x
    return out


def images(x: np.ndarray) -> np.ndarray:
    """(G, H, C/G, W, N) → (N, C, H, W), a view for one group."""
    g, h, c, w, n = x.shape
    return x.transpose(4, 0, 2, 1, 3).reshape(n, g * c, h, w)


def columns(x: np.ndarray, width: int, kernel: int, step: int, dilation: int) -> np.ndarray:
    """The windows along the width written out: (G, H, C/G, W, N) → (G, H, C/G, kw, Wo, N)."""
    if kernel == 1 and step == 1:
        return x[:, :, :, None, :width]
    out = np.empty((*x.shape[:3], kernel, width, x.shape[-1]), x.dtype)
    for j in range(kernel):
        start = j * dilation
        out[:, :, :, j] = x[:, :, :, start : start + (width - 1) * step + 1 : step]
    return out


def row_windows(cols: np.ndarray, height: int, kernel: int, step: int, dilation: int) -> np.ndarray:
    """The kh rows under each output row as one matrix: (G, H, R, S) → (G, Ho, kh·R, S), a view where rows follow."""
    g, _, r, s = cols.shape
    at = cols.strides
    windows = as_strided(cols, (g, height, kernel, r, s), (at[0], at[1] * step, at[1] * dilation, *at[2:]))
    return windows.reshape(g, height, kernel * r, s)


def convolve(x, weight, geometry, size):
    """The correlation of x (N, C, H, W) with weight (F, C/G, kh, kw), and the row windows for `weight_slope`."""
    (sh, sw), padding, (dh, dw), groups = geometry
    f, c, kh, kw = weight.shape
    cols = columns(rows_first(x, groups, padding), size[1], kw, sw, dw)
    cols = cols.reshape(*cols.shape[:2], c * kw, size[1] * len(x))
    windows = row_windows(cols, size[0], kh, sh, dh)  # (G, Ho, kh·C·kw, Wo·N)
    matrix = weight.reshape(groups, 1, f // groups, c, kh, kw).transpose(0, 1, 2, 4, 3, 5)
    out = matrix.reshape(groups, 1, f // groups, -1) @ windows  # (G, Ho, F/G, Wo·N)
    return out.reshape(groups, size[0], f // groups, size[1], len(x)), windows


def weight_slope(grad, windows, shape, groups):
    """dW = Σ over output rows of g · windowᵀ; grad as (G, Ho, F/G, Wo·N)."""
    f, c, kh, kw = shape
    dw = (grad @ windows.swapaxes(-1, -2)).sum(axis=1)  # (G, F/G, kh·C·kw)
    return np.ascontiguousarray(dw.reshape(f, kh, c, kw).transpose(0, 2, 1, 3))


def spread(grad, weight, geometry, size):
    """What `convolve` gathered, given back: grad (G, Ho, F/G, Wo, N) → (N, C, H, W).

    Row h of x was under the kernel's row i for output row (h − i·dh)/sh, so that its slope is again a product with a
    run of rows of grad, once these are pushed apart by the stride and framed with zeros. Only the windows along the
    width have to be added up one by one.
    """
    (sh, sw), (ph, pw), (dh, dw), groups = geometry
    f, c, kh, kw = weight.shape
    _, ho, _, wo, n = grad.shape
    h, w = size[0] + 2 * ph, size[1] + 2 * pw
    frame = (kh - 1) * dh
    apart = np.zeros((groups, h + frame, f // groups, wo * n), grad.dtype)
    apart[:, frame : frame + (ho - 1) * sh + 1 : sh] = grad.reshape(groups, ho, f // groups, wo * n)
    windows = row_windows(apart, h, kh, 1, dh)  # (G, H, kh·F/G, Wo·N), the kernel's last row first
    matrix = weight.reshape(groups, 1, f // groups, c, kh, kw).transpose(0, 1, 3, 5, 4, 2)[..., ::-1, :]
    cols = matrix.reshape(groups, 1, c * kw, kh * f // groups) @ windows
    cols = cols.reshape(groups, h, c, kw, wo, n)
    out = np.zeros((groups, h, c, w, n), grad.dtype)
    for j in range(kw):
        out[:, :, :, j * dw : j * dw + (wo - 1) * sw + 1 : sw] += cols[:, :, :, j]
    return images(out[:, ph : ph + size[0], :, pw : pw + size[1]])


class Conv2d(Function):
    """x (N, C, H, W) with weight (F, C/groups, kh, kw) → (N, F, Ho, Wo)."""

    def forward(self, x, weight, bias=None, *, geometry, size):
        out, windows = convolve(x, weight, geometry, size)
        if bias is not None:
            out += bias.reshape(geometry.groups, 1, -1, 1, 1)
        self.save(windows, weight, geometry, x.shape[2:])
        return images(out)

    def backward(self, grad):
        windows, weight, geometry, size = self.saved
        g = rows_first(grad, geometry.groups)
        flat = g.reshape(*g.shape[:3], -1)
        dx = spread(g, weight, geometry, size) if self.needs[0] else None
        dw = weight_slope(flat, windows, weight.shape, geometry.groups) if self.needs[1] else None
        db = flat.sum(axis=(1, 3)).reshape(-1) if len(self.needs) == 3 else None
        return (dx, dw, db)[: len(self.needs)]


class ConvTranspose2d(Function):
    """What Conv2d does backward, forward: x (N, F, H, W) with weight (F, C/groups, kh, kw) → (N, C, Ho, Wo)."""

    def forward(self, x, weight, bias=None, *, geometry, size):
        self.save(x, weight, geometry)
        out = spread(rows_first(x, geometry.groups), weight, geometry, size)
        if bias is not None:
            out += bias[:, None, None]
        return out

    def backward(self, grad):
        x, weight, geometry = self.saved
        dx, windows = convolve(grad, weight, geometry, x.shape[2:])
        g = rows_first(x, geometry.groups)
        dw = weight_slope(g.reshape(*g.shape[:3], -1), windows, weight.shape, geometry.groups)
        return (images(dx), dw, grad.sum(axis=(0, 2, 3)))[: len(self.needs)]
