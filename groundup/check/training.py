"""Chapter 05's exercises and questions."""

import numpy as np

from groundup.check.exercise import Exercise, Slope, Worked, chapter, suggest
from groundup.check.quiz import Question
from groundup.check.table import table_of

EPS = 1e-8  # Adam's
NORM_EPS = 1e-5  # batch normalization's


# 5.1 ------------------------------------------------------------------------------------------------------------------

first_loss = Exercise(
    title="What the first loss must be",
    level="warm-up",
    minutes=3,
    reference=float(np.log(27)),
    rtol=1.5e-3,  # three digits, so 3.30 too
    mistakes={
        "26 letters, but one more thing can come next: the end of the name.": float(np.log(26)),
        "That is in bits. This course counts in nats, with the natural logarithm.": float(np.log2(27)),
        "That is with the logarithm to base 10. This course counts in nats.": float(np.log10(27)),
        "That is the probability that each of the 27 gets. The loss is the surprise at it.": 1 / 27,
        "A surprise is never negative: there is a minus in front of the logarithm.": -float(np.log(27)),
        "That is the value for ten classes, as for the digits. How many are there here?": float(np.log(10)),
        "That is how many things can come next. What is the surprise at one of so many?": 27,
        "That is the probability of being wrong. The loss is the surprise at what did come.": 26 / 27,
        "Zero would be the loss of one that is sure and right. This one knows nothing.": 0,
    },
    hints=[
        "A network that knows nothing gives every class the same probability. How many classes are there?",
        "The surprise at something that had the probability 1/k is −ln(1/k).",
    ],
)

# 5.2 ------------------------------------------------------------------------------------------------------------------


def _table(rng, *shape):
    return rng.normal(size=shape)


kaiming = Exercise(
    title="Weights of the right size",
    minutes=8,
    reference=lambda noise: noise * np.sqrt(2 / len(noise)),
    worked=Worked(
        (np.array([[2.0, -4.0]] * 4 + [[0.0, 6.0]] * 4),),
        np.array([[1.0, -2.0]] * 4 + [[0.0, 3.0]] * 4),
        "8 inputs: the root of 2/8 is one half",
    ),
    cases=lambda rng: [(_table(rng, *shape),) for shape in [(5, 3), (4, 7), (32, 6)]],
    edges={
        "one input": (np.array([[1.0, -2.0, 0.5, 3.0]]),),
        "integers": (np.array([[1, 2, 3]] * 7),),
    },
    mistakes={
        "2 divided by the number of inputs is the variance of the weights. You multiply by a standard deviation.": (
            lambda noise: noise * (2 / noise.shape[0])
        ),
        "You counted the neurons. Noises are added up over the inputs of a neuron: how many of them are there?": (
            lambda noise: noise * np.sqrt(2 / noise.shape[1])
        ),
        "That keeps the size where nothing follows the weighted sum. ReLU silences half of what it gets; make up for "
        "it.": lambda noise: noise * np.sqrt(1 / noise.shape[0]),
        "That is Xavier's compromise between the way forward and the way back. Here only the inputs count.": (
            lambda noise: noise * np.sqrt(2 / (noise.shape[0] + noise.shape[1]))
        ),
        "You divided by the number of inputs itself. How do n noises add up, to n times their size?": (
            lambda noise: noise * np.sqrt(2) / noise.shape[0]
        ),
        "The 2 comes from a variance, so it belongs under the root too.": (
            lambda noise: noise * 2 / np.sqrt(noise.shape[0])
        ),
        "Yours grows with the number of inputs. More noises added up want smaller weights, not larger ones.": (
            lambda noise: noise * np.sqrt(noise.shape[0] / 2)
        ),
        "6 in place of 2 gives the bound of an even draw. This noise is already of size 1.": (
            lambda noise: noise * np.sqrt(6 / noise.shape[0])
        ),
        "You counted all weights of the layer. One neuron adds up only its own column.": (
            lambda noise: noise * np.sqrt(2 / noise.size)
        ),
        "You brought this draw to mean 0 and deviation 1 first. Leave the draw as it is: it is right on average.": (
            lambda noise: (noise - noise.mean()) / noise.std() * np.sqrt(2 / noise.shape[0])
        ),
        "That is the library's default size, under which the lecture's patient suffered: a sixth of the variance that "
        "is needed.": lambda noise: noise * np.sqrt(1 / (3 * noise.shape[0])),
        "One half belongs to the example's 8 inputs. Other layers have other numbers of inputs.": (
            lambda noise: noise * 0.5
        ),
        "You added the size to the noise, which only shifts it. A size multiplies.": (
            lambda noise: noise + np.sqrt(2 / noise.shape[0])
        ),
        "Every weight of yours is the same, so all units of a layer would stay the same. Use the noise.": (
            lambda noise: np.full(noise.shape, np.sqrt(2 / noise.shape[0]))
        ),
        "That is the size alone, one number. Weights are wanted: the noise, brought to that size.": (
            lambda noise: np.sqrt(2 / noise.shape[0])
        ),
    },
    styles={
        "divided": lambda noise: noise / np.sqrt(noise.shape[0] / 2),
        "power": lambda noise: (2 / noise.shape[0]) ** 0.5 * noise,
        "loop": lambda noise: np.array([[v * (2 / len(noise)) ** 0.5 for v in row] for row in noise.tolist()]),
        "float32": lambda noise: (noise * np.sqrt(2 / len(noise))).astype(np.float32),
    },
    hints=[
        "n noises of size s add up to a noise of size √n · s. How large must s be, so that the sum has size 1?",
        "ReLU halves the mean square. So let the weighted sum have the mean square 2 instead of 1.",
        "noise has shape (d_in, d_out). One of the two stands under the root, below a 2.",
    ],
)

# 5.3 ------------------------------------------------------------------------------------------------------------------

batch_for_noise = Exercise(
    title="How large must the batch be?",
    minutes=5,
    reference=512,
    mistakes={
        "Four times the batch halves the noise only: n noises add up to √n, so their mean shrinks like 1/√n.": 128,
        "A smaller batch is a worse sample: the noise grows.": 8,
        "A smaller batch is a worse sample, and by the square: the noise grows.": 2,
        "You took the root where the square is needed: to divide the noise by 4, what must the batch be multiplied "
        "by?": 64,
        "16 is by how much the batch must grow. The question is how large it then is.": 16,
        "1/√n says how the noise shrinks, not how large it is: with 32 examples it is 0.6 here, not 1/√32. Begin "
        "from that batch.": 44,
        "Squared once too often, or the factor is not 4: by how much shall the noise shrink, from 0.6 to 0.15?": 8192,
    },
    hints=[
        "By which factor is the noise to shrink?",
        "A mean over n examples is off by an amount like 1/√n. To halve it, how many times the examples?",
    ],
)

# 5.4 ------------------------------------------------------------------------------------------------------------------


def _momentum(p, b, g, lr, mu):
    b = mu * b + g
    return p - lr * b, b


def _momentum_like(buffer, change=lambda b, old, g, lr, mu: lr * b, keep=lambda b, old: b):
    """A wrong momentum: how the buffer is made, by how much the weights go down, which buffer is returned."""

    def step(p, b, g, lr, mu):
        new = buffer(b, g, lr, mu)
        return p - change(new, b, g, lr, mu), keep(new, b)

    return step


def _right_buffer(b, g, lr, mu):
    return mu * b + g


