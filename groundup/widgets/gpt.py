"""Interactive figure of chapter 11: a small GPT writes on, step by step; how boldly, the learner says."""

from functools import cache, lru_cache

import numpy as np

from groundup import data, nn, runs
from groundup.nn.sampling import token_probabilities
from groundup.text import CharTokenizer
from groundup.widgets.controls import button, slider, textbox
from groundup.widgets.figure import Figure, explore
from groundup.widgets.scene import bars, panel, scene

STORED = "11_gpt_live"
SHOWN = 24  # so many of the most probable characters have a bar
MOST = 100  # characters that it writes at most
SIGNS = {"\n": "¶", " ": "␣"}


def next_step() -> Figure:
    """Return an interactive figure: a beginning, the forecast of the next character, and what the darts make of it."""
    caption = (
        "Each bar is the probability of the next character, the most probable first; pale ones cannot be drawn. ¶ is a "
        "line end, ␣ a space. Write a beginning, then press “Draw the next character” and watch how sure it is inside "
        "a word and how unsure at its start. Lower top-p until it always says the same. Raise the temperature until it "
        "babbles; then forbid the babble with top-k. The darts stay the same until you ask for others."
    )
    return explore(
        step_scene,
        caption=caption,
        beginning=textbox("My lord, ", length=40),
        step=button("Draw the next character"),
        more=button("Draw twenty"),
        temperature=slider(0.2, 3.0, 1.0, step=0.05, color="ink", log=True),
        top_k=slider(1, 63, 40, step=1, color="ink", label="top-k"),
        top_p=slider(0.05, 1.0, 0.95, step=0.05, color="ink", label="top-p"),
        others=button("Other darts"),
    )


def step_scene(
    beginning: str,
    step: int = 0,
    more: int = 0,
    temperature: float = 1.0,
    top_k: int = 40,
    top_p: float = 0.95,
    others: int = 0,
) -> dict:
    """Return the scene: the forecast after ``step`` + 20 · ``more`` drawn characters, and the text so far."""
    start, remark = cleaned(beginning)
    count = min(step + 20 * more, MOST)
    rule = (round(float(temperature), 6), int(top_k), round(float(top_p), 6))
    text, p = writer(start, *rule, others).at(count)
    allowed = token_probabilities(np.log(np.maximum(p, 1e-300)), rule[0], rule[1], rule[2])
    heated = token_probabilities(np.log(np.maximum(p, 1e-300)), rule[0])
    order = np.argsort(-heated, kind="stable")
    shown = order[:SHOWN]
    can = allowed[shown] > 0
    marks = [
        bars(np.flatnonzero(~can), heated[shown][~can], color="faint", width=0.8),
        bars(np.flatnonzero(can), allowed[shown][can], color="output", width=0.8),
    ]
    names = [named(i) for i in order[:3]]
    first = ", ".join(f"{name} {heated[i]:.0%}" for name, i in zip(names, order, strict=False))
    page = "".join(SIGNS["\n"] + "\n" if c == "\n" else c for c in text) or "(nothing yet)"
    full = " The page is full." if count == MOST else ""
    status = (
        f"Temperature {rule[0]:.2g}, top-k {rule[1]}, top-p {rule[2]:.2g}: {(allowed > 0).sum()} of {len(p)} "
        f"characters can be drawn; most probable {first}. {count} drawn with "
        f"darts no. {others + 1}.{full}{remark}\n{page}"
    )
    ticks = {i: SIGNS.get(tokenizer().tokens[t], tokenizer().tokens[t]) for i, t in enumerate(shown.tolist())}
    look = {"xlabel": "next character, the most probable first", "ylabel": "probability", "xticks": ticks}
    top = max(0.3, 0.1 * np.ceil(10 * max(allowed.max(), heated.max())))
    return scene(
        panel(*marks, x=(-0.7, SHOWN - 0.3), y=(0.0, min(1.0, top)), size=(640, 260), title="what comes next?", **look),
        words=f"Probabilities of the next character after {text[-12:]!r}: first {first}; "
        f"{(allowed > 0).sum()} characters can be drawn.",
        status=status,
    )


def named(token: int) -> str:
    """Return how a character is called in a sentence."""
    character = tokenizer().tokens[token]
    return {"\n": "line end", " ": "space"}.get(character, f"“{character}”")


def cleaned(text: str) -> tuple[str, str]:
    """Return the characters that the model knows, and a remark on what was left out; nothing becomes a line end."""
    known = "".join(c for c in text if c in tokenizer().tokens)
    others = "".join(dict.fromkeys(c for c in text if c not in tokenizer().tokens))
    remark = f" It does not know {others}; left out." if others else ""
    return known or "\n", remark


