"""Interactive figures of chapter 12: byte-pair merges on the learner's own text; size, time and price of a model."""

from functools import cache

import numpy as np

from groundup import data, nn
from groundup.text import BytePairEncoding
from groundup.widgets.controls import choice, slider, textbox
from groundup.widgets.figure import Figure, explore
from groundup.widgets.scene import bars, image, panel, points, scene, text

MERGES = 512  # learnt from the plays
PER_ROW = 44  # characters in a row of the text
TOKEN = {0: 0.17, 1: -0.17, 2: 0.05}  # shades of neighbouring tokens
VOCABULARY = 50_257

#: name → parameters, tokens learnt from (as their makers say).
KNOWN = {
    "GPT-3": (175e9, 300e9),
    "Chinchilla": (70e9, 1.4e12),
    "Llama 3.1 405B": (405e9, 15.6e12),
}
PLACES = ("128", "1,024", "2,048", "8,192", "131,072")
CARDS = ("1", "8", "100", "1,000", "16,000")
USEFUL = 4e14  # operations a second of one graphics card, as in Llama 3.1's training


def merges() -> Figure:
    """Return an interactive figure: one's own text, cut into tokens with merges learnt from the plays."""
    caption = (
        "Neighbouring tokens have different shades. Move the merges up from 0 and watch what is joined first. Then "
        "write words that Shakespeare never wrote, such as computer, or letters that English does not have: what "
        "happens to them?"
    )
    start = "To be, or not to be: that is the question."
    return explore(
        merges_scene,
        caption=caption,
        words=textbox(start, length=88),
        merges=slider(0, MERGES, 64, step=8, color="ink"),
    )


