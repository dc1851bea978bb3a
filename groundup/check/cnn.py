"""Chapter 07's exercises and questions."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from groundup import Tensor, nn, no_grad
from groundup.check import code, compare
from groundup.check.exercise import Exercise, Slope, Worked, chapter, suggest
from groundup.check.quiz import Question
from groundup.check.result import NOT_STARTED, PASSED, WRONG, Result
from groundup.check.table import table_of

# 7.1 ------------------------------------------------------------------------------------------------------------------

output_size = Exercise(
    title="How large is what comes out?",
    level="warm-up",
    minutes=4,
    reference=lambda n, kernel, stride, padding: (n + 2 * padding - kernel) // stride + 1,
    worked=Worked((7, 3, 2, 1), 4, "with its frame the row has 9 places; the kernel can begin at 0, 2, 4 and 6"),
    cases=lambda rng: [(28, 5, 1, 0), (12, 3, 2, 0), (10, 4, 3, 1), (224, 7, 2, 3), (9, 2, 4, 0), (11, 5, 1, 2)],
    edges={"the kernel fits once": (5, 5, 3, 0), "a kernel of one": (6, 1, 1, 0), "a step past the end": (8, 3, 3, 0)},
    mistakes={
        "One too few: the place where the kernel begins counts as well as the steps it takes from there.": (
            lambda n, kernel, stride, padding: (n + 2 * padding - kernel) // stride
        ),
        "There is a frame on both sides: the padding counts twice.": (
            lambda n, kernel, stride, padding: (n + padding - kernel) // stride + 1
        ),
        "Where is the padding? It makes the row longer before the kernel comes.": (
            lambda n, kernel, stride, padding: (n - kernel) // stride + 1
        ),
        "Half a step cannot be taken: a kernel that would reach over the edge is left out, so round down.": (
            lambda n, kernel, stride, padding: (n + 2 * padding - kernel) / stride + 1
        ),
        "You rounded up, so the last kernel reaches over the edge.": (
            lambda n, kernel, stride, padding: -(-(n + 2 * padding - kernel) // stride) + 1
        ),
        "The kernel's own length is missing: the last place where it can begin lies that much before the end.": (
            lambda n, kernel, stride, padding: (n + 2 * padding) // stride + 1
        ),
        "Only the steps are divided by the stride; the 1 for the first place is added afterwards.": (
            lambda n, kernel, stride, padding: (n + 2 * padding - kernel + 1) // stride
        ),
        "The stride is missing: this counts all places, not every second or third.": (
            lambda n, kernel, stride, padding: n + 2 * padding - kernel + 1
        ),
        "You divided the row before you took the kernel away. Bring the whole numerator under one division.": (
            lambda n, kernel, stride, padding: (n + 2 * padding) // stride - kernel + 1
        ),
        "The padding makes the row longer, not shorter.": (
            lambda n, kernel, stride, padding: (n - 2 * padding - kernel) // stride + 1
        ),
        "Division comes before subtraction, so only the kernel was divided. What should the stride divide?": (
            lambda n, kernel, stride, padding: n + 2 * padding - kernel // stride + 1
        ),
        "You rounded to the nearest whole number, so a step that is nearly possible was taken.": (
            lambda n, kernel, stride, padding: round((n + 2 * padding - kernel) / stride) + 1
        ),
        "range() stops before its end, so the last possible start is not counted whenever a step falls on it.": (
            lambda n, kernel, stride, padding: len(range(0, n + 2 * padding - kernel, stride))
        ),
        "That is how often the stride goes into the row. The kernel takes room too, and the first place counts.": (
            lambda n, kernel, stride, padding: (n + 2 * padding) // stride
        ),
    },
    styles={
        "a list of starts": lambda n, kernel, stride, padding: len(range(0, n + 2 * padding - kernel + 1, stride)),
        "floor": lambda n, kernel, stride, padding: int(np.floor((n + 2 * padding - kernel) / stride)) + 1,
        "stride first": lambda n, kernel, stride, padding: (n + 2 * padding - kernel + stride) // stride,
        "loop": lambda n, kernel, stride, padding: sum(
            1 for start in range(n + 2 * padding) if start % stride == 0 and start + kernel <= n + 2 * padding
        ),
    },
    hints=[
        "Write down the places where the kernel can begin in the example: 0, 2, 4, 6. Which is the last possible one?",
        "The last possible start is (length with frame) − (length of the kernel). How many steps lead there from 0? "
        "And how many places are that?",
    ],
)

# 7.2 ------------------------------------------------------------------------------------------------------------------


def _correlate(x, w):
    height, width = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    out = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            out[i, j] = np.sum(x[i : i + w.shape[0], j : j + w.shape[1]] * w)
    return out


def _padded(x, w):
    rows, columns = w.shape[0] - 1, w.shape[1] - 1
    return np.pad(np.asarray(x, float), ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2)))


def _tiles(x, w):
    height, width = x.shape[0] // w.shape[0], x.shape[1] // w.shape[1]
    kh, kw = w.shape
    return np.array([[np.sum(x[i * kh :, j * kw :][:kh, :kw] * w) for j in range(width)] for i in range(height)])


def _last_missing(x, w):
    return _correlate(x, w)[:-1, :-1]


def _each_patch(x, w, of):
    (kh, kw), (height, width) = w.shape, x.shape
    rows, columns = range(height - kh + 1), range(width - kw + 1)
    return np.array([[of(x[i : i + kh, j : j + kw]) for j in columns] for i in rows], float)


def _square_only(x, w):
    k = w.shape[0]
    out = np.zeros((x.shape[0] - k + 1, x.shape[1] - k + 1))
    for i, j in np.ndindex(out.shape):
        out[i, j] = np.sum(x[i : i + k, j : j + k] * w)
    return out


def _part_filled(x, w, rows, columns, shape=None):
    """The right numbers in the first rows and columns of an array of zeros, and nothing behind them."""
    right = _correlate(x, w)
    out = np.zeros(shape or right.shape)
    out[: right.shape[0], : right.shape[1]][:rows, :columns] = right[:rows, :columns]
    return out


correlate = Exercise(
    title="Slide a kernel over an image",
    minutes=8,
    reference=_correlate,
    worked=Worked(
        (np.array([[1.0, 0.0, 2.0], [3.0, 1.0, 0.0], [0.0, 2.0, 1.0]]), np.array([[1.0, 2.0], [0.0, -1.0]])),
        np.array([[0.0, 4.0], [3.0, 0.0]]),
        "top left: 1·1 + 2·0 + 0·3 − 1·1",
    ),
    cases=lambda rng: [
        (rng.normal(size=(5, 7)), rng.normal(size=(2, 3))),
        (rng.normal(size=(6, 4)), rng.normal(size=(3, 2))),
    ],
    edges={
        "as large as the image": (
            np.array([[1.0, 2.0, 4.0], [0.5, 3.0, -1.0]]),
            np.array([[2.0, 0.0, 1.0], [1.0, -1.0, 3.0]]),
        ),
        "one row": (np.array([[1.0, 4.0, 2.0, -1.0, 3.0]]), np.array([[2.0, -1.0]])),
        "integers": (np.array([[1, 2, 3, 4], [0, 5, 1, 2], [7, 1, 0, 3]]), np.array([[1, 0, 2], [3, 1, 4]])),
        "an image of integers, a kernel of fractions": (
            np.array([[1, 2, 3, 4], [0, 5, 1, 2], [7, 1, 0, 3]]),
            np.array([[0.5, 0.25], [-1.5, 1.0], [0.75, 2.0]]),
        ),
    },
    mistakes={
        "The kernel is flipped. That is the mathematicians' convolution; networks lay the kernel on as it is.": (
            lambda x, w: _correlate(x, w[::-1, ::-1])
        ),
        "The kernel is turned upside down: its first row belongs on the patch's first row.": (
            lambda x, w: _correlate(x, w[::-1])
        ),
        "The kernel is mirrored: its first column belongs on the patch's first column.": (
            lambda x, w: _correlate(x, w[:, ::-1])
        ),
        "The last row and the last column are missing. Where can the kernel begin for the last time?": _last_missing,
        "Your image has kept its size, so there are zeros around it. Here the kernel stays inside.": (
            lambda x, w: _correlate(_padded(x, w), w)
        ),
        "The kernel moves on by one pixel, and patches overlap. Yours moves on by its own size.": _tiles,
        "Each place wants the sum of the products. You took their mean.": lambda x, w: _correlate(x, w) / w.size,
        "Each place wants one number: multiply patch and kernel, then add up. You multiplied sums.": (
            lambda x, w: _correlate(x, np.ones(w.shape)) * w.sum()
        ),
        "The patch begins one pixel too far down and right; the last ones are cut off at the edge.": (
            lambda x, w: _correlate(np.pad(np.asarray(x, float), ((0, 1), (0, 1)))[1:, 1:], w)
        ),
        "The last row and the last column of the result were never filled: range() stops before its end.": (
            lambda x, w: _part_filled(x, w, -1, -1)
        ),
        "Only the first row of the result is filled. Does the `return` stand inside a loop?": (
            lambda x, w: _part_filled(x, w, 1, None)
        ),
        "Only the first place is filled. Does the `return` stand inside both loops?": (
            lambda x, w: _part_filled(x, w, 1, 1)
        ),
        "Your array is as large as the image, so its end stays empty. In how many places does the kernel fit?": (
            lambda x, w: _part_filled(x, w, None, None, x.shape)
        ),
        "Nothing is cut off at 0 here: where a patch is the kernel's opposite the result is negative.": (
            lambda x, w: np.maximum(_correlate(x, w), 0)
        ),
        "The sign is lost: a patch that is the kernel's opposite should give a negative number.": (
            lambda x, w: np.abs(_correlate(x, w))
        ),
        "@ multiplies matrices, a row by a column. Here each number of the patch meets the one that lies on it.": (
            lambda x, w: _each_patch(x, w, lambda patch: np.sum(patch @ w))
        ),
        "A kernel need not be square: its height and its width are two numbers.": _square_only,
        "The sums are right, but they lie in one long row. Give them the two axes of an image.": (
            lambda x, w: _correlate(x, w).ravel()
        ),
        "The array for the result holds whole numbers, as the image does, and cuts off what stands behind the point.": (
            lambda x, w: _correlate(x, w).astype(x.dtype)
        ),
        "The first and the last number of range() and of slices: each patch is one row and one column too small.": (
            lambda x, w: np.array(
                [
                    [
                        np.sum((x[i : i + w.shape[0], j : j + w.shape[1]] * w)[:-1, :-1])
                        for j in range(x.shape[1] - w.shape[1] + 1)
                    ]
                    for i in range(x.shape[0] - w.shape[0] + 1)
                ]
            )
        ),
    },
    styles={
        "windows": lambda x, w: np.einsum("ijkl,kl->ij", sliding_window_view(x, w.shape), w),
        "over the kernel": lambda x, w: sum(
            w[a, b] * x[a : a + x.shape[0] - w.shape[0] + 1, b : b + x.shape[1] - w.shape[1] + 1]
            for a, b in np.ndindex(w.shape)
        ),
        "four loops": lambda x, w: np.array(
            [
                [
                    sum(x[i + a, j + b] * w[a, b] for a in range(w.shape[0]) for b in range(w.shape[1]))
                    for j in range(x.shape[1] - w.shape[1] + 1)
                ]
                for i in range(x.shape[0] - w.shape[0] + 1)
            ],
            dtype=float,
        ),
        "float32": lambda x, w: _correlate(x.astype(np.float32), w.astype(np.float32)).astype(np.float32),
    },
    hints=[
        "For one place (i, j): which piece of x lies under the kernel? Its rows begin at i and are as many as w has.",
        "Make an array of zeros of the right size, two loops over its places, and fill each with the sum of patch "
        "times kernel.",
    ],
)

# 7.3 ------------------------------------------------------------------------------------------------------------------


def _conv2d(x, w, b):
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3))  # (n, c, ho, wo, kh, kw)
    return np.einsum("ncijkl,fckl->nfij", windows, w) + np.asarray(b)[:, None, None]


def _swapped_channels(x, w, b):
    return _conv2d(x[:, ::-1], w, b)


def _one_kernel(x, w, b):
    return _conv2d(x, np.broadcast_to(w[:1], w.shape), b)


def _rows_too_early(x, w, b):
    windows = np.array(sliding_window_view(x, w.shape[2:], axis=(2, 3)))
    height, width = windows.shape[2:4]
    flat = windows.reshape(-1, w[0].size) @ w.reshape(len(w), -1).T + b
    return flat.reshape(len(x), height, width, len(w)).transpose(0, 3, 1, 2)


conv2d = Exercise(
    title="Channels in, channels out",
    minutes=12,
    reference=_conv2d,
    worked=Worked(
        (
            np.array([[[[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]], [[2.0, 0.0, 1.0], [1.0, 1.0, 0.0]]]]),
            np.array([[[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [2.0, 0.0]]]]),
            np.array([10.0]),
        ),
        np.array([[[[14.0, 18.0]]]]),
        "first place: 1 + 1 from channel 0, 0 + 2 from channel 1, and the bias 10",
    ),
    cases=lambda rng: [
        (rng.normal(size=(2, 3, 5, 6)), rng.normal(size=(5, 3, 2, 4)), rng.normal(size=5)),
        (rng.normal(size=(3, 2, 4, 6)), rng.normal(size=(5, 2, 3, 1)), rng.normal(size=5)),
    ],
    edges={
        "one image, one channel": (
            np.array([[[[1.0, -2.0, 3.0, 0.5], [0.0, 4.0, 1.0, 2.0], [5.0, 1.0, 0.0, -1.0]]]]),
            np.array([[[[1.0, 2.0]]], [[[0.0, -1.0]]]]),
            np.array([0.5, -1.0]),
        ),
        "integers": (
            np.arange(48).reshape(1, 2, 4, 6) % 7,
            np.arange(36).reshape(3, 2, 2, 3) % 5,
            np.array([1, -2, 3]),
        ),
    },
    mistakes={
        "The channels were added up before the kernel came. Each channel has a kernel of its own; add up afterwards.": (
            lambda x, w, b: _conv2d(x.sum(axis=1, keepdims=True), w[:, :1], b)
        ),
        "The kernels were added up over their channels first. Each kernel belongs to one channel: multiply, then "
        "add.": (lambda x, w, b: _conv2d(x, np.broadcast_to(w.sum(axis=1, keepdims=True), w.shape), b)),
        "Only the first channel was looked at. Each output adds up what it finds in all of them.": (
            lambda x, w, b: _conv2d(x[:, :1], w[:, :1], b)
        ),
        "Where is the bias? There is one for each output channel.": lambda x, w, b: _conv2d(x, w, 0 * b),
        "The bias came once for each input channel. It is added once, when the channels have been added up.": (
            lambda x, w, b: _conv2d(x, w, b * x.shape[1])
        ),
        "The kernels are flipped. Lay them on as they are.": lambda x, w, b: _conv2d(x, w[:, :, ::-1, ::-1], b),
        "The channels are to be added up; you took their mean.": lambda x, w, b: _conv2d(x, w / x.shape[1], b),
        "Every output channel used the first set of kernels. w[f] belongs to output f.": _one_kernel,
        "The output channels stand in the last axis. Here they come second, as the input's do.": (
            lambda x, w, b: _conv2d(x, w, b).transpose(0, 2, 3, 1)
        ),
        "Only the first image was done; the batch is the first axis.": lambda x, w, b: _conv2d(x[:1], w, b),
        "The kernels meet the channels in the wrong order: w[f, c] belongs to channel c.": _swapped_channels,
        "Each channel has overwritten the one before it, and only the last is left. What shall become of all "
        "of them?": lambda x, w, b: _conv2d(x[:, -1:], w[:, -1:], b),
        "Each channel has overwritten the one before it, and the bias did not come at all.": (
            lambda x, w, b: _conv2d(x[:, -1:], w[:, -1:], 0 * b)
        ),
        "Every output got the first bias. Each output has one of its own.": (
            lambda x, w, b: _conv2d(x, w, np.broadcast_to(b[:1], b.shape))
        ),
        "Every output got all the biases together. Each output has one of its own.": (
            lambda x, w, b: _conv2d(x, w, np.broadcast_to(b.sum(), b.shape))
        ),
        "Every image of the batch got the first one's result.": (
            lambda x, w, b: _conv2d(np.broadcast_to(x[:1], x.shape), w, b)
        ),
        "The right numbers in the wrong places: behind the product the outputs are the last axis, and reshape cannot "
        "move an axis.": lambda x, w, b: _conv2d(x, w, b).transpose(0, 2, 3, 1).reshape(_conv2d(x, w, b).shape),
        "The windows were glued into rows before their axes were in order: first those that say where, then those that "
        "say what.": _rows_too_early,
        "The bias is added, not subtracted.": lambda x, w, b: _conv2d(x, w, -b),
    },
    styles={
        "loops": lambda x, w, b: np.array(
            [
                [sum(_correlate(x[n, c], w[f, c]) for c in range(x.shape[1])) + b[f] for f in range(len(w))]
                for n in range(len(x))
            ]
        ),
        "one product": lambda x, w, b: (
            (
                sliding_window_view(x, w.shape[2:], axis=(2, 3)).transpose(0, 2, 3, 1, 4, 5).reshape(-1, w[0].size)
                @ w.reshape(len(w), -1).T
                + b
            )
            .reshape(len(x), x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1, len(w))
            .transpose(0, 3, 1, 2)
        ),
        "over the kernel": lambda x, w, b: (
            sum(
                np.einsum(
                    "ncij,fc->nfij",
                    x[:, :, k : k + x.shape[2] - w.shape[2] + 1, m : m + x.shape[3] - w.shape[3] + 1],
                    w[:, :, k, m],
                )
                for k, m in np.ndindex(w.shape[2:])
            )
            + b.reshape(1, -1, 1, 1)
        ),
        "tensordot": lambda x, w, b: np.moveaxis(
            np.tensordot(sliding_window_view(x, w.shape[2:], axis=(2, 3)), w, axes=([1, 4, 5], [1, 2, 3])) + b, 3, 1
        ),
    },
    hints=[
        "Write it for one image and one output first: correlate channel 0 with w[f, 0], channel 1 with w[f, 1], and "
        "so on, add the results, add b[f].",
        "sliding_window_view(x, (kh, kw), axis=(2, 3)) has shape (n, c, ho, wo, kh, kw). Which of its axes does the "
        "kernel add up?",
        "np.einsum names axes by letters: those that are missing behind the arrow are added up.",
    ],
)

# 7.4 ------------------------------------------------------------------------------------------------------------------


def _six(x, k):
    """The windows: (n, c, ho, wo, k, k)."""
    return sliding_window_view(x, (k, k), axis=(2, 3))


def _patches(x, k):
    return _six(x, k).transpose(0, 2, 3, 1, 4, 5).reshape(-1, x.shape[1] * k * k)


patches = Exercise(
    title="Every window a row",
    minutes=10,
    reference=_patches,
    worked=Worked(
        (np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]]]]), 2),
        np.array([[1.0, 2.0, 4.0, 5.0, 10.0, 20.0, 40.0, 50.0], [2.0, 3.0, 5.0, 6.0, 20.0, 30.0, 50.0, 60.0]]),
        "the first window of channel 0 line by line, then that of channel 1",
    ),
    cases=lambda rng: [(rng.normal(size=(2, 3, 4, 5)), 2), (rng.normal(size=(3, 2, 5, 7)), 3)],
    edges={
        "one image, one channel": (
            np.array([[[[1.0, 2.0, 7.0, 0.0], [4.0, -1.0, 3.0, 5.0], [0.0, 2.0, 2.5, 1.0]]]]),
            2,
        ),
        "integers": (np.arange(60).reshape(1, 3, 4, 5), 2),
    },
    mistakes={
        "reshape deals the numbers out in the order in which they lie. Before it, each window's own axes have to stand "
        "side by side at the end: transpose first.": lambda x, k: np.array(_six(x, k)).reshape(-1, x.shape[1] * k * k),
        "Each row holds a whole window, but pixel by pixel with its channels beside each other. Wanted: channel 0's "
        "window, then channel 1's.": lambda x, k: (
            _six(x, k).transpose(0, 2, 3, 4, 5, 1).reshape(-1, x.shape[1] * k * k)
        ),
        "The windows are read column by column. Within a window the order is line by line.": lambda x, k: (
            _six(x, k).transpose(0, 2, 3, 1, 5, 4).reshape(-1, x.shape[1] * k * k)
        ),
        "The places are in the order of columns: next to each other in the table belong windows that are neighbours "
        "in a line.": lambda x, k: _six(x, k).transpose(0, 3, 2, 1, 4, 5).reshape(-1, x.shape[1] * k * k),
        "The images take turns. First come all windows of image 0, then those of image 1.": lambda x, k: (
            _six(x, k).transpose(2, 3, 0, 1, 4, 5).reshape(-1, x.shape[1] * k * k)
        ),
        "The table is turned: each window is a row, not a column.": lambda x, k: _patches(x, k).T,
        "Windows overlap: they begin at every pixel. Yours stand side by side.": lambda x, k: (
            _six(x, k)[:, :, ::k, ::k].transpose(0, 2, 3, 1, 4, 5).reshape(-1, x.shape[1] * k * k)
        ),
        "Each row belongs to one channel only. A window goes through all channels.": lambda x, k: (
            _six(x, k).transpose(0, 2, 3, 1, 4, 5).reshape(-1, k * k)
        ),
        "The last windows of every line and column are missing.": lambda x, k: np.array(
            [
                x[n, :, i : i + k, j : j + k].ravel()
                for n in range(len(x))
                for i in range(x.shape[2] - k)
                for j in range(x.shape[3] - k)
            ]
        ),
        "The window's lines take turns with the channels. A channel's window is to be finished before the next channel "
        "begins.": lambda x, k: _six(x, k).transpose(0, 2, 3, 4, 1, 5).reshape(-1, x.shape[1] * k * k),
        "A window is as deep as there are channels, and one row holds all of it. Your rows hold one slice each.": (
            lambda x, k: np.array(_six(x, k)).reshape(-1, k * k)
        ),
        "The axes stand in the right order, and there are still six of them. A table has two.": (
            lambda x, k: _six(x, k).transpose(0, 2, 3, 1, 4, 5)
        ),
        "The images have kept an axis of their own. Their windows belong below each other, in one table.": (
            lambda x, k: _patches(x, k).reshape(len(x), -1, x.shape[1] * k * k)
        ),
        "The window is one line high. It is k wide and k high.": lambda x, k: (
            sliding_window_view(x, k, axis=3).transpose(0, 2, 3, 1, 4).reshape(-1, x.shape[1] * k)
        ),
        "Only the first image was done.": lambda x, k: _patches(x[:1], k),
    },
    styles={
        "loops": lambda x, k: np.array(
            [
                x[n, :, i : i + k, j : j + k].ravel()
                for n in range(len(x))
                for i in range(x.shape[2] - k + 1)
                for j in range(x.shape[3] - k + 1)
            ]
        ),
        "rows of the kernel": lambda x, k: np.stack(
            [
                x[:, c, a : a + x.shape[2] - k + 1, b : b + x.shape[3] - k + 1].ravel()
                for c in range(x.shape[1])
                for a in range(k)
                for b in range(k)
            ],
            axis=1,
        ),
        "moveaxis": lambda x, k: np.moveaxis(_six(x, k), 1, 3).reshape(-1, x.shape[1] * k * k),
        "indices": lambda x, k: (
            x[
                :,
                :,
                (np.arange(x.shape[2] - k + 1)[:, None] + np.arange(k))[:, None, :, None],
                (np.arange(x.shape[3] - k + 1)[:, None] + np.arange(k))[None, :, None, :],
            ]
            .transpose(0, 2, 3, 1, 4, 5)
            .reshape(-1, x.shape[1] * k * k)
        ),
    },
    hints=[
        "Print the shape of sliding_window_view(x, (k, k), axis=(2, 3)). Which axes say where the window is, which "
        "what is in it?",
        "A row of the table is (image, line, column); what lies in it is (channel, line in the window, column in the "
        "window). Bring the six axes into this order, then reshape.",
    ],
)

# 7.5 ------------------------------------------------------------------------------------------------------------------


def _slide(x, w):
    return np.array([np.dot(x[i : i + len(w)], w) for i in range(len(x) - len(w) + 1)])


def _back(x, w, g):
    dx, dw = np.zeros(len(x)), np.zeros(len(w))
    for i in range(len(g)):
        dx[i : i + len(w)] += g[i] * w
        dw += g[i] * x[i : i + len(w)]
    return dx, dw


def _overwritten(x, w, g):
    dx, dw = np.zeros(len(x)), _back(x, w, g)[1]
    for i in range(len(g)):
        dx[i : i + len(w)] = g[i] * w
    return dx, dw


def _last_bill(x, w, g):
    dw = g[-1] * np.asarray(x, float)[len(g) - 1 : len(g) - 1 + len(w)]
    return _back(x, w, g)[0], dw


def _both_last(x, w, g):
    return _overwritten(x, w, g)[0], _last_bill(x, w, g)[1]


def _paid(x, w, g, pay):
    """Bills with ``pay(x, w, i, j)``: what window i bills to x[i + j] and to w[j], before g."""
    dx, dw = np.zeros(len(x)), np.zeros(len(w))
    for i in range(len(g)):
        for j in range(len(w)):
            for_x, for_w = pay(x, w, i, j)
            dx[i + j] += g[i] * for_x
            dw[j] += g[i] * for_w
    return dx, dw


def _whole_bills(x, w, g):
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(len(g)):
        for j in range(len(w)):
            dx[i + j] += g[i] * w[j]
            dw[j] += g[i] * x[i + j]
    return dx, dw


conv1d_backward = Exercise(
    title="Bills of a sliding window",
    minutes=12,
    reference=_back,
    worked=Worked(
        (np.array([1.0, 2.0, 0.0, 3.0]), np.array([2.0, -1.0]), np.array([1.0, 10.0, 100.0])),
        (np.array([2.0, 19.0, 190.0, -100.0]), np.array([21.0, 302.0])),
        "x[1] lies under two windows: −1·1 + 2·10; w[0] met 1, 2, 0: 1·1 + 2·10 + 0·100",
    ),
    cases=lambda rng: [
        (rng.normal(size=n), rng.normal(size=k), rng.normal(size=n - k + 1)) for n, k in [(7, 3), (6, 4), (5, 2)]
    ],
    edges={
        "one window": (np.array([1.0, -2.0, 0.5]), np.array([3.0, 1.0, -1.0]), np.array([2.0])),
        "a kernel of one": (np.array([1.0, 4.0, 2.0]), np.array([3.0]), np.array([1.0, -1.0, 0.5])),
        "one input": (np.array([2.0]), np.array([-3.0]), np.array([5.0])),
        "integers": (np.array([1, 3, 2, 5, 4]), np.array([2, 1, 3]), np.array([1, 4, 2])),
        "integers, and g of fractions": (np.array([1, 3, 2, 5, 4]), np.array([2, 1, 3]), np.array([1.5, 4.25, -0.5])),
    },
    mistakes={
        "Windows overlap, and a later one has overwritten the bill of an earlier one in dx. Two paths "
        "add.": _overwritten,
        "The kernel's weights were used at every place: dw is what all places bill together, not the last.": _last_bill,
        "Both dx and dw keep only the last bill. Two paths add: an input lies under several windows, and a weight is "
        "used at every place.": _both_last,
        "dx is laid down with the kernel flipped. In the forward pass x[i + j] met w[j], so it is billed with the same "
        "w[j].": lambda x, w, g: (_back(x, w[::-1], g)[0], _back(x, w, g)[1]),
        "dw is turned around: w[0] met the first input of each window.": lambda x, w, g: (
            _back(x, w, g)[0],
            _back(x, w, g)[1][::-1],
        ),
        "The upstream gradient g is missing. Each window's bill is as large as g says.": lambda x, w, g: _back(
            x, w, np.ones(len(g))
        ),
        "g is in dx, but not in dw.": lambda x, w, g: (_back(x, w, g)[0], _back(x, w, np.ones(len(g)))[1]),
        "g is in dw, but not in dx.": lambda x, w, g: (_back(x, w, np.ones(len(g)))[0], _back(x, w, g)[1]),
        "You returned dw first, then dx.": lambda x, w, g: _back(x, w, g)[::-1],
        "You took the mean over the places for dw. Bills add up.": lambda x, w, g: (
            _back(x, w, g)[0],
            _back(x, w, g)[1] / len(g),
        ),
        "In a product the slope for one factor is the other factor. Yours pay each with itself.": (
            lambda x, w, g: _paid(x, w, g, lambda x, w, i, j: (x[i + j], w[j]))
        ),
        "A window lies on several inputs, and you sent its whole bill to the first of them.": (
            lambda x, w, g: (_back(x, np.pad([np.sum(w)], (0, len(w) - 1)), g)[0], _back(x, w, g)[1])
        ),
        "Each weight was billed for the first input of its window. Which input did it meet?": (
            lambda x, w, g: _paid(x, w, g, lambda x, w, i, j: (w[j], x[i]))
        ),
        "For dw every place used the inputs of the first window.": (
            lambda x, w, g: _paid(x, w, g, lambda x, w, i, j: (w[j], x[j]))
        ),
        "dx is right. For dw, g was turned around, as np.convolve turns its second argument.": (
            lambda x, w, g: (_back(x, w, g)[0], _back(x, w, g[::-1])[1])
        ),
        "dx has room for g's places only. The last window reaches further than its first input.": (
            lambda x, w, g: (np.convolve(g, w)[: len(g)], _back(x, w, g)[1])
        ),
        "Those are x and w after a step. Wanted are the gradients alone.": lambda x, w, g: (
            x - _back(x, w, g)[0],
            w - _back(x, w, g)[1],
        ),
        "Your arrays hold whole numbers where x and w do, and cut off what stands behind the point.": _whole_bills,
        "The last place of g is left out: there are as many windows as g has numbers.": lambda x, w, g: _back(
            x, w, np.append(np.asarray(g, float)[:-1], 0.0)
        ),
    },
    styles={
        "convolve": lambda x, w, g: (np.convolve(g, w), np.correlate(x, g, mode="valid")),
        "windows": lambda x, w, g: (
            sum(np.pad(g * w[j], (j, len(w) - 1 - j)) for j in range(len(w))),
            g @ sliding_window_view(x, len(w)),
        ),
        "two loops": lambda x, w, g: (
            np.array([sum(g[i] * w[p - i] for i in range(len(g)) if 0 <= p - i < len(w)) for p in range(len(x))]),
            np.array([sum(g[i] * x[i + j] for i in range(len(g))) for j in range(len(w))]),
        ),
        "matrix": lambda x, w, g: (
            np.array([[w[p - i] if 0 <= p - i < len(w) else 0 for p in range(len(x))] for i in range(len(g))]).T @ g,
            np.array([x[j : j + len(g)] for j in range(len(w))]) @ g,
        ),
    },
    slope=Slope(
        lambda x, w, g: float(_slide(np.asarray(x, float), np.asarray(w, float)) @ g), (0, 1), "the sum of g · y"
    ),
    hints=[
        "Take one window, at i. Forward: y[i] = x[i]·w[0] + x[i+1]·w[1] + … What does it bill to x[i], to x[i+1], to "
        "w[0]?",
        "Begin with zeros. For each window add g[i] times the kernel to that piece of dx, and g[i] times that piece "
        "of x to dw.",
    ],
)

# 7.6 ------------------------------------------------------------------------------------------------------------------


def _pool_back(x, g, k, share=None):
    """Each window's g, dealt out by ``share(window)``, which says how much each place gets."""
    dx = np.zeros(x.shape)
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            here = slice(i * k, i * k + k), slice(j * k, j * k + k)
            dx[here] += g[i, j] * (share or _first_winner)(x[here])
    return dx