momentum_step = Exercise(
    title="A step with momentum",
    minutes=9,
    reference=_momentum,
    worked=Worked(
        (np.array([1.0, 2.0]), np.array([2.0, -2.0]), np.array([1.0, 4.0]), 0.1, 0.5),
        (np.array([0.8, 1.7]), np.array([2.0, 3.0])),
        "the buffer: 0.5 · 2 + 1 = 2; the weight: 1 − 0.1 · 2",
    ),
    cases=lambda rng: [
        (_table(rng, *s), _table(rng, *s), _table(rng, *s), lr, mu)
        for s, lr, mu in [((4,), 0.3, 0.9), ((2, 3), 0.05, 0.8), ((5, 2), 0.7, 0.6)]
    ],
    edges={
        "the first step": (np.array([1.0, -2.0, 3.0]), np.zeros(3), np.array([0.5, 1.0, -2.0]), 0.1, 0.9),
        "one weight": (np.array([1.5]), np.array([-0.5]), np.array([2.0]), 0.2, 0.7),
        "integers": (np.array([3, 1]), np.array([2, -4]), np.array([1, 5]), 0.5, 0.25),
    },
    mistakes={
        "You climb: the buffer points uphill like the slope, so a step goes against it.": _momentum_like(
            _right_buffer, lambda b, old, g, lr, mu: -lr * b
        ),
        "The new slope enters your buffer with a minus, and then the step has its own minus: two minuses climb.": (
            _momentum_like(lambda b, g, lr, mu: mu * b - g)
        ),
        "You made an average, with 1 − μ in front of the slope. Here the slope is added whole; so does PyTorch.": (
            _momentum_like(lambda b, g, lr, mu: mu * b + (1 - mu) * g)
        ),
        "μ and 1 − μ are mixed up: μ says how much of the old buffer stays.": _momentum_like(
            lambda b, g, lr, mu: (1 - mu) * b + mu * g
        ),
        "You stepped along the old buffer. Bring it up to date first, then step.": _momentum_like(
            _right_buffer, lambda b, old, g, lr, mu: lr * old
        ),
        "You stepped along the slope alone; the buffer is made and never used.": _momentum_like(
            _right_buffer, lambda b, old, g, lr, mu: lr * g
        ),
        "The new slope is damped too in yours. Only the old buffer fades.": _momentum_like(
            lambda b, g, lr, mu: mu * (b + g)
        ),
        "The learning rate came in twice, in the buffer and in the step.": _momentum_like(
            lambda b, g, lr, mu: mu * b + lr * g
        ),
        "The weights are right, but your buffer holds steps. Here it holds slopes; the learning rate comes in at the "
        "step.": _momentum_like(lambda b, g, lr, mu: mu * lr * b + lr * g, lambda b, old, g, lr, mu: b),
        "The weights are right, but you gave the old buffer back. The next step needs the new one.": _momentum_like(
            _right_buffer, keep=lambda b, old: old
        ),
        "Your buffer forgets nothing: the old one must fade by μ.": _momentum_like(lambda b, g, lr, mu: b + g),
        "That is Nesterov's variant, which looks one step ahead. Step along the buffer itself.": _momentum_like(
            _right_buffer, lambda b, old, g, lr, mu: lr * (g + mu * b)
        ),
        "In yours the learning rate sits in the buffer. That is another book's momentum; here the buffer adds up bare "
        "slopes, and the rate comes in at the step.": _momentum_like(
            lambda b, g, lr, mu: mu * b + lr * g, lambda b, old, g, lr, mu: b
        ),
        "The whole buffer was taken as the step. How long a step is, the learning rate says.": _momentum_like(
            _right_buffer, lambda b, old, g, lr, mu: b
        ),
        "You put μ in front of the new slope. It belongs to the old buffer, which is what should fade.": _momentum_like(
            lambda b, g, lr, mu: b + mu * g
        ),
        "The old buffer keeps 1 − μ of itself in yours; with μ near 1 it would forget nearly all.": _momentum_like(
            lambda b, g, lr, mu: (1 - mu) * b + g
        ),
        "You took the slope's step and the buffer's step, but the slope is in the buffer already.": _momentum_like(
            _right_buffer, lambda b, old, g, lr, mu: lr * b + lr * g
        ),
        "The buffer is right. In place of the new weights you gave the change that is taken from them.": (
            lambda p, b, g, lr, mu: (lr * (mu * b + g), mu * b + g)
        ),
        "μ makes the weights themselves fade in yours. Momentum is about directions; only the buffer fades.": (
            lambda p, b, g, lr, mu: (mu * p - lr * (mu * b + g), mu * b + g)
        ),
    },
    styles={
        "one line": lambda p, b, g, lr, mu: (p - lr * (mu * b + g), mu * b + g),
        "a list": lambda p, b, g, lr, mu: [p - lr * (g + b * mu), g + b * mu],
        "added": lambda p, b, g, lr, mu: (p + (-lr) * np.add(mu * b, g), np.add(mu * b, g)),
        "float32": lambda p, b, g, lr, mu: tuple(np.asarray(v, np.float32) for v in _momentum(p, b, g, lr, mu)),
    },
    hints=[
        "Two lines: first the new buffer, then the new weights. Which of the two needs the other?",
        "The buffer keeps the share μ of what it was, and the new slope is added to that.",
        "The step is plain descent with the buffer in the slope's place.",
    ],
)

# 5.5 ------------------------------------------------------------------------------------------------------------------


def _adam_like(
    first=lambda m, g: 0.9 * m + 0.1 * g,
    second=lambda v, g: 0.999 * v + 0.001 * g * g,
    correct=lambda m, v, t: (m / (1 - 0.9**t), v / (1 - 0.999**t)),
    divide=lambda m, v: m / (np.sqrt(v) + EPS),
    begin=1,
    sign=-1,
    store=False,
    start=lambda g: (0.0 * g, 0.0 * g),
):
    """Adam with one thing changed."""

    def run(p, grads, lr):
        (m, v), places = start(grads[0]), []
        for t, g in enumerate(grads, start=begin):
            m, v = first(m, g), second(v, g)
            with np.errstate(all="ignore"):
                mean, square = correct(m, v, t)
                p = p + sign * lr * divide(mean, square)
            if store:
                m, v = mean, square
            places.append(p)
        return np.array(places), m, v

    return run


def _adam_in_place(p, grads, lr):
    """One array, changed again and again, stands in the list."""
    p, m, v, places = p.copy(), 0.0 * grads[0], 0.0 * grads[0], []
    for t, g in enumerate(grads, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        p -= lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + EPS)
        places.append(p)
    return np.array(places), m, v


def _adam_square_of_average(p, grads, lr):
    """The second average is made of the first."""
    m = v = 0.0 * grads[0]
    places = []
    for t, g in enumerate(grads, start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * m * m
        p = p - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + EPS)
        places.append(p)
    return np.array(places), m, v