def merges_scene(words: str, merges: int = 64) -> dict:
    """Return the scene: the text with its tokens shaded, and how many there are with each number of merges."""
    tokenizer = tokenizer_with(merges)
    ids = tokenizer.encode(words).tolist()
    shown = [_shown(tokenizer.pieces[i]) for i in ids]
    size = len(words.encode("utf-8", "surrogatepass"))
    cells = [(character, k % 3) for k, token in enumerate(shown) for character in token]
    rows = max(1, -(-len(cells) // PER_ROW))
    shade = np.zeros((rows, PER_ROW))
    marks = []
    for i, (character, k) in enumerate(cells):
        row, column = divmod(i, PER_ROW)
        shade[row, column] = TOKEN[k]
        marks.append(text(column + 0.5, rows - row - 0.68, character, align="middle", size=13.0))
    picture = image(shade, colors="signed", low=-1.0, high=1.0, extent=(0, PER_ROW, 0, rows))
    counts = [len(tokenizer_with(m).encode(words)) for m in LADDER]
    now = f"{len(ids)} tokens for {size} bytes"
    last = _shown(tokenizer.pieces[-1]) if merges else ""
    status = f"{now}: {' | '.join(shown)}."
    status += (
        f"\nThe last of the {merges} merges made “{last}”." if merges else "\nWithout merges each byte is a token."
    )
    tick = dict(zip(range(len(LADDER)), map(str, LADDER), strict=True))
    return scene(
        panel(picture, *marks, x=(0, PER_ROW), y=(0, rows), size=(640, 34 * rows), axes=False, title=now),
        panel(
            bars(range(len(LADDER)), counts, color="output", width=0.7),
            x=(-0.6, len(LADDER) - 0.4),
            y=(0, max(4.0, 1.1 * max(counts))),
            xticks=tick,
            xlabel="merges",
            ylabel="tokens",
            size=(230, 150),
        ),
        words=f"The text cut into {len(ids)} tokens with {merges} merges: {', '.join(shown)}.",
        status=status,
    )


LADDER = (0, 32, 64, 128, 256, 512)


def _shown(piece: bytes) -> str:
    """A token's bytes as text; a part of a character that needs several bytes becomes ▯."""
    try:
        return piece.decode("utf-8").replace(" ", "␣")
    except UnicodeDecodeError:
        return "▯" * len(piece)


@cache
def learnt() -> tuple:
    """Return the merges learnt from the plays to learn from."""
    return tuple(BytePairEncoding.train(data.shakespeare().train, merges=MERGES).merges)


@cache
def tokenizer_with(merges: int) -> BytePairEncoding:
    """Return the tokenizer with the first so many of them."""
    return BytePairEncoding(learnt()[:merges])


def size_and_price() -> Figure:
    """Return an interactive figure: parameters, arithmetic, days and price of a model of one's own shape."""
    caption = (
        "The round mark is your model: its parameters by the formula, the arithmetic of its training as 6ND. The line: "
        "20 tokens for each parameter. Find GPT-3's shape (96 blocks, width 12,288). Then find the largest model on "
        "the line that one card trains in a day. A card here does 4·10¹⁴ useful operations a second and costs 2 "
        "dollars an hour."
    )
    return explore(
        price_scene,
        caption=caption,
        blocks=slider(1, 128, 12, step=1, color="weight"),
        width=slider(64, 16384, 768, step=64, color="weight"),
        places=choice(PLACES, "1,024"),
        billion_tokens=slider(0.001, 10000.0, 1.0, step=0.1, color="output", log=True),
        cards=choice(CARDS, "1"),
    )


def price_scene(blocks: int, width: int, places: str, billion_tokens: float, cards: str) -> dict:
    """Return the scene: parameters against operations of training, beside known models."""
    tokens, many = 1e9 * billion_tokens, int(cards.replace(",", ""))
    n, flops, days, dollars = price(blocks, width, int(places.replace(",", "")), tokens, many)
    line_n = np.array([6.0, 12.5])
    known = []
    for name, (their_n, their_d) in KNOWN.items():
        x, y = np.log10(their_n), np.log10(6 * their_n * their_d)
        side, align = (
            (0.12, "start") if name == "GPT-3" else (-0.12, "end")
        )  # below the line there is room at the right
        known.append(points([x], [y], color="output", shape="square"))
        known.append(text(x + side, y - 0.2, name, color="output", align=align, size=12.0))
    marks = [
        {"kind": "line", "x": line_n, "y": np.log10(120) + 2 * line_n, "color": "baseline", "dash": "--"},
        *known,
        points([np.log10(n)], [np.log10(flops)], color="loss", size=10.0),
    ]
    status = (
        f"{_number(n)} parameters ({width:,} wide, {places} places), {_number(tokens)} tokens "
        f"({tokens / n:.3g} for each parameter).\n6ND = {flops:.2e} operations: {_days(days)} on {cards} "
        f"card{'' if many == 1 else 's'}, {_dollars(dollars)}. Each token it writes: {2 * n:.1e} operations."
    )
    xs, ys = {k: f"10{_power(k)}" for k in range(5, 14)}, {k: f"10{_power(k)}" for k in range(10, 29, 3)}
    look = {"xticks": xs, "yticks": ys, "xlabel": "parameters", "ylabel": "operations to train it", "size": (520, 330)}
    return scene(
        panel(*marks, x=(4.5, 13.5), y=(10, 28), **look),
        words=f"A model of {_number(n)} parameters and {flops:.2e} operations, beside {', '.join(KNOWN)}.",
        status=status,
    )


def price(blocks: int, width: int, places: int, tokens: float, cards: int) -> tuple[float, float, float, float]:
    """Return parameters, operations to train, days, and dollars at 2 an hour for each card."""
    n = nn.GPT.count_parameters(VOCABULARY, places, width, blocks)
    flops = 6.0 * n * tokens
    hours = flops / USEFUL / 3600
    return n, flops, hours / 24 / cards, 2 * hours


def _number(n: float) -> str:
    for size, word in ((1e12, "million million"), (1e9, "billion"), (1e6, "million")):
        if n >= size:
            return f"{n / size:.3g} {word}"
    return f"{n:,.0f}"


def _days(days: float) -> str:
    if days >= 730:
        return f"{days / 365.25:,.0f} years"
    if days >= 2:
        return f"{days:,.0f} days"
    return f"{24 * days:.2g} hours" if days >= 1 / 24 else f"{1440 * days:.2g} minutes"


def _dollars(dollars: float) -> str:
    return f"{_number(dollars)} dollars" if dollars >= 1 else "less than a dollar"


def _power(k: int) -> str:
    return str(k).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