def _one_place(shape, at):
    out = np.zeros(shape)
    out[np.unravel_index(at, shape)] = 1
    return out


def _first_winner(window):
    return _one_place(window.shape, window.argmax())


def _last_winner(window):
    return _one_place(window.shape, window.size - 1 - window.ravel()[::-1].argmax())


def _ties(window):
    return (window == window.max()).astype(float)


def _wrong_spread(x, g, k):
    wide = np.repeat(np.repeat(np.asarray(g, float), k, axis=0), k, axis=1)
    out = np.zeros(x.shape)
    out[: wide.shape[0], : wide.shape[1]] = wide
    return out


def _loop_pool(x, g, k):
    dx = np.zeros_like(x, dtype=float)
    for i in range(len(g)):
        for j in range(g.shape[1]):
            best = None
            for a in range(k):
                for b in range(k):
                    if best is None or x[i * k + a, j * k + b] > x[best]:
                        best = i * k + a, j * k + b
            dx[best] += g[i, j]
    return dx


def _flat_pool(x, g, k):
    h, w = g.shape
    windows = x[: h * k, : w * k].reshape(h, k, w, k).transpose(0, 2, 1, 3).reshape(h, w, k * k)
    hot = np.eye(k * k)[windows.argmax(axis=2)] * g[:, :, None]
    dx = np.zeros(x.shape)
    dx[: h * k, : w * k] = hot.reshape(h, w, k, k).transpose(0, 2, 1, 3).reshape(h * k, w * k)
    return dx