def _adam_with_slope(p, grads, lr):
    """The slope in the first average's place."""
    m = v = 0.0 * grads[0]
    places = []
    for t, g in enumerate(grads, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        p = p - lr * g / (np.sqrt(v / (1 - 0.999**t)) + EPS)
        places.append(p)
    return np.array(places), m, v


def _adam_counted_in_full(p, grads, lr):
    """The number of all steps in place of the steps so far."""
    full = len(grads)
    return _adam_like(correct=lambda m, v, t: (m / (1 - 0.9**full), v / (1 - 0.999**full)))(p, grads, lr)


def _adam_list(p, grads, lr):
    p, m, v, out = p.tolist(), [0.0] * len(p), [0.0] * len(p), []
    for t in range(1, len(grads) + 1):
        for j in range(len(p)):
            g = float(grads[t - 1][j])
            m[j], v[j] = m[j] + 0.1 * (g - m[j]), v[j] + 0.001 * (g * g - v[j])
            p[j] = p[j] - lr * (m[j] / (1 - 0.9**t)) / ((v[j] / (1 - 0.999**t)) ** 0.5 + EPS)
        out.append(list(p))
    return np.array(out), np.array(m), np.array(v)


def _adam_filled(p, grads, lr):
    out = np.empty(grads.shape)
    m, v = np.zeros(len(p)), np.zeros(len(p))
    for t in range(len(grads)):
        m, v = 0.9 * m + (1 - 0.9) * grads[t], 0.999 * v + (1 - 0.999) * grads[t] ** 2
        p = p - lr * m / (1 - 0.9 ** (t + 1)) / (np.sqrt(v / (1 - 0.999 ** (t + 1))) + EPS)
        out[t] = p
    return out, m, v


adam = Exercise(
    title="Adam",
    minutes=15,
    reference=_adam_like(),
    worked=Worked(
        (np.array([1.0, 2.0]), np.array([[100.0, -50.0], [100.0, -50.0]]), 0.1),
        (np.array([[0.9, 2.1], [0.8, 2.2]]), np.array([19.0, -9.5]), np.array([19.99, 4.9975])),
        "both averages, corrected, are the slope and its square; their quotient is ±1",
    ),
    cases=lambda rng: [
        (rng.normal(size=d), rng.normal(size=(steps, d)) * scale, lr)
        for steps, d, scale, lr in [(4, 3, 1.0, 0.1), (3, 5, 20.0, 0.02), (6, 2, 0.1, 0.5)]
    ],
    edges={
        "very small slopes": (np.array([1.0, 2.0]), np.array([[1e-7, -3e-8], [2e-7, 1e-8], [-1e-7, 2e-8]]), 0.1),
        "one step": (np.array([0.5, -1.0, 2.0]), np.array([[3.0, -0.2, 1.0]]), 0.01),
        "integers": (np.array([1, 2]), np.array([[3, -1], [2, 4], [-5, 1]]), 0.5),
    },
    mistakes={
        "There is NaN from the first step on. Count the steps from 1: for t = 0 the correction divides by 1 − 1.": (
            _adam_like(begin=0)
        ),
        "The corrected averages are for this step only. You stored them, and the next step begins from them.": (
            _adam_like(store=True)
        ),
        "The averages began at zero, so the first ones are far too small. The correction is missing.": _adam_like(
            correct=lambda m, v, t: (m, v)
        ),
        "The corrections divide by 1 − β to the power t, and t grows: yours stay as they were in the first step.": (
            _adam_like(correct=lambda m, v, t: (m / (1 - 0.9), v / (1 - 0.999)))
        ),
        "You corrected the first average and not the second.": _adam_like(
            correct=lambda m, v, t: (m / (1 - 0.9**t), v)
        ),
        "You corrected the second average and not the first.": _adam_like(
            correct=lambda m, v, t: (m, v / (1 - 0.999**t))
        ),
        "The second average is that of the squares of the slopes.": _adam_like(
            second=lambda v, g: 0.999 * v + 0.001 * g
        ),
        "You averaged how large the slopes are, without the square. The root then has nothing to undo.": _adam_like(
            second=lambda v, g: 0.999 * v + 0.001 * np.abs(g)
        ),
        "The first average is divided by the root of the second, so that slopes of any unit cancel.": _adam_like(
            divide=lambda m, v: m / (v + EPS)
        ),
        "ε is added to the root, not under it: for very small slopes that is another thing.": _adam_like(
            divide=lambda m, v: m / np.sqrt(v + EPS)
        ),
        "ε is missing. It is what keeps very small slopes from making whole steps.": _adam_like(
            divide=lambda m, v: m / np.sqrt(v)
        ),
        "β₁ and β₂ are mixed up: the squares are remembered longer.": _adam_like(
            first=lambda m, g: 0.999 * m + 0.001 * g,
            second=lambda v, g: 0.9 * v + 0.1 * g * g,
            correct=lambda m, v, t: (m / (1 - 0.999**t), v / (1 - 0.9**t)),
        ),
        "The averages forget too fast: β is the share of the old that stays, 1 − β the share of the new.": _adam_like(
            first=lambda m, g: 0.1 * m + 0.9 * g, second=lambda v, g: 0.001 * v + 0.999 * g * g
        ),
        "You climb: a step goes against the slope.": _adam_like(sign=1),
        "Both averages begin at zero; that is what the correction corrects. Yours begin at the first slope.": (
            _adam_like(start=lambda g: (1.0 * g, 1.0 * g * g))
        ),
        "You gave only where it ended. Every place after a step is asked for, one a row.": lambda p, grads, lr: (
            lambda places, m, v: (places[-1], m, v)
        )(*_adam_like()(p, grads, lr)),
        "The places are right. m and v are wanted as the plain averages; you gave the corrected ones, and a run that "
        "goes on from them would correct twice.": lambda p, grads, lr: (
            lambda places, m, v: (places, m / (1 - 0.9 ** len(grads)), v / (1 - 0.999 ** len(grads)))
        )(*_adam_like()(p, grads, lr)),
        "All your rows are the last place: `p -= ...` changes the one array that stands in your list again and again. "
        "`p = p - ...` makes a new one.": _adam_in_place,
        "Each row of yours is the place before its step; the last step is never seen.": lambda p, grads, lr: (
            lambda places, m, v: (np.vstack([p, places[:-1]]), m, v)
        )(*_adam_like()(p, grads, lr)),
        "The start stands in your places too. Only the places after a step are asked for.": lambda p, grads, lr: (
            lambda places, m, v: (np.vstack([p, places]), m, v)
        )(*_adam_like()(p, grads, lr)),
        "Every step of yours sets out from the same place. The next one begins where the last one ended.": (
            lambda p, grads, lr: (lambda places, m, v: (p + np.diff(places, axis=0, prepend=[p]), m, v))(
                *_adam_like()(p, grads, lr)
            )
        ),
        "Only one step was taken. Is your `return` inside the loop?": lambda p, grads, lr: _adam_like()(
            p, grads[:1], lr
        ),
        "The averages forget everything at each step. They are set to zero once, before the loop.": _adam_like(
            first=lambda m, g: 0.1 * g,
            second=lambda v, g: 0.001 * g * g,
        ),
        "The slope itself is divided in yours, and the first average is never used: that is RMSprop, corrected.": (
            _adam_with_slope
        ),
        "You corrected as if all the steps had been taken already. In each step t is the number of steps so far.": (
            _adam_counted_in_full
        ),
        "The second average takes the square of the slope, not of the first average.": _adam_square_of_average,
        "Your count of the steps begins at 2, so the first correction is too weak.": _adam_like(begin=2),
        "β to the power t, not β times t.": _adam_like(
            correct=lambda m, v, t: (m / (1 - 0.9 * t), v / (1 - 0.999 * t))
        ),
        "The correction belongs to the second average itself. You took the root first and then corrected.": _adam_like(
            correct=lambda m, v, t: (m / (1 - 0.9**t), (np.sqrt(v) / (1 - 0.999**t)) ** 2)
        ),
        "Both averages are corrected with β₁ in yours. Each has a β of its own.": _adam_like(
            correct=lambda m, v, t: (m / (1 - 0.9**t), v / (1 - 0.9**t))
        ),
        "The slope enters the first average whole. A running average takes only a share of the new.": _adam_like(
            first=lambda m, g: 0.9 * m + g
        ),
        "m and v are in each other's place among your results.": lambda p, grads, lr: (
            lambda places, m, v: (places, v, m)
        )(*_adam_like()(p, grads, lr)),
    },
    styles={
        "numbers in loops": _adam_list,
        "filled in": _adam_filled,
        "numbers taken together": lambda p, grads, lr: _adam_like(
            correct=lambda m, v, t: (m / (1 - 0.9**t), v / (1 - 0.999**t)),
            divide=lambda m, v: np.divide(m, EPS + v**0.5),
        )(np.asarray(p, float), grads, lr),
        "float32": lambda p, grads, lr: tuple(np.asarray(a, np.float32) for a in _adam_like()(p, grads, lr)),
    },
    hints=[
        "Two averages that begin at zero, one of the slopes and one of their squares. Bring both up to date in each "
        "step.",
        "Divide each average by 1 − βᵗ under a new name; the averages themselves stay as they are. t is 1 in the "
        "first step: enumerate(grads, start=1).",
        "The step: lr times the corrected first average, divided by (root of the corrected second one plus 1e-8).",
        "Collect the places in a list, and make an array of it in the end.",
    ],
)

# 5.6 ------------------------------------------------------------------------------------------------------------------


def _rate_like(
    up=lambda t, warmup: (t + 1) / warmup,
    done=lambda t, warmup, total: (t - warmup) / (total - warmup),
    down=lambda done: (1 + np.cos(np.pi * done)) / 2,
):
    """A warm-up and half a cosine, with one thing changed."""

    def rate(t, warmup, total, lr):
        t = np.asarray(t)
        return lr * np.where(t < warmup, up(t, warmup), down(done(t, warmup, total)))

    return rate


def _rate_loop(t, warmup, total, lr):
    rates = []
    for step in t:
        if step < warmup:
            rates.append(lr * (step + 1) / warmup)
        else:
            rates.append(lr * 0.5 * (1 + np.cos(np.pi * (step - warmup) / (total - warmup))))
    return np.array(rates)


rate = Exercise(
    title="Warm up, then come to rest",
    minutes=10,
    reference=_rate_like(),
    worked=Worked(
        (np.array([0, 1, 2, 4, 6]), 2, 6, 0.8),
        np.array([0.4, 0.8, 0.8, 0.4, 0.0]),
        "step 4 is half of the way down, where the cosine of π/2 is 0",
    ),
    cases=lambda rng: [
        (np.sort(rng.integers(0, total + 1, size=k)), warmup, total, lr)
        for k, warmup, total, lr in [(7, 5, 40, 0.3), (9, 3, 17, 2.0)]
    ],
    edges={
        "first, last and the turn": (np.array([0, 9, 10, 11, 99, 100]), 10, 100, 0.1),
        "one step": (np.array([12]), 4, 20, 0.5),
    },
    mistakes={
        "Yours ends high: the cosine must go from 0 to π, and without π it only goes from 0 to 1.": _rate_like(
            down=lambda done: (1 + np.cos(done)) / 2
        ),
        "At its top 1 + cos is 2, so you begin at twice the rate.": _rate_like(
            down=lambda done: 1 + np.cos(np.pi * done)
        ),
        "A bare cosine goes on down to −1: half-way your steps turn round and climb.": _rate_like(
            down=lambda done: np.cos(np.pi * done)
        ),
        "Yours rises after the warm-up: the cosine is added, not taken away.": _rate_like(
            down=lambda done: (1 - np.cos(np.pi * done)) / 2
        ),
        "With 2π the cosine comes up again: in the end the rate is as high as at first.": _rate_like(
            down=lambda done: (1 + np.cos(2 * np.pi * done)) / 2
        ),
        "That is a quarter of a wave, which meets zero at full speed. Half a wave comes to rest.": _rate_like(
            down=lambda done: np.cos(np.pi / 2 * done)
        ),
        "Your first step has the rate 0 and is wasted. Step 0 is the first of the warm-up and gets one part of it.": (
            _rate_like(up=lambda t, warmup: t / warmup)
        ),
        "The way down begins where the warm-up ends; you count it from step 0, and at the turn the rate jumps.": (
            _rate_like(done=lambda t, warmup, total: t / total)
        ),
        "Yours ends above zero: the way down has fewer steps than the whole, because the warm-up took some.": (
            _rate_like(done=lambda t, warmup, total: (t - warmup) / total)
        ),
        "Where is the warm-up? In its steps the rate rises from small to full.": _rate_like(
            up=lambda t, warmup: 1.0 + 0.0 * t
        ),
        "That is a straight line down. The cosine stays high longer and lands softly.": _rate_like(
            down=lambda done: 1 - done
        ),
        "You gave the factor; multiply it by the learning rate.": lambda t, warmup, total, lr: _rate_like()(
            t, warmup, total, 1.0
        ),
        "At t = warmup yours is still warming up, and goes above the full rate. The formula for the way up holds only "
        "below it.": lambda t, warmup, total, lr: (
            lr * np.where(t <= warmup, (t + 1) / warmup, (1 + np.cos(np.pi * (t - warmup) / (total - warmup))) / 2)
        ),
        "The learning rate is there on the way down only. The warm-up must be multiplied by it too.": (
            lambda t, warmup, total, lr: np.where(t < warmup, 1.0, lr) * _rate_like()(t, warmup, total, 1.0)
        ),
        "The learning rate is there in the warm-up only. The way down must be multiplied by it too.": (
            lambda t, warmup, total, lr: np.where(t < warmup, lr, 1.0) * _rate_like()(t, warmup, total, 1.0)
        ),
        "The length of the way down is right, but you count the steps on it from 0: at the turn none of it is done.": (
            _rate_like(done=lambda t, warmup, total: t / (total - warmup))
        ),
        "One step too few on the way down: 0 is reached before the last step, and then it rises again.": _rate_like(
            done=lambda t, warmup, total: (t - warmup) / (total - warmup - 1)
        ),
        "The way down is one step ahead in yours: at t = warmup the rate is still full.": _rate_like(
            done=lambda t, warmup, total: (t + 1 - warmup) / (total - warmup)
        ),
        "np.cos takes its angle in radians; yours is in degrees.": _rate_like(
            down=lambda done: (1 + np.cos(180 * done)) / 2
        ),
        "Your warm-up ends below the full rate: it has `warmup` parts, and step 0 takes the first.": _rate_like(
            up=lambda t, warmup: (t + 1) / (warmup + 1)
        ),
        "There is no warm-up in yours: the cosine runs from step 0 to the end.": lambda t, warmup, total, lr: (
            lr * (1 + np.cos(np.pi * t / total)) / 2
        ),
        "A sine is in the middle where the cosine is at its top.": _rate_like(
            down=lambda done: (1 + np.sin(np.pi * done)) / 2
        ),
        "The two formulas have changed places: yours warms up at the end.": lambda t, warmup, total, lr: (
            lr * np.where(t >= warmup, (t + 1) / warmup, (1 + np.cos(np.pi * (t - warmup) / (total - warmup))) / 2)
        ),
        "`//` throws away what is left over, and so the whole rise. Divide with `/`.": _rate_like(
            up=lambda t, warmup: (t + 1) // warmup
        ),
    },
    styles={
        "loop": _rate_loop,
        "mask": lambda t, warmup, total, lr: (
            lr * (t < warmup) * (t + 1) / warmup
            + lr * (t >= warmup) * (0.5 + 0.5 * np.cos(np.pi * (t - warmup) / (total - warmup)))
        ),
        "squared cosine": _rate_like(down=lambda done: np.cos(np.pi / 2 * done) ** 2),
        "float32": lambda t, warmup, total, lr: _rate_like()(t, warmup, total, lr).astype(np.float32),
    },
    hints=[
        "Two formulas, one for t < warmup and one for the rest; np.where chooses, number by number.",
        "On the way down: which share of it is done? It must be 0 at t = warmup and 1 at t = total.",
        "From there: 1 + cos(π · done) goes from 2 to 0.",
    ],
)

# 5.7 ------------------------------------------------------------------------------------------------------------------


def _norm_like(
    measure=lambda x: (x.mean(axis=0), x.var(axis=0)),
    keep=lambda old, new: 0.9 * old + 0.1 * new,
    divide=lambda x, mean, var: (x - mean) / np.sqrt(var + NORM_EPS),
    always_measure=False,
    always_keep=False,
    use_kept=False,
    stored=lambda var: var,
    affine=lambda y, weight, bias: weight * y + bias,
):
    """Batch normalization with one thing changed."""

    def norm(x, weight, bias, running_mean, running_var, training):
        with np.errstate(all="ignore"):
            mean, var = measure(x)
            kept = keep(running_mean, mean), keep(running_var, stored(var))
            if training or always_keep:
                running_mean, running_var = kept
            if not (training or always_measure) or use_kept:
                mean, var = running_mean, running_var
            return affine(divide(x, mean, var), weight, bias), running_mean, running_var

    return norm


def _norm_branches(x, weight, bias, running_mean, running_var, training):
    if not training:
        return (x - running_mean) * weight / (running_var + NORM_EPS) ** 0.5 + bias, running_mean, running_var
    mean = x.sum(axis=0) / x.shape[0]
    var = ((x - mean) ** 2).sum(axis=0) / x.shape[0]
    y = (x - mean) * weight / (var + NORM_EPS) ** 0.5 + bias
    return y, running_mean + 0.1 * (mean - running_mean), running_var + 0.1 * (var - running_var)


def _norm_of_rows(x, weight, bias, running_mean, running_var, training):
    """The wrong axis, which only a square table forgives."""
    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean(axis=1), x.var(axis=1)
        running_mean, running_var = 0.9 * running_mean + 0.1 * mean, 0.9 * running_var + 0.1 * var
    return weight * (x - mean) / np.sqrt(var + NORM_EPS) + bias, running_mean, running_var


def _norm_moving_after(x, weight, bias, running_mean, running_var, training):
    """The running values are used as they are, and moved in any case."""
    y = _norm_like()(x, weight, bias, running_mean, running_var, training)[0]
    return y, 0.9 * running_mean + 0.1 * x.mean(axis=0), 0.9 * running_var + 0.1 * x.var(axis=0)


def _norm_columns(x, weight, bias, running_mean, running_var, training):
    columns = [
        _norm_branches(x[:, j : j + 1], weight[j], bias[j], running_mean[j : j + 1], running_var[j : j + 1], training)
        for j in range(x.shape[1])
    ]
    return tuple(np.concatenate(part, axis=-1) for part in zip(*columns, strict=True))


def _norm_case(rng, n, d, training):
    return (
        rng.normal(size=(n, d)) * 2 + 1,
        rng.normal(size=d),
        rng.normal(size=d),
        rng.normal(size=d),
        rng.random(d) + 0.5,
        training,
    )


batch_norm = Exercise(
    title="Batch normalization, in training and in use",
    minutes=15,
    reference=_norm_like(),
    worked=Worked(
        (
            np.array([[3000.0, 1000.0], [5000.0, 7000.0]]),
            np.array([2.0, 1.0]),
            np.array([10.0, 0.0]),
            np.array([0.0, 1000.0]),
            np.array([0.0, 1e6]),
            True,
        ),
        (np.array([[8.0, -1.0], [12.0, 1.0]]), np.array([400.0, 1300.0]), np.array([1e5, 1.8e6])),
        "the means are 4000 and 4000, the deviations 1000 and 3000",
    ),
    cases=lambda rng: [
        _norm_case(rng, *shape, training)
        for shape, training in [((4, 3), True), ((3, 5), False), ((6, 2), True), ((2, 4), False)]
    ],
    edges={
        "one row, in use": _norm_case(np.random.default_rng(0), 1, 3, False),
        "a column that is constant": (
            np.array([[1.0, 2.0], [1.0, 4.0], [1.0, -3.0]]),
            np.array([2.0, 3.0]),
            np.array([0.5, 1.0]),
            np.zeros(2),
            np.ones(2),
            True,
        ),
        "integers": (
            np.array([[1, 5], [4, 2], [0, 8]]),
            np.array([2, 3]),
            np.array([1, -1]),
            np.array([1, 2]),
            np.array([4, 1]),
            True,
        ),
    },
    mistakes={
        "In use it must not look at its batch: there the running values take the place of the batch's. With one row "
        "yours forgets the row altogether.": _norm_like(always_measure=True),
        "The running averages are the wrong way round: nine tenths of the old stay, one tenth is new.": _norm_like(
            keep=lambda old, new: 0.1 * old + 0.9 * new
        ),
        "The running values may change in training only. Yours go on learning from what they are asked about.": (
            _norm_like(always_keep=True)
        ),
        "In training the batch's own mean and variance count, not the running ones.": _norm_like(use_kept=True),
        "The running values never change in yours, so in use it would divide by what it began with.": _norm_like(
            keep=lambda old, new: old
        ),
        "You divided by the variance; the unit is the standard deviation.": _norm_like(
            divide=lambda x, mean, var: (x - mean) / (var + NORM_EPS)
        ),
        "ε is added under the root, to the variance.": _norm_like(
            divide=lambda x, mean, var: (x - mean) / (np.sqrt(var) + NORM_EPS)
        ),
        "Without ε a constant column divides by zero.": _norm_like(
            divide=lambda x, mean, var: (x - mean) / np.sqrt(var)
        ),
        "Weight and bias are missing: they let the network choose another size and place again.": _norm_like(
            affine=lambda y, weight, bias: y
        ),
        "You measured each row. Batch normalization measures each column, over the batch; the other is layer "
        "normalization, of chapter 10.": _norm_like(
            measure=lambda x: (x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True))
        ),
        "Along axis 1 you get one mean an example. It fits here only because the example's table is square.": (
            _norm_of_rows
        ),
        "You took one mean and one variance for the whole table. Each column has its own.": _norm_like(
            measure=lambda x: (np.full(x.shape[1], x.mean()), np.full(x.shape[1], x.var()))
        ),
        "The running variance is one of variances; you let it average standard deviations.": _norm_like(stored=np.sqrt),
        "Here the variance has n below the line, as np.var gives it; yours has n − 1.": _norm_like(
            measure=lambda x: (x.mean(axis=0), x.var(axis=0) * len(x) / np.maximum(len(x) - 1, 1))
        ),
        "y is right. Your running variance is PyTorch's, with n − 1; here it takes the same variance as y.": (
            lambda x, weight, bias, running_mean, running_var, training: (
                lambda y, mean, var: (
                    y,
                    mean,
                    0.9 * running_var + 0.1 * x.var(axis=0) * len(x) / (len(x) - 1) if training else var,
                )
            )(*_norm_like()(x, weight, bias, running_mean, running_var, training))
        ),
        "The batch's values have replaced your running ones. They should move towards them, a tenth of the way.": (
            _norm_like(keep=lambda old, new: new)
        ),
        "A tenth of the new is added in yours, but the old keeps all of itself: such a value only grows.": _norm_like(
            keep=lambda old, new: old + 0.1 * new
        ),
        "Your running mean moves and your running variance does not.": (
            lambda x, weight, bias, running_mean, running_var, training: (
                *_norm_like()(x, weight, bias, running_mean, running_var, training)[:2],
                running_var,
            )
        ),
        "The bias is missing at the end.": _norm_like(affine=lambda y, weight, bias: weight * y),
        "The weight is missing: the normalised column is multiplied by it before the bias is added.": _norm_like(
            affine=lambda y, weight, bias: y + bias
        ),
        "Yours multiplies the bias by the weight as well. First times weight, then plus bias.": _norm_like(
            affine=lambda y, weight, bias: weight * (y + bias)
        ),
        "weight and bias have changed places.": _norm_like(affine=lambda y, weight, bias: bias * y + weight),
        "y is right. But in use the running values still move; they may do so in training only.": _norm_moving_after,
        "You always normalise by the running values, and they never move: `training` is not looked at.": (
            lambda x, weight, bias, running_mean, running_var, training: _norm_like()(
                x, weight, bias, running_mean, running_var, False
            )
        ),
        "You took the root of a standard deviation. Under the root stands the variance.": _norm_like(
            divide=lambda x, mean, var: (x - mean) / np.sqrt(np.sqrt(var) + NORM_EPS)
        ),
        "In use nothing is normalised in yours. It should be, by the running values.": (
            lambda x, weight, bias, running_mean, running_var, training: (
                _norm_like()(x, weight, bias, running_mean, running_var, training)
                if training
                else (weight * x + bias, running_mean, running_var)
            )
        ),
        "ε is 10⁻⁵ here; 10⁻⁸ is Adam's.": _norm_like(divide=lambda x, mean, var: (x - mean) / np.sqrt(var + EPS)),
        "Brackets: the mean is taken from x first, and then the difference is divided.": _norm_like(
            divide=lambda x, mean, var: x - mean / np.sqrt(var + NORM_EPS)
        ),
        "The mean is still in it. Take it away before you divide.": _norm_like(
            divide=lambda x, mean, var: x / np.sqrt(var + NORM_EPS)
        ),
        "Only y comes out of yours. The running values are wanted too, or the next batch could not go on from them.": (
            lambda *args: _norm_like()(*args)[0]
        ),
    },
    styles={
        "two branches": _norm_branches,
        "column by column": _norm_columns,
        "a list": lambda *args: list(_norm_like()(*args)),
        "float32": lambda *args: tuple(np.asarray(v, np.float32) for v in _norm_like()(*args)),
    },
    hints=[
        "In training: measure mean and variance of each column of x, normalise by them, and let the running values "
        "move a tenth of the way towards them.",
        "In use: normalise by the running values, and leave them alone.",
        "Ask first whether it is training; what differs is where mean and variance come from. The formula for y is "
        "one and the same.",
    ],
)

