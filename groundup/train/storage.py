"""Weights as a file: NumPy's npz, which runs no code when it is read."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from groundup.files import written_whole
from groundup.tensor import Tensor


class WeightsError(ValueError):
    """A file holds no weights that can be read."""


def save(path: str | Path, model: Any) -> None:
    """Write a model's weights; a crash in the middle leaves the old file as it was.

    The same weights give the same bytes, and ``numpy.load`` reads them too.

    Args:
        path: usually ends in ``.npz``.
        model: has ``state_dict()``: name → array or tensor.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    with written_whole(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in weights_of(model).items():
            # A ZipInfo carries a fixed date; np.savez would write today's, and stumble over a weight called "file".
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def load(path: str | Path, model: Any) -> Any:
    """Read weights that `save` wrote into a model of the same layers and sizes.

    The whole file is read before the model is touched.

    Args:
        path: the file.
        model: has ``load_state_dict(dict)``, which checks names and shapes.

    Returns:
        The model.

    Raises:
        FileNotFoundError: there is no such file.
        WeightsError: it is cut off, damaged, or something else than weights.
        ValueError: the weights are for another model.
    """
    model.load_state_dict(read(path))
    return model


def read(path: str | Path) -> dict[str, np.ndarray]:
    """The weights in a file, by name; raises as `load` does."""
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"there is no file {path}. Save weights with groundup.train.save({path.name!r}, model)."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            return {_name(member): _read(archive, member) for member in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise WeightsError(
            f"{path} holds no weights that can be read ({error}). It may be cut off, damaged or of another kind: save "
            "it again with groundup.train.save(), or bring it here once more."
        ) from error


def _name(member: str) -> str:
    if not member.endswith(".npy"):
        raise ValueError(f"{member!r} in it is no array")
    return member.removesuffix(".npy")


def _read(archive: zipfile.ZipFile, member: str) -> np.ndarray:
    with archive.open(member) as file:
        array = np.lib.format.read_array(file, allow_pickle=False)
        if file.read():  # also makes zipfile compare the checksum
            raise ValueError(f"{member!r} in it is longer than it says")
        return array


def weights_of(model: Any) -> dict[str, np.ndarray]:
    """Copies of a model's weights, by name."""
    return {name: np.array(w.data if isinstance(w, Tensor) else w) for name, w in model.state_dict().items()}