def _divmod_pool(x, g, k):
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(g.shape):
        row, column = divmod(int(x[i * k : i * k + k, j * k : j * k + k].argmax()), k)
        dx[i * k + row, j * k + column] = g[i, j]
    return dx


def _put(x, g, k, where, add=False):
    """Each window's g at ``where(i, j, row, column)``, row and column of the winner inside its window."""
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(g.shape):
        row, column = divmod(int(x[i * k : i * k + k, j * k : j * k + k].argmax()), k)
        at = where(i, j, row, column)
        dx[at] = g[i, j] + (dx[at] if add else 0)
    return dx


def _overlapping(x, g, k):
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(g.shape):
        row, column = divmod(int(x[i : i + k, j : j + k].argmax()), k)
        dx[i + row, j + column] += g[i, j]
    return dx


def _divided_by_two(x, g, k):
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(g.shape):
        row, column = divmod(int(x[i * k : i * k + k, j * k : j * k + k].argmax()), 2)
        dx[i * k + row, j * k + column] = g[i, j]
    return dx


def _equal_anywhere(x, g, k):
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(g.shape):
        dx[x == x[i * k : i * k + k, j * k : j * k + k].max()] = g[i, j]
    return dx


max_pool_backward = Exercise(
    title="Only the winner pays",
    minutes=10,
    reference=_pool_back,
    worked=Worked(
        (
            np.array([[1.0, 3.0, 0.0, 2.0], [2.0, 0.0, 2.0, 1.0]]),
            np.array([[10.0, 20.0]]),
            2,
        ),
        np.array([[0.0, 10.0, 0.0, 20.0], [0.0, 0.0, 0.0, 0.0]]),
        "3 wins the first window; the second is a tie of two 2s, and the first of them, in the upper line, takes all",
    ),
    cases=lambda rng: [
        (rng.normal(size=(4, 6)), rng.integers(1, 9, (2, 3)).astype(float), 2),
        (rng.integers(0, 3, (6, 9)).astype(float), rng.integers(-9, 0, (2, 3)).astype(float), 3),
        (rng.normal(size=(4, 2)), rng.integers(1, 9, (2, 1)).astype(float), 2),
    ],
    edges={
        "all alike": (np.zeros((2, 4)), np.array([[1.0, -2.0]]), 2),
        "a rest at the edge": (np.array([[1.0, 5.0, 9.0], [2.0, 3.0, 9.0], [9.0, 9.0, 9.0]]), np.array([[7.0]]), 2),
        "negative numbers": (np.array([[-3.0, -1.0, -7.0, -5.0], [-2.0, -4.0, -6.0, -8.0]]), np.array([[1.0, 2.0]]), 2),
        "windows of one": (np.array([[3.0, -1.0, 2.0]]), np.array([[1.0, 2.0, 4.0]]), 1),
        "integers": (np.array([[1, 4, 2, 0], [3, 4, 5, 5]]), np.array([[2, 3]]), 2),
        "integers, and g of fractions": (np.array([[1, 4, 2, 0], [3, 4, 5, 5]]), np.array([[2.5, 3.25]]), 2),
    },
    mistakes={
        "Every tied place got the whole gradient, so a window bills more than it was billed. One winner takes it, the "
        "first.": lambda x, g, k: _pool_back(x, g, k, _ties),
        "Ties share the gradient. That is a way to do it, but PyTorch and this course give it to the first.": (
            lambda x, g, k: _pool_back(x, g, k, lambda v: _ties(v) / _ties(v).sum())
        ),
        "Of several winners you took the last. The first one, line by line, is wanted.": (
            lambda x, g, k: _pool_back(x, g, k, _last_winner)
        ),
        "Every place of the window got the gradient. A nudge to a loser does not change the maximum.": _wrong_spread,
        "That is the mean's gradient: everybody pays alike. The maximum bills only the winner.": (
            lambda x, g, k: _wrong_spread(x, g, k) / k**2
        ),
        "The gradient g is missing: you marked the winners with 1.": lambda x, g, k: _pool_back(x, np.ones(g.shape), k),
        "You multiplied by the winner itself. The maximum hands its input on as it is, so its slope is 1.": (
            lambda x, g, k: _pool_back(x, g, k, lambda v: _first_winner(v) * v.max())
        ),
        "The smallest number of each window got the gradient.": lambda x, g, k: _pool_back(
            x, g, k, lambda v: _one_place(v.shape, v.argmin())
        ),
        "The winner was sought in the whole image. Each window has a winner of its own.": lambda x, g, k: (
            _one_place(x.shape, np.argmax(x)) * np.sum(g)
        ),
        "argmax counts inside the window. Where in the image does that window begin?": lambda x, g, k: _put(
            x, g, k, lambda i, j, row, column: (row, column)
        ),
        "All winners landed in the upper left window, and their bills piled up there.": lambda x, g, k: _put(
            x, g, k, lambda i, j, row, column: (row, column), add=True
        ),
        "Window (i, j) does not begin at pixel (i, j): windows lie side by side.": lambda x, g, k: _put(
            x, g, k, lambda i, j, row, column: (i + row, j + column)
        ),
        "Where two winners met, their bills piled up, for your windows begin one pixel apart. How far apart should "
        "they begin?": lambda x, g, k: _put(x, g, k, lambda i, j, row, column: (i + row, j + column), add=True),
        "Your windows overlap, each one pixel further than the last. Here they lie side by side.": _overlapping,
        "The count from argmax was divided by 2. How wide is a window?": _divided_by_two,
        "Of the tied numbers yours is the first column by column. Line by line is wanted.": (
            lambda x, g, k: _pool_back(x, g, k, lambda v: _first_winner(v.T).T)
        ),
        "Every pixel of the image that equals a winner was marked, also in other windows.": _equal_anywhere,
        "You put the winner itself there. What arrives at its place is a bill.": (
            lambda x, g, k: _pool_back(x, np.ones(g.shape), k, lambda v: _first_winner(v) * v.max())
        ),
        "A window without a positive number has a winner too. Did your search begin at 0?": (
            lambda x, g, k: _pool_back(x, g, k, lambda v: _first_winner(v) * (v.max() > 0))
        ),
        "Largest means furthest up, not furthest from 0: a minus sign counts.": (
            lambda x, g, k: _pool_back(x, g, k, lambda v: _first_winner(np.abs(v)))
        ),
        "The gradient's array holds whole numbers, as x does, and cuts off what stands behind the point.": (
            lambda x, g, k: _pool_back(x, g, k).astype(x.dtype)
        ),
        "Within the window, row and column are mixed up: argmax counts line by line.": (
            lambda x, g, k: _pool_back(x, g, k, lambda v: _one_place(v.shape, v.argmax()).T)
        ),
    },
    styles={
        "loops": _loop_pool,
        "divmod": _divmod_pool,
        "one-hot windows": _flat_pool,
        "where": lambda x, g, k: _pool_back(np.array(x), 1.0 * g, k),
    },
    hints=[
        "For the window at (i, j): cut it out of x, find where its largest number is, and put g[i, j] there.",
        "window.argmax() counts line by line and gives the first of several. np.unravel_index turns the count into a "
        "line and a column; or divmod(count, k).",
    ],
)