# 5.8 ------------------------------------------------------------------------------------------------------------------


def _adamw_like(before=lambda p, lr, decay: (1 - lr * decay) * p, after=lambda p, lr, decay: p, slope=None, first=None):
    """AdamW with one thing changed: what happens before and after the step, and which slope it takes."""

    def run(p, grads, lr, decay):
        m = v = np.zeros(len(p))
        start, places = p, []
        for t, g in enumerate(grads, start=1):
            g = slope(p, g, decay) if slope else g
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            change = lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + EPS)
            p = first(p, start, lr, decay) if first else before(p, lr, decay)
            p = after(p - change, lr, decay)
            places.append(p)
        return np.array(places)

    return run


adamw = Exercise(
    title="AdamW: let the weights fade",
    level="stretch",
    minutes=8,
    reference=_adamw_like(),
    worked=Worked(
        (np.array([1.0, 2.0]), np.array([[100.0, -50.0], [100.0, -50.0]]), 0.1, 0.5),
        np.array([[0.85, 2.0], [0.7075, 2.0]]),
        "each weight keeps 1 − 0.1 · 0.5 = 0.95 of itself, then Adam moves it by 0.1",
    ),
    cases=lambda rng: [
        (rng.normal(size=d), rng.normal(size=(steps, d)) * scale, lr, decay)
        for steps, d, scale, lr, decay in [(4, 3, 1.0, 0.1, 0.3), (3, 5, 20.0, 0.02, 2.0)]
    ],
    edges={
        "one step": (np.array([0.5, -1.0, 2.0]), np.array([[3.0, -0.2, 1.0]]), 0.01, 5.0),
        "integers": (np.array([1, 2]), np.array([[3, -1], [2, 4], [-5, 1]]), 0.5, 0.25),
    },
    mistakes={
        "That is decay by the slope, as in Adam: it passes through the averages and is divided by the root with "
        "everything else. Shrink the weights themselves.": _adamw_like(
            before=lambda p, lr, decay: p, slope=lambda p, g, decay: g + decay * p
        ),
        "The learning rate belongs to the decay too: a step with a small rate also fades little.": _adamw_like(
            before=lambda p, lr, decay: (1 - decay) * p
        ),
        "Your weights grow: they keep one minus something of themselves.": _adamw_like(
            before=lambda p, lr, decay: (1 + lr * decay) * p
        ),
        "First the weights fade, then they step. You let the step fade too.": _adamw_like(
            before=lambda p, lr, decay: p, after=lambda p, lr, decay: (1 - lr * decay) * p
        ),
        "There is no decay yet: this is Adam.": _adamw_like(before=lambda p, lr, decay: p),
        "You pulled every weight towards zero by the same amount. Decay takes a share of each.": _adamw_like(
            before=lambda p, lr, decay: p - lr * decay * np.sign(p)
        ),
        "The share is taken of the weights as they now are, not as they were at the start.": _adamw_like(
            first=lambda p, start, lr, decay: p - lr * decay * start
        ),
        "Half of the decay: a factor of one half belongs to a penalty in the loss, not here.": _adamw_like(
            before=lambda p, lr, decay: (1 - lr * decay / 2) * p
        ),
        "decay is missing in what fades: the rate alone does not say how much.": _adamw_like(
            before=lambda p, lr, decay: (1 - lr) * p
        ),
        "Your weights keep only what they should lose.": _adamw_like(before=lambda p, lr, decay: lr * decay * p),
        "You took the same amount from each weight, which pushes those below zero away. Take a share of each.": (
            _adamw_like(before=lambda p, lr, decay: p - lr * decay)
        ),
        "Your weights fade before the first step only. They fade before each.": lambda p, grads, lr, decay: _adamw_like(
            before=lambda p, lr, decay: p
        )((1 - lr * decay) * p, grads, lr, decay),
        "It is the step that shrinks in yours. The weights should.": lambda p, grads, lr, decay: _adamw_like(
            before=lambda p, lr, decay: p
        )(p, grads, lr * (1 - lr * decay), decay),
        "Only the places are wanted here, without m and v.": lambda p, grads, lr, decay: (
            _adamw_like()(p, grads, lr, decay),
            *_adam_like()(p, grads, lr)[1:],
        ),
        "You gave the last place alone. Each step's place is asked for, as in your Adam.": lambda p, grads, lr, decay: (
            _adamw_like()(p, grads, lr, decay)[-1]
        ),
    },
    styles={
        "subtracted": _adamw_like(before=lambda p, lr, decay: p - lr * decay * p),
        "power": _adamw_like(before=lambda p, lr, decay: p * (1 - decay * lr)),
        "filled in": lambda p, grads, lr, decay: np.stack(list(_adamw_like()(np.array(p, float), grads, lr, decay))),
        "float32": lambda *args: _adamw_like()(*args).astype(np.float32),
    },
    hints=[
        "Copy your Adam and add one line, before the step.",
        "A weight keeps the share 1 − lr · decay of itself. The slopes, and so both averages, know nothing of it.",
    ],
)

