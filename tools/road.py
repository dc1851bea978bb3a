"""Draw the road of the README: docs/road.png, from ``groundup.plotting.road``.

python tools/road.py
"""

from pathlib import Path

import matplotlib.pyplot as plt

from groundup import plotting

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "road.png"


def draw(path: Path = PICTURE) -> None:
    """Save the road without a marked chapter as PNG."""
    figure = plotting.road().figure
    # Without the software's version in it, the same figure gives the same bytes.
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    draw()
    print(f"wrote {PICTURE.parent.name}/{PICTURE.name}")