# 7.7 ------------------------------------------------------------------------------------------------------------------


def _field(layers, start=1, grow=lambda k, jump: (k - 1) * jump, before=False, strides=True):
    field, jump = start, 1
    for kernel, stride in layers:
        stride = stride if strides else 1
        if before:
            jump *= stride
        field += grow(kernel, jump)
        if not before:
            jump *= stride
    return field


def _all_products(layers):
    field = 1
    for kernel, stride in layers:
        field = field * stride + kernel - stride
    return field


def _backwards(layers):
    field = 1
    for kernel, stride in reversed(layers):
        field = (field - 1) * stride + kernel
    return field


def _adding_strides(layers):
    field, jump = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump += stride
    return field


def _with_jump(layers, following):
    field, jump = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump = following(jump, stride)
    return field


def _backward_steps(layers):
    field = 1
    for kernel, stride in reversed(layers):
        field = field * stride + kernel - 1
    return field


receptive_field = Exercise(
    title="How much does one place see?",
    minutes=8,
    reference=lambda layers: _field(layers),
    worked=Worked(([(5, 1), (2, 2), (3, 1)],), 10, "5; then (2 − 1)·1 more, 6; then (3 − 1)·2 more"),
    cases=lambda rng: [
        ([(3, 1), (3, 1), (3, 1)],),
        ([(7, 2), (3, 2), (3, 1), (3, 1)],),
        ([(5, 1), (2, 2), (5, 1), (2, 2)],),
        ([(4, 3), (2, 1), (5, 2), (3, 1)],),
    ],
    edges={"one layer": ([(5, 2)],), "no layer": ([],), "kernels of one": ([(1, 1), (1, 2), (3, 1)],)},
    mistakes={
        "Each layer adds k − 1 steps, not k: the kernel's first pixel lies where the field already ends.": (
            lambda layers: _field(layers, grow=lambda k, jump: k * jump)
        ),
        "The strides are missing. After a stride of 2 one step to the next place is two pixels of the image.": (
            lambda layers: _field(layers, strides=False)
        ),
        "You multiplied by the stride too early: a layer's own stride spreads the places of the layers behind it.": (
            lambda layers: _field(layers, before=True)
        ),
        "Before the first layer a place sees one pixel, itself; you began with 0.": lambda layers: _field(
            layers, start=0
        ),
        "Kernels do not multiply: two of 3 see 5 pixels, not 9.": lambda layers: int(np.prod([k for k, _ in layers])),
        "Strides multiply: two of 2 make neighbours four pixels apart. You added them.": _adding_strides,
        "You added the kernels' sizes.": lambda layers: sum(k for k, _ in layers),
        "You went from the image on and used each stride on the whole field. Either add (k − 1)·jump going forward, "
        "or go backward.": _all_products,
        "That is the jump: how far neighbours are apart. How far do they see?": lambda layers: int(
            np.prod([s for _, s in layers])
        ),
        "Only the last stride was kept. What became of those before it?": lambda layers: _with_jump(
            layers, lambda jump, stride: stride
        ),
        "A layer's reach is stretched by the strides of the layers before it. You used its own and no other.": (
            lambda layers: 1 + sum((kernel - 1) * stride for kernel, stride in layers)
        ),
        "To the jump you add what each stride has above 1. Two strides of 2, one after the other: how far apart are "
        "neighbours then?": lambda layers: _with_jump(layers, lambda jump, stride: jump + stride - 1),
        "Going backward, how many steps lie between so many places? One fewer than there are places.": _backward_steps,
        "Only the first layer was looked at. Does the `return` stand inside the loop?": lambda layers: (
            layers[0][0] if layers else None
        ),
        "Only the last layer was looked at.": lambda layers: layers[-1][0] if layers else 1,
    },
    styles={
        "backwards": _backwards,
        "by marking": lambda layers: _marked(layers),
        "products": lambda layers: (
            1 + sum((k - 1) * int(np.prod([s for _, s in layers[:i]])) for i, (k, _) in enumerate(layers))
        ),
        "a float": lambda layers: float(_field(layers)),
    },
    hints=[
        "Keep two numbers while you walk from the image to the last layer: how far a place sees, and how many pixels "
        "neighbouring places are apart (the jump).",
        "At the start both are 1. A kernel reaches k − 1 places further than one place; each of these places is a "
        "jump away.",
    ],
)


