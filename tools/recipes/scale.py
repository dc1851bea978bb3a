"""Chapter 12: GPT in four sizes, two blocks each, on the same text and the same number of characters."""

from _shakespeare import gpt

from recipe import Recipe

WIDTHS = (16, 32, 64, 128)
SAME = {"heads": 4, "layers": 2, "length": 64, "batch": 8, "steps": 4000, "looks": 8}

# The narrower, the larger the first weights and the steps, both as 1/√width.
RUNS = [
    Recipe(
        f"12_size_{k + 1}",
        gpt,
        options=SAME | {"width": w, "std": round(0.06 * (128 / w) ** 0.5, 3), "lr": round(4e-3 * (128 / w) ** 0.5, 4)},
    )
    for k, w in enumerate(WIDTHS)
]