# 5.9 ------------------------------------------------------------------------------------------------------------------


def _slopes_like(
    through=lambda g, hat: g - g.mean(axis=0) - hat * (g * hat).mean(axis=0),
    divide=lambda d, std: d / std,
    weighted=lambda dy, weight: dy * weight,
    of_weight=lambda dy, hat: (dy * hat).sum(axis=0),
):
    """The slopes of batch normalization with one thing changed."""

    def slopes(x, weight, dy):
        std = np.sqrt(x.var(axis=0) + NORM_EPS)
        hat = (x - x.mean(axis=0)) / std
        return divide(through(weighted(dy, weight), hat), std), of_weight(dy, hat)

    return slopes


def _slopes_without_eps(x, weight, dy):
    with np.errstate(all="ignore"):
        std = x.std(axis=0)
        hat, g = (x - x.mean(axis=0)) / std, dy * weight
        return (g - g.mean(axis=0) - hat * (g * hat).mean(axis=0)) / std, (dy * hat).sum(axis=0)


def _slopes_in_paths(x, weight, dy):
    n = len(x)
    std = (x.var(axis=0) + NORM_EPS) ** 0.5
    off = x - x.mean(axis=0)
    d_hat = dy * weight
    d_var = (d_hat * off).sum(axis=0) * -0.5 / std**3
    d_off = d_hat / std + d_var * 2 * off / n
    return d_off - d_off.sum(axis=0) / n, (dy * off / std).sum(axis=0)


