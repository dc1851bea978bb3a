"""Writing a file so that at every moment either the old one or the new one is there, whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def written_whole(path: str | Path) -> Iterator[IO[bytes]]:
    """A binary file to write into, which takes its place only when the block has ended well.

    It is written beside the old one, because renaming is one step only within a disk. On any exception, the stop button
    included, the old file stays and the new one is removed.

    Args:
        path: where the file shall be; its folder must exist.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} to write {path.name} into: make it first.")
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # on the disk before the name points to it
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
