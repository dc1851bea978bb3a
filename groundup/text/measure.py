"""How well a model predicts text, whatever its tokens are."""

import math


def bits_per_byte(loss: float, tokens: int, text: str | bytes | int) -> float:
    """Bits that a model needs for each byte of a text: these compare across tokenizers, losses per token do not.

    Args:
        loss: mean cross-entropy a token, in nats.
        tokens: how many were predicted.
        text: what they stand for, or its number of bytes in UTF-8.

    Raises:
        ValueError: the text is empty.
    """
    size = text if isinstance(text, int) else len(text if isinstance(text, bytes) else text.encode("utf-8"))
    if size < 1:
        raise ValueError("bits_per_byte() wants a text of at least one byte.")
    return float(loss) * tokens / math.log(2) / size
