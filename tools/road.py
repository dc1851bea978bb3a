"""Draw the road of the README: docs/road.png, from ``groundup.plotting.road``.

python tools/road.py
"""

from pathlib import Path

import matplotlib.pyplot as plt

from groundup import plotting
from groundup.plotting.road import CHAPTERS

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "road.png"


def draw(path: Path = PICTURE) -> None:
    """Save the road without a marked chapter as PNG."""
    figure = plotting.road().figure
    # The picture says what it was drawn from, so that a test can tell a stale one whatever the fonts. Without the
    # software's version in it, the same figure gives the same bytes.
    figure.savefig(path, metadata={"Software": None, "Description": words()})
    plt.close(figure)


def words() -> str:
    """Everything that is written on the road."""
    return "; ".join(" ".join(chapter).replace("\n", " ") for chapter in CHAPTERS)


if __name__ == "__main__":
    draw()
    print(f"wrote {PICTURE.parent.name}/{PICTURE.name}")