def _marked(layers):
    places = {0}
    for kernel, stride in reversed(layers):
        places = {p * stride + a for p in places for a in range(kernel)}
    return max(places) - min(places) + 1


# 7.8 ------------------------------------------------------------------------------------------------------------------

separable_weights = Exercise(
    title="What two small convolutions save",
    level="stretch",
    minutes=5,
    reference=16 * 9 + 16 * 40,
    mistakes={
        "That is the ordinary convolution: a kernel for each pair of channels.": 16 * 40 * 9,
        "That is only the first half, a kernel for each channel. The 1 × 1 convolution mixes them.": 16 * 9,
        "That is only the second half. Before it each channel has a kernel of its own.": 16 * 40,
        "A kernel of 3 × 3 has nine weights, not three.": 16 * 3 + 16 * 40,
        "In the first half channels do not mix: 16 kernels, not 16 · 16.": 16 * 16 * 9 + 16 * 40,
        "The two halves follow each other, so their weights add up; you multiplied.": 16 * 9 * 16 * 40,
        "The first half keeps 16 channels: its kernels belong to the channels that come in.": 40 * 9 + 16 * 40,
        "A bias for each of the 40 outputs is in it. None is asked for.": 16 * 9 + 16 * 40 + 40,
        "A 1 × 1 kernel has no width, but it has depth: a weight for each channel that comes in.": 16 * 9 + 40,
        "One kernel for all sixteen channels? In the first half each has its own.": 9 + 16 * 40,
        "The second kernels are 1 × 1. Yours have nine weights for each pair of channels.": 16 * 9 + 16 * 40 * 9,
        "The first half leads from 16 channels to 16. Only the second leads to 40.": 16 * 9 * 40 + 16 * 40,
        "The second half was counted for one output. There are 40.": 16 * 9 + 16,
        "No biases are asked for.": 16 * 9 + 16 * 40 + 40 + 16,
    },
    hints=[
        "First half: 16 channels, each with one kernel of 3 × 3 of its own. Second half: a 1 × 1 kernel for each pair "
        "of channels.",
        "Count each half, then add.",
    ],
)

