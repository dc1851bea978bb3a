"""Interactive figure of chapter 08: what comes next? A beginning to write, two models, a temperature."""

import unicodedata
from functools import cache

import numpy as np

from groundup import data, ladder, runs
from groundup.ladder import EDGE, NOTHING, TOKENS
from groundup.nn.sampling import draw, token_probabilities
from groundup.widgets.controls import button, choice, slider, textbox
from groundup.widgets.figure import Figure, explore
from groundup.widgets.scene import bars, panel, scene

MODELS = ("network, three characters", "counts of pairs")
STORED = "08_context_3"
SEEN = 3  # characters that the network sees
LONGEST = 15  # letters of the longest name of the list


def next_character() -> Figure:
    """Return an interactive figure: write the beginning of a name, see what two models expect next."""
    caption = (
        "Each bar is the probability of the next character; the dot is the end. Write the beginning of a name, also "
        "your own, letter by letter. Lower the temperature until it always says the same; raise it until it babbles. "
        "Then find two beginnings after which the network says the same, because it sees no more than three characters."
    )
    temperature = slider(0.1, 5.0, 1.0, step=0.05, color="ink", log=True)
    return explore(
        next_scene,
        caption=caption,
        beginning=textbox("em", length=24),
        model=choice(MODELS),
        temperature=temperature,
        others=button("Write six other names"),
    )


def next_scene(beginning: str, model: str = MODELS[0], temperature: float = 1.0, others: int = 0) -> dict:
    """Return the scene: the distribution over the next character, and names that the model writes from here."""
    letters, remark = cleaned(beginning)
    start = np.array([[EDGE, *(TOKENS.index(letter) for letter in letters)]])
    p = token_probabilities(scores(model, last(start)), temperature)[0]
    order = np.argsort(-p, kind="stable")
    first = ", ".join(f"{_name(i)} {p[i]:.0%}" for i in order[:3])
    seen = "".join(TOKENS[i] for i in last(start)[0][-(SEEN if model == MODELS[0] else 1) :])
    written = ", ".join(continued(model, start, temperature, seed=others))
    status = (
        f'It sees "{seen}" and expects {first}.{remark}\nNames that it writes from here at temperature '
        f"{temperature:.2g}: {written}."
    )
    after = f'after "{letters}"' if letters else "at the start of a name"
    marks = bars(range(27), p, color="output", width=0.8)
    ticks = dict(enumerate(TOKENS))
    look = {"xlabel": "next character; the dot is the end", "ylabel": "probability", "xticks": ticks}
    top = max(0.3, 0.1 * np.ceil(10 * p.max()))
    return scene(
        panel(marks, x=(-0.7, 26.7), y=(0.0, min(1.0, top)), size=(640, 260), title=after, **look),
        words=f"Probabilities of the 27 characters {after}, {model}, temperature {temperature:.2g}: first {first}.",
        status=status,
    )


def cleaned(text: str) -> tuple[str, str]:
    """Return the letters a to z of a text, accents taken off, and a remark on what else was left out."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    letters = "".join(c for c in plain if c in TOKENS[1:])
    others = dict.fromkeys("a space" if c == " " else f"“{c}”" for c in plain if c not in TOKENS[1:])
    remark = f" It knows the letters a to z only; left out: {', '.join(others)}." if others else ""
    if len(letters) > LONGEST:
        remark += f" No name of the list is longer than {LONGEST} letters; the rest was left out."
    return letters[:LONGEST], remark


def continued(model: str, start: np.ndarray, temperature: float, seed: int, count: int = 6) -> list[str]:
    """Return names that begin with the tokens ``start`` (1, t), drawn one character after the other."""
    rng, x = np.random.default_rng(seed), np.repeat(start, count, axis=0)
    for _ in range(LONGEST + 5 - start.shape[1]):
        x = np.concatenate([x, draw(token_probabilities(scores(model, last(x)), temperature), rng)[:, None]], axis=1)
    return [ladder.decode(row) for row in x]


def last(x: np.ndarray) -> np.ndarray:
    """Return the last three tokens of each row (n, t), with edges before the start: (n, 3)."""
    return np.pad(x, ((0, 0), (SEEN, 0)), constant_values=EDGE)[:, -SEEN:]


def scores(model: str, context: np.ndarray) -> np.ndarray:
    """Return the scores (n, 27) of what follows contexts (n, 3)."""
    if model == MODELS[1]:
        return pair_scores()[context[:, -1]]
    table, w1, b1, w2, b2 = network()
    hidden = np.tanh(table[context].reshape(len(context), -1) @ w1 + b1)
    return hidden @ w2 + b2


@cache
def pair_scores() -> np.ndarray:
    """Return ln of the probabilities by counts of pairs, one added to each: (27, 27)."""
    x, y = ladder.encode(data.names().train.names)
    counts = np.ones((27, 27))
    np.add.at(counts, (x[y != NOTHING], y[y != NOTHING]), 1)
    return np.log(counts / counts.sum(axis=1, keepdims=True))


@cache
def network() -> tuple[np.ndarray, ...]:
    """Return the stored network: table (27, m), w1 (3m, h), b1 (h,), w2 (h, 27), b2 (27,)."""
    run = runs.load(STORED)
    table, w1, b1, w2, b2 = (run.arrays(name)[0] for name in ("0.weight", "2.weight", "2.bias", "4.weight", "4.bias"))
    return table, w1.T, b1, w2.T, b2


def _name(token: int) -> str:
    return "the end" if token == EDGE else TOKENS[token]