def _slopes_by_matrix(x, weight, dy):
    dx = np.empty(x.shape)
    n = len(x)
    std = np.sqrt(x.var(axis=0) + NORM_EPS)
    hat = (x - x.mean(axis=0)) / std
    for j in range(x.shape[1]):
        jacobian = (np.eye(n) - 1 / n - np.outer(hat[:, j], hat[:, j]) / n) / std[j]
        dx[:, j] = jacobian @ (weight[j] * dy[:, j])
    return dx, np.einsum("nd,nd->d", dy, hat)


batch_norm_slopes = Exercise(
    title="Batch normalization, backwards",
    level="stretch",
    minutes=18,
    reference=_slopes_like(),
    worked=Worked(
        (
            np.array([[-1e4], [-1e4], [1e4], [1e4]]),
            np.array([2.0]),
            np.array([[1e4], [0.0], [0.0], [0.0]]),
        ),
        (np.array([[1.0], [-1.0], [0.0], [0.0]]), np.array([-1e4])),
        "the first row: (20000 − 5000 − (−1) · (−5000)) / 10000",
    ),
    cases=lambda rng: [
        (rng.normal(size=(n, d)), rng.normal(size=d), rng.normal(size=(n, d))) for n, d in [(4, 3), (3, 5), (6, 2)]
    ],
    edges={
        "one row": (np.array([[0.5, -1.0, 2.0]]), np.array([1.0, 2.0, 3.0]), np.array([[0.3, 1.0, -2.0]])),
        "integers": (np.array([[1, 5], [4, 2], [0, 8]]), np.array([2, 3]), np.array([[1, 0], [-2, 1], [0, 3]])),
    },
    slope=Slope(
        lambda x, weight, dy: np.sum(dy * weight * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + NORM_EPS)),
        (0, 1),
        "the sum of dy · y",
    ),
    mistakes={
        "You took mean and deviation for constants. Both are made of x, so x has three ways into y, and three bills "
        "come back.": _slopes_like(through=lambda g, hat: g),
        "The bill that comes back through the mean is missing.": _slopes_like(
            through=lambda g, hat: g - hat * (g * hat).mean(axis=0)
        ),
        "The bill that comes back through the deviation is missing.": _slopes_like(
            through=lambda g, hat: g - g.mean(axis=0)
        ),
        "weight is missing in dx: y is weight times the normalised x.": _slopes_like(
            weighted=lambda dy, weight: dy * 1.0
        ),
        "Your bills through mean and deviation are n times too large: each row's share of a mean is 1/n.": _slopes_like(
            through=lambda g, hat: g - g.sum(axis=0) - hat * (g * hat).sum(axis=0)
        ),
        "The division by the deviation is missing: a nudge of x is a nudge of x divided by it in the normalised x.": (
            _slopes_like(divide=lambda d, std: d)
        ),
        "A sign: the bill through the deviation is taken away, like the one through the mean.": _slopes_like(
            through=lambda g, hat: g - g.mean(axis=0) + hat * (g * hat).mean(axis=0)
        ),
        "dx is right. weight stands in every row, so its slope is the sum over the rows, not their mean.": _slopes_like(
            of_weight=lambda dy, hat: (dy * hat).mean(axis=0)
        ),
        "dx is right. The sum of dy alone is the slope of the bias; weight is multiplied by the normalised x.": (
            _slopes_like(of_weight=lambda dy, hat: dy.sum(axis=0))
        ),
        "You divided by the variance; the unit was the standard deviation.": _slopes_like(
            divide=lambda d, std: d / std**2
        ),
        "You multiplied by the deviation. In the normalised x a nudge of x is divided by it.": _slopes_like(
            divide=lambda d, std: d * std
        ),
        "What comes back through the deviation is not the same for all rows: it goes to each by its normalised x.": (
            _slopes_like(through=lambda g, hat: g - g.mean(axis=0) - (g * hat).mean(axis=0))
        ),
        "Both bills are added in yours. They are taken away: a row that goes up pulls the mean after it.": _slopes_like(
            through=lambda g, hat: g + g.mean(axis=0) + hat * (g * hat).mean(axis=0)
        ),
        "The bill through the deviation is half of what it should be: the slope of a square has a 2.": _slopes_like(
            through=lambda g, hat: g - g.mean(axis=0) - hat * (g * hat).mean(axis=0) / 2
        ),
        "The bill through the deviation lacks its 1/n: variance is a mean as well.": _slopes_like(
            through=lambda g, hat: g - g.mean(axis=0) - hat * (g * hat).sum(axis=0)
        ),
        "ε is missing: the variance that was divided by had 10⁻⁵ added to it, on the way back as well.": (
            _slopes_without_eps
        ),
        "dx is right. weight is multiplied by the normalised x, not by x as it came in.": lambda x, weight, dy: (
            _slopes_like()(x, weight, dy)[0],
            (dy * x).sum(axis=0),
        ),
        "dx is right. In the slope for weight there is a weight too many: y is linear in it.": lambda x, weight, dy: (
            _slopes_like()(x, weight, dy)[0],
            weight * _slopes_like()(x, weight, dy)[1],
        ),
        "dx is right. The slope for weight still has one row an example; weight has shape (d,), so add them up.": (
            _slopes_like(of_weight=lambda dy, hat: dy * hat)
        ),
        "Your means run along the rows. A column is measured by itself, over the examples.": _slopes_like(
            through=lambda g, hat: g - g.mean(axis=1, keepdims=True) - hat * (g * hat).mean(axis=1, keepdims=True)
        ),
    },
    styles={
        "path by path": _slopes_in_paths,
        "by its matrix": _slopes_by_matrix,
        "a list": lambda x, weight, dy: list(_slopes_like()(x, weight, dy)),
        "divided first": lambda x, weight, dy: (
            (lambda g, hat, std: g / std - g.mean(axis=0) / std - hat * (g * hat).mean(axis=0) / std)(
                dy * weight,
                (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + NORM_EPS),
                np.sqrt(x.var(axis=0) + NORM_EPS),
            ),
            _slopes_like()(x, weight, dy)[1],
        ),
    },
    hints=[
        "Call the normalised x x̂ and g = dy · weight. If mean and deviation were constants, dx would be g divided by "
        "the deviation.",
        "A nudge of one row moves the mean by 1/n, and so all rows of x̂. What comes back for that, in terms of g?",
        "The deviation gives: x̂ times the mean of g · x̂. Both bills are taken from g before it is divided.",
    ],
)