# 7.9 ------------------------------------------------------------------------------------------------------------------


def _balance(image):
    rows, columns = (np.arange(n) for n in image.shape)
    return image.sum(axis=1) @ rows / image.sum(), image.sum(axis=0) @ columns / image.sum()


def _where_ink(image):
    rows, columns = np.nonzero(image)
    return rows.mean(), columns.mean()


def _middle_of_box(image):
    rows, columns = np.nonzero(image)
    return (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2


centre_of_mass = Exercise(
    title="Where would the digit balance?",
    level="stretch",
    minutes=8,
    reference=_balance,
    worked=Worked(
        (np.array([[0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 2.0]]),),
        (0.75, 2.0),
        "rows: (0·1 + 1·3)/4; columns: (1·1 + 1·1 + 3·2)/4",
    ),
    cases=lambda rng: [
        (rng.uniform(size=shape) * (rng.uniform(size=shape) < 0.6),) for shape in [(5, 7), (6, 4), (3, 8)]
    ],
    edges={
        "one row": (np.array([[0.0, 0.2, 0.0, 0.6, 0.4]]),),
        "one pixel": (np.array([[0.0, 0.0, 0.0], [0.0, 0.5, 0.0]]),),
        "integers": (np.array([[0, 3, 1, 0], [2, 0, 0, 5], [0, 0, 1, 0]]),),
    },
    mistakes={
        "Column first, then row: as with indices, the row comes first.": lambda image: _balance(image)[::-1],
        "Ink weighs: a dark pixel counts more than a grey one. You asked only where there is any.": _where_ink,
        "That is the middle of the box around the ink. The balance point lies nearer to where there is more of it.": (
            _middle_of_box
        ),
        "That is the middle of the image, whatever is drawn on it.": lambda image: (
            (image.shape[0] - 1) / 2 + 0.0 * image.sum(),
            (image.shape[1] - 1) / 2,
        ),
        "The sum of position times ink has to be divided by all the ink.": lambda image: (
            image.sum(axis=1) @ np.arange(image.shape[0]),
            image.sum(axis=0) @ np.arange(image.shape[1]),
        ),
        "Positions begin at 0, as indices do; yours begin at 1.": lambda image: tuple(v + 1 for v in _balance(image)),
        "You divided by the number of pixels. Divide by the sum of the ink.": lambda image: (
            image.sum(axis=1) @ np.arange(image.shape[0]) / image.size,
            image.sum(axis=0) @ np.arange(image.shape[1]) / image.size,
        ),
        "You rounded. The balance point may lie between two pixels.": lambda image: tuple(
            float(np.round(v)) for v in _balance(image)
        ),
        "What stands behind the point was cut off, as int() or // do. The balance point may lie between two "
        "pixels.": lambda image: tuple(float(np.floor(v)) for v in _balance(image)),
        "That is how much ink a row and a column have on average. Where does it lie?": lambda image: (
            image.sum(axis=1).mean(),
            image.sum(axis=0).mean(),
        ),
        "That is how far the ink lies from the image's middle. Count from its corner, as indices do.": lambda image: (
            tuple(v - n / 2 for v, n in zip(_balance(image), image.shape, strict=True))
        ),
        "Half a pixel too far: positions are the pixels' indices.": lambda image: tuple(
            v + 0.5 for v in _balance(image)
        ),
        "That is where the darkest pixel is.": lambda image: tuple(
            float(v) for v in np.unravel_index(image.argmax(), image.shape)
        ),
    },
    styles={
        "indices": lambda image: tuple((np.indices(image.shape) * image).sum(axis=(1, 2)) / image.sum()),
        "average": lambda image: (
            np.average(np.arange(image.shape[0]), weights=image.sum(axis=1)),
            np.average(np.arange(image.shape[1]), weights=image.sum(axis=0)),
        ),
        "loops": lambda image: (
            sum(i * v for i, row in enumerate(image) for v in row) / image.sum(),
            sum(j * v for row in image for j, v in enumerate(row)) / image.sum(),
        ),
        "a list": lambda image: list(_balance(image)),
    },
    hints=[
        "How much ink lies in each row? Then it is a weighted mean of the numbers 0, 1, 2, …",
        "image.sum(axis=1) is the ink of each row. Multiply by the row's number, add up, divide by all the ink. "
        "Columns alike.",
    ],
)

# Questions ------------------------------------------------------------------------------------------------------------

why_scrambled = Question(
    "All images are scrambled in the same way. Why is an MLP as good as before, and a convolutional network not?",
    right="To an MLP no two pixels are neighbours, scrambled or not; a kernel looks at neighbours only.",
    wrong={
        "The MLP learns to put the pixels back.": "It never has to. Each of its weights goes to one pixel, wherever "
        "that is shown; move the pixels and the weights move along.",
        "The convolutional network has too few weights to remember the order.": "It is not asked to remember one. "
        "What it lacks is strokes: after scrambling, what lies under a kernel has nothing to do with each other.",
        "Scrambling destroys information, and the MLP needs less of it.": "Nothing is destroyed: the same numbers are "
        "there, and one could put them back.",
    },
    because="What a convolution knows beforehand, that near pixels belong together and that a stroke is a stroke "
    "anywhere, has become false.",
)

what_sharing_saves = Question(
    "A convolution of 5 × 5 from 1 to 8 channels is used on an image of 280 × 280 in place of 28 × 28. What grows "
    "a hundredfold?",
    right="The multiplications. The weights stay the same.",
    wrong={
        "The weights.": "They are shared by all places: 8 · (25 + 1), whatever the image's size.",
        "Both weights and multiplications.": "That would be so in a fully connected layer. Here the weights are "
        "shared.",
        "Neither: the kernel is the same.": "The same kernel is laid on a hundred times as many places, and each "
        "costs its products.",
    },
    because="Sharing saves weights and examples, not arithmetic: every place still wants its products.",
)

pooling_forgets = Question(
    "A feature map is moved by one pixel. What does max pooling with windows of 2 do to that?",
    right="Its output stays partly the same, because within a window the winner may stand anywhere.",
    wrong={
        "Its output is exactly the same, always.": "Only where the winner stays in its window. At a window's edge it "
        "moves over to the neighbour.",
        "Its output moves by one pixel too.": "A pixel of the output is two of the input. A move of one can only be "
        "half seen.",
        "It moves the features back.": "It knows nothing of where they were. It keeps how strong, and only roughly "
        "where.",
    },
    because="Pooling keeps how strongly a feature was found and forgets where exactly within the window.",
)

why_residual = Question(
    "A block computes x + f(x) in place of f(x). Why does a stack of 30 such blocks train where 30 plain ones do not?",
    right="The gradient reaches each block by the sum unchanged, beside what comes through f.",
    wrong={
        "It has fewer weights.": "It has the same: x is added for nothing.",
        "The blocks' outputs stay between 0 and 1.": "Nothing bounds them; sums rather grow.",
        "Each block is trained by itself.": "All are trained together. But each hears the loss directly.",
    },
    because="Two paths add: the slope of x + f(x) is 1 + f′(x). A product of thirty factors near 1 does not vanish.",
)

# The open exercise ----------------------------------------------------------------------------------------------------

LARGEST = 200_000  # weights that a network for clothes may have


def clothes_network(build: Any) -> Result:
    """Check the open exercise's network, untrained: it has no right answer, but some that cannot work."""
    result = judge_network(build)
    clothes_network.passed = result.passed
    return result.or_raise().show()


clothes_network.passed = False


def judge_network(build: Any) -> Result:
    """Say what is wrong with a function that builds a network for clothes, or that it can be trained."""
    label = "Open exercise clothes_network"
    if build is ... or code.is_hole(build):
        return Result(label, NOT_STARTED, "not started. Write a function that returns a model.", "not started")
    try:
        text = _problem_of(build)
    except Exception as error:
        text = f"it raised {code.said(error)}{code.line_of(error)}."
    if text:
        return Result(label, WRONG, text, "value", mistake=text)
    return Result(label, PASSED, "it can be trained. How good it is the cell below will show.")


def _problem_of(build: Callable[[np.random.Generator], Any]) -> str:
    """The first thing that keeps a network from its task, as a sentence; empty if nothing does."""
    model, twin = build(np.random.default_rng(0)), build(np.random.default_rng(0))
    if model is None:
        return "your function returned None. Is there a `return` in front of the model?"
    if not isinstance(model, nn.Module):
        return f"it should return a model, such as nn.Sequential(...), and returned {compare.describe(model)}."
    pictures = np.random.default_rng(0).uniform(size=(3, 1, 28, 28)).astype(np.float32)
    with no_grad():
        z = model.eval()(Tensor(pictures)).data
    if z.shape != (3, 10):
        return (
            f"for 3 pictures it should give logits of shape (3, 10), one for each kind of clothes, and gives {z.shape}."
        )
    if np.allclose(z.sum(axis=1), 1, atol=1e-4):
        return "it gives probabilities. The loss wants logits and takes the softmax itself: end with the linear layer."
    if z.min() >= 0 and (z == 0).any():
        return "a ReLU stands behind the last layer, so that no logit can be negative: end with the linear layer."
    if not any(isinstance(layer, nn.Conv2d) for layer in model.modules()):
        return "it has no convolution. A multilayer perceptron belongs to chapter 2."
    if model.num_parameters() > LARGEST:
        return (
            f"it has {model.num_parameters():,} weights; {LARGEST:,} are enough. Which layer holds most of them, and "
            "what would make its input smaller?"
        )
    if not all(np.array_equal(a.data, b.data) for a, b in zip(model.parameters(), twin.parameters(), strict=True)):
        return "the same rng should give the same network: hand rng on to every layer that draws weights."
    return ""


THIS = chapter("07_cnn", globals())
__getattr__ = suggest(__name__, globals())


def progress():
    """Show this chapter's exercises and questions with what you have done so far."""
    return table_of(THIS)
