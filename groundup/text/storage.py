"""Tokenizers as JSON files, which can be read by eye and run no code."""

import json
from pathlib import Path
from typing import Any

from groundup.files import written_whole


class TokenizerError(ValueError):
    """A file holds no tokenizer of the kind wanted."""


def write(path: str | Path, kind: str, content: dict[str, Any]) -> None:
    """Write a tokenizer's content; a crash in the middle leaves the old file as it was."""
    with written_whole(path) as file:
        file.write((json.dumps({"kind": kind, **content}) + "\n").encode("ascii"))


def read(path: str | Path, kind: str) -> dict[str, Any]:
    """The content that `write` wrote for this kind.

    Raises:
        FileNotFoundError: there is no such file.
        TokenizerError: it is damaged, or holds something else.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise TokenizerError(f"{path} is no readable JSON ({error}): save the tokenizer again.") from error
    found = content.get("kind") if isinstance(content, dict) else None
    if found != kind:
        raise TokenizerError(f"{path} should hold a {kind} and holds {found or 'something else'}.")
    return content