# Questions ------------------------------------------------------------------------------------------------------------

_RATE_SMALL = "The learning rate is far too small."
_RATE_LARGE = "The learning rate is too large."
_INIT_LARGE = "The first weights are too large."
_UNSHUFFLED = "The images come sorted by their label."
_SOFTMAX_TWICE = "Softmax is applied before a loss that takes logits."
_GUESS = {
    _RATE_SMALL: "Too small a rate gives a smooth slow fall that has not ended; look again at where this one begins, "
    "how rough it is, and where it ends.",
    _RATE_LARGE: "Too large a rate throws the loss up in the first steps, above where it began, or keeps it jumping. "
    "This one does neither.",
    _INIT_LARGE: "Then the very first loss would lie far above ln 10: such a network is sure and wrong before it has "
    "learnt anything.",
    _UNSHUFFLED: "Then the loss would fall and leap in a beat: it learns to say one label, and is surprised when the "
    "next one comes.",
    _SOFTMAX_TWICE: "That has a floor which no learning gets below: probabilities taken for logits lie between 0 and "
    "1, so the surprise stays above ln(e + 9) − 1.",
}


def _ward(letter: str, right: str, because: str) -> Question:
    wrong = {guess: why for guess, why in _GUESS.items() if guess != right}
    return Question(f"Ward, curve {letter}: which illness is it?", right=right, wrong=wrong, because=because)