class Reader:
    """The network, one place at a time with a cache, in plain NumPy: fast enough to write a page at each key."""

    def __init__(self):
        model = network()
        self.size, self.heads = model.block_size, model.blocks[0].self_attn.num_heads
        self.token, self.position = model.token.weight.data, model.position.weight.data
        self.last = (model.norm.weight.data, model.norm.bias.data)
        self.blocks = products_and_norms()
        width = self.token.shape[1]
        shape = (len(self.blocks), 2, self.heads, self.size, width // self.heads)
        self.kept, self.length = np.zeros(shape, np.float32), 0  # keys and values of each block

    def __call__(self, token: int) -> np.ndarray:
        """Read one more token; return the scores (v,) of the next."""
        h, at = self.token[token] + self.position[self.length], self.length
        for (into, out, up, down, norm1, norm2), kept in zip(self.blocks, self.kept, strict=True):
            q, kept[0, :, at], kept[1, :, at] = _affine(_normed(h, norm1), into).reshape(3, self.heads, -1)
            keys, values = kept[:, :, : at + 1]  # (heads, places, width of a head) each
            scores = (keys @ q[:, :, None])[:, :, 0] / np.sqrt(q.shape[1])
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            weights /= weights.sum(axis=1, keepdims=True)
            h = h + _affine((weights[:, None] @ values).reshape(-1), out)
            x = _affine(_normed(h, norm2), up)
            gelu = 0.5 * x * (1 + np.tanh(np.float32(np.sqrt(2 / np.pi)) * (x + np.float32(0.044715) * x**3)))
            h = h + _affine(gelu, down)
        self.length += 1
        return self.token @ _normed(h, self.last)


@cache
def products_and_norms() -> list[tuple]:
    """Return each block's weights: four products with their biases, as x @ w + b wants them, and two norms."""
    found = []
    for block in network().blocks:
        attention = block.self_attn
        products = [(attention.in_proj_weight, attention.in_proj_bias)]
        products += [(layer.weight, layer.bias) for layer in (attention.out_proj, block.linear1, block.linear2)]
        norms = [(norm.weight.data, norm.bias.data) for norm in (block.norm1, block.norm2)]
        found.append((*((np.ascontiguousarray(w.data.T), b.data) for w, b in products), *norms))
    return found


def _affine(x: np.ndarray, weights: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return x @ weights[0] + weights[1]


def _normed(x: np.ndarray, weights: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    x = x - x.mean()
    return x / np.sqrt(x @ x / np.float32(len(x)) + np.float32(1e-5)) * weights[0] + weights[1]


class Writer:
    """A text that grows by one drawn character at a time and remembers every forecast on the way."""

    def __init__(self, start: str, rule: tuple[float, int, float], darts: np.ndarray):
        self.text, self.rule, self.darts = tokenizer().encode(start).tolist(), rule, darts
        self.start, self.forecasts, self.reader, self.seen = len(self.text), [], Reader(), 0

    def at(self, count: int) -> tuple[str, np.ndarray]:
        """Return the text with ``count`` drawn characters, and the probabilities (v,) of the next at temperature 1."""
        while len(self.forecasts) <= count:
            p = self._forecast()
            self.forecasts.append(p)
            line = np.cumsum(token_probabilities(np.log(np.maximum(p, 1e-300)), *self.rule))
            drawn = np.searchsorted(line, self.darts[len(self.forecasts) - 1] * line[-1], side="right")
            self.text.append(int(min(drawn, len(p) - 1)))
        return tokenizer().decode(self.text[: self.start + count]), self.forecasts[count]

    def _forecast(self) -> np.ndarray:
        """Read what is new; when the reader's places are full, it begins anew with the last half of them."""
        if self.reader.length == self.reader.size:
            self.reader, self.seen = Reader(), len(self.text) - self.reader.size // 2
        for token in self.text[self.seen :]:
            z = self.reader(token)
        self.seen = len(self.text)
        return token_probabilities(z)


@lru_cache(maxsize=16)
def writer(start: str, temperature: float, top_k: int, top_p: float, others: int) -> Writer:
    """Return the writer of a beginning and a rule; the darts depend on ``others`` alone."""
    return Writer(start, (temperature, top_k, top_p), np.random.default_rng(others).random(MOST + 1))


@cache
def tokenizer() -> CharTokenizer:
    """Return the numbers of the text's characters."""
    return CharTokenizer(data.shakespeare().train)


@cache
def network() -> nn.GPT:
    """Return the stored model."""
    run = runs.load(STORED)
    options = run.options
    model = nn.GPT(tokenizer().vocab_size, options["length"], options["width"], options["heads"], options["layers"])
    for name, p in model.named_parameters():
        p.data[...] = run.arrays(name)[0]
    return model.eval()
