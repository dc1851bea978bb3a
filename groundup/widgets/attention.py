"""Interactive figure of chapter 10: who looks where in a sentence of one's own, in a small model of two blocks."""

import unicodedata
from functools import cache

import numpy as np

from groundup import runs
from groundup.widgets.controls import choice, slider, textbox
from groundup.widgets.figure import Figure, explore
from groundup.widgets.scene import bars, image, line, panel, scene

STORED = "10_repeat_2"
LETTERS = "abcdefghijklmnopqrstuvwxyz "
PLACES, HEADS = 48, 2  # places that the model knows; heads of each of its two blocks
LOOKS = tuple(f"block {b}, head {h}" for b in (1, 2) for h in (1, 2))


def attention_explorer() -> Figure:
    """Return an interactive figure: write a sentence, choose a head and a place, see where it looks."""
    caption = (
        "Left, all places: row = who looks, column = at whom, the darker the more weight. Right, the chosen row. The "
        "model was trained on random letters that come again and knows no word of any language. Which head looks at "
        "the letter before? Which at what followed the same letter last time? Write something that returns, and "
        "choose a place in its second half: what does it expect next?"
    )
    return explore(
        attention_scene,
        caption=caption,
        sentence=textbox("my hat is not my hat", length=PLACES),
        look=choice(LOOKS, LOOKS[2]),
        place=slider(1, PLACES, 18, step=1, color="loss"),
    )


def attention_scene(sentence: str, look: str = LOOKS[2], place: float = 18) -> dict:
    """Return the scene: the map of one head over the sentence, and the row of one place."""
    letters, remark = cleaned(sentence)
    t = len(letters)
    at = min(int(place), t) - 1
    if at + 1 < place:
        remark += f" There are only {t} places; the last one is shown."
    scores, maps = read(letters)
    weights = maps[LOOKS.index(look)]
    shown = letters.replace(" ", "_")
    p = np.exp(scores[at] - scores[at].max())
    p /= p.sum()
    expects = ", ".join(f"{_name(LETTERS[i])} {p[i]:.0%}" for i in np.argsort(-p, kind="stable")[:3])
    looks = ", ".join(
        f"{_name(letters[j])} at place {j + 1} ({weights[at, j]:.0%})"
        for j in np.argsort(-weights[at], kind="stable")[: min(2, at + 1)]
    )
    came = ""
    if at + 1 < t:
        came = f" What came was {_name(letters[at + 1])}, to which it gave {p[LETTERS.index(letters[at + 1])]:.0%}."
    status = (
        f"Place {at + 1}, {_name(letters[at])}, looks with {look} at {looks}.{remark}\n"
        f"The model expects next: {expects}.{came}"
    )
    ticks = dict(enumerate(shown))
    edge = t - 0.5
    row = [at - 0.5, at - 0.5, at + 0.5, at + 0.5, at - 0.5]
    frame = line([-0.5, edge, edge, -0.5, -0.5], [t - 1 - y for y in row], color="loss", width=1.6)
    picture = image(weights, low=0.0, high=1.0, extent=(-0.5, edge, -0.5, edge))
    rows = {t - 1 - j: letter for j, letter in ticks.items()}
    looked = bars(range(t), weights[at], color="weight", width=0.8)
    side = 380 if t > 24 else 300
    square = {"x": (-0.5, edge), "y": (-0.5, edge), "xticks": ticks, "yticks": rows, "equal": True}
    return scene(
        panel(picture, frame, **square, size=(side, side), title=look, xlabel="looks at", ylabel="who looks"),
        panel(
            *(looked,),
            **{"x": (-0.7, t - 0.3), "y": (0.0, 1.0), "xticks": ticks, "size": (max(300, 9 * t), side)},
            **{"title": f"place {at + 1}, {_name(letters[at])}", "xlabel": "looks at", "ylabel": "weight"},
        ),
        words=f"Attention of {look} over {t} places of {shown}; place {at + 1} looks most at place "
        f"{int(weights[at].argmax()) + 1}.",
        status=status,
    )


def cleaned(text: str) -> tuple[str, str]:
    """Return a text in the model's letters, a to z and the space, and a remark on what had to change."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    known = "".join(c if c in LETTERS else " " for c in plain)[:PLACES]
    remark = " It knows a to z and the space only; the rest became spaces." if known != plain[:PLACES] else ""
    return (known, remark) if known else (" ", " Nothing is written yet; a space stands in.")


def read(letters: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return scores for what follows each place (t, 27), and each head's weights (t, t), in the order of LOOKS."""
    w, t = network(), len(letters)
    x = w["token.weight"][[LETTERS.index(c) for c in letters]] + w["place.weight"][:t]  # (t, d)
    maps = []
    for b in (0, 1):
        name, width = f"blocks.{b}.", x.shape[1] // HEADS
        z = _norm(x, w[f"{name}norm1.weight"], w[f"{name}norm1.bias"])
        z = z @ w[f"{name}self_attn.in_proj_weight"].T + w[f"{name}self_attn.in_proj_bias"]
        q, k, v = z.reshape(t, 3, HEADS, width).transpose(1, 2, 0, 3)  # (HEADS, t, width) each
        scores = np.where(np.tri(t, dtype=bool), q @ k.transpose(0, 2, 1) / np.sqrt(width), -np.inf)
        e = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights = e / e.sum(axis=-1, keepdims=True)
        maps += list(weights)
        gathered = (weights @ v).transpose(1, 0, 2).reshape(t, -1)
        x = x + gathered @ w[f"{name}self_attn.out_proj.weight"].T + w[f"{name}self_attn.out_proj.bias"]
        z = _norm(x, w[f"{name}norm2.weight"], w[f"{name}norm2.bias"]) @ w[f"{name}linear1.weight"].T
        x = x + _gelu(z + w[f"{name}linear1.bias"]) @ w[f"{name}linear2.weight"].T + w[f"{name}linear2.bias"]
    return _norm(x, w["norm.weight"], w["norm.bias"]) @ w["out.weight"].T + w["out.bias"], maps


def _norm(x: np.ndarray, gain: np.ndarray, shift: np.ndarray) -> np.ndarray:
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5) * gain + shift


def _gelu(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


@cache
def network() -> dict[str, np.ndarray]:
    """Return the stored model's arrays by name; its first seed."""
    run = runs.load(STORED)
    return {name: np.asarray(run.arrays(name)[0], dtype=np.float64) for name in run.names()["arrays"]}


def _name(letter: str) -> str:
    return "the space" if letter == " " else f"“{letter}”"