curve_a = _ward(
    "A",
    _UNSHUFFLED,
    "Ten leaps an epoch, one for each kind of clothes. Between them the loss is near zero: for a while always the same "
    "answer is right.",
)
curve_b = _ward(
    "B",
    _SOFTMAX_TWICE,
    "It falls smoothly and levels off well above its healthy neighbour; below ln(e + 9) − 1 ≈ 1.46 it can never get. "
    "Its accuracy may be good, for the largest probability is the largest logit. That is why this one hides so well.",
)
curve_c = _ward(
    "C",
    _INIT_LARGE,
    "It begins far above ln 10. Ask a network that knows nothing for its loss: anything but ln 10 means that its "
    "weights already speak.",
)
curve_d = _ward(
    "D",
    _RATE_SMALL,
    "Smooth, falling, never arriving. Such a run is not broken, only slow: multiply the rate by three until it is not.",
)
curve_e = _ward(
    "E",
    _RATE_LARGE,
    "It leaps far above its start, leaps again, and comes to lie at ln 10: a leap has silenced the ReLUs, and a silent "
    "unit has no slope to come back by.",
)

flat = Question(
    "A network for ten digits shows a loss of 2.303 in the first step, and 2.302 after four epochs. Which is the first "
    "thing to do?",
    right="Let it learn one batch by heart, and see whether it can.",
    wrong={
        "Train it for more epochs.": "Four epochs are thousands of steps. If none of them told the digits apart, more "
        "of them would be waiting, not testing.",
        "Take a larger network.": "First make sure that this one can learn at all. A larger one with the same fault is "
        "a slower one with the same fault.",
        "Nothing: ln 10 is 2.303, so all is well.": "In the first step it is well. After four epochs it means that the "
        "network still knows nothing.",
    },
    because="It takes seconds and splits the possible faults in two: what keeps it from learning 64 images by heart is "
    "in network, loss or optimizer, not in the data.",
)

adam_size = Question(
    "The loss is multiplied by 1,000. What happens to the path of Adam, and of plain descent, with the same learning "
    "rate?",
    right="Adam's stays as it was; plain descent takes steps 1,000 times as long.",
    wrong={
        "Both take steps 1,000 times as long.": "Adam divides the average slope by the root of the average square. "
        "What multiplies both falls out.",
        "Both stay as they were: the lowest point is the same.": "The lowest point is, but plain descent multiplies "
        "the slope itself by the rate.",
        "Adam takes longer steps, plain descent stays as it was.": "It is the other way: plain descent is the one that "
        "takes the slope as it comes.",
    },
    because="Numerator and denominator both grow 1,000 times. What remains is the sign, and how much the slopes agree.",
)

forgot_eval = Question(
    "A network with batch normalization is asked about one image at a time, and someone forgot eval(). What does "
    "PyTorch's BatchNorm1d do, and what would the bare formula do?",
    right="PyTorch refuses; the formula gives the bias, whatever the image.",
    wrong={
        "Both work; only a little less well than with a larger batch.": "With one image the mean is the image itself: "
        "x minus mean is 0 in every column.",
        "Both divide by zero.": "The variance is 0, but ε keeps the division finite: 0 by something small is 0.",
        "Nothing changes: the weights are the same.": "The weights are. But in training mode it measures the batch "
        "anew, and here the batch is one image.",
    },
    because="One image has no spread. What is left is 0 · weight + bias, the same for every image.",
)

two_rates = Question(
    "With batches of 32 the best learning rate was 0.1. You take batches of 128 instead, and as many epochs. What do "
    "you try first?",
    right="A larger rate: there are a quarter as many steps, and each is less noisy.",
    wrong={
        "The same rate: it belongs to the network.": "The network is the same, but it now takes a quarter as many "
        "steps. With the same length they get a quarter as far.",
        "A smaller rate: the sum over the batch is larger.": "The loss is a mean over the batch, so its slope does not "
        "grow with it.",
        "It does not matter: the best rate has to be searched anew in any case.": "Search, yes; but knowing in which "
        "direction saves most of the search.",
    },
    because="Between two and four times the rate is where people begin: √4 by the noise, 4 by the number of steps. "
    "Then look at the curve.",
)

THIS = chapter("05_training", globals())
__getattr__ = suggest(__name__, globals())


def progress():
    """Show this chapter's exercises and questions with what you have done so far."""
    return table_of(THIS)
