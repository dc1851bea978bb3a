"""Stored runs: made by tools/runs.py, read by groundup.runs, and their first steps made again here."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from groundup import runs as reader

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import recipe as recipes  # noqa: E402
import runs as maker  # noqa: E402

LARGEST_CURVES, LARGEST_ARRAYS = 300_000, 3_000_000  # bytes that one stored run may take in git

RECIPE = """
from recipe import Recipe
from _shared import START
import numpy as np

FACTOR = 0.5

def shrink(x):
    # a comment
    return x * FACTOR

def unrelated():
    return 1

def train(seed, note, *, steps=4, broken=False):
    x = START + seed
    for step in range(steps):
        x = shrink(x)
        note(loss=x, **({"even": step} if step % 2 == 0 else {}))
    return {"final": np.float32(x), "lost": float("nan"), "words": "so", "list": [1, x],
            "weights": np.full((2, 3), x, np.float32)}

def silent(seed, note):
    return {"x": 1}

RUNS = [
    Recipe("01_tiny", train, seeds=(0, 3), options={"steps": 5}, repeat=2),
    Recipe("01_long", train, options={"steps": 1000}, points=100),
    Recipe("02_silent", silent),
    *(Recipe(f"03_{x}", silent) for x in ("a", "b")),
]
"""


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A folder with recipes, and one to store in; returns a function that runs the command on them."""
    folder, into = tmp_path / "recipes", tmp_path / "runs"
    folder.mkdir()
    (folder / "tiny.py").write_text(RECIPE, encoding="utf-8")
    (folder / "_shared.py").write_text("START = 8.0\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "_shared", raising=False)

    def command(*arguments):
        return maker.main([*arguments, "--recipes", str(folder), "--into", str(into)])

    command.recipes, command.into = folder, into
    return command


def change(places, old, new, file="tiny.py"):
    path = places.recipes / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_run_is_made_stored_and_read(places):
    assert places("01_tiny") == 0
    run = reader.load("01_tiny", places.into)
    assert run.seeds == (0, 3)
    assert run.options == {"steps": 5}
    np.testing.assert_allclose(run.curve("loss"), [[4, 2, 1, 0.5, 0.25], [5.5, 2.75, 1.375, 0.6875, 0.34375]], 1e-5)
    assert run.at("loss").tolist() == [0, 1, 2, 3, 4]
    assert run.at("even").tolist() == [0, 2, 4]
    assert run.curve("even").tolist() == [[0, 2, 4], [0, 2, 4]]
    assert run.result("final").tolist() == [0.25, 0.34375]
    assert np.isnan(run.result("lost")).all()
    assert run.result("words").tolist() == ["so", "so"]
    assert run.result("list").tolist() == [[1, 0.25], [1, 0.34375]]
    weights = run.arrays("weights")
    assert weights.shape == (2, 2, 3) and weights.dtype == np.float32
    assert weights[1, 0, 0] == np.float32(0.34375)
    assert 10 < run.peak_mb < 2000 and 0 <= run.seconds < 60
    assert run.versions["numpy"] == np.__version__ and "core" in run.processor
    assert run.command == "python tools/runs.py 01_tiny"
    for words in ("Stored run 01_tiny (seeds 0, 3)", run.command, f"{run.peak_mb} MB", run.processor):
        assert words in str(run)
    assert run.names() == {
        "curve": ["loss", "even"],
        "result": ["final", "lost", "words", "list"],
        "arrays": ["weights"],
    }
    text = (places.into / "01_tiny.json").read_text(encoding="utf-8")
    assert '"value": [4.0, 2.0, 1.0, 0.5, 0.25]' in text, "a curve stands on one line"
    assert str(places.into) not in text and str(ROOT) not in text
    assert not list(places.into.glob(".*")), "nothing half written is left"


def test_an_array_of_some_seeds_only_is_read_for_these(places):
    change(
        places,
        '"weights": np.full((2, 3), x, np.float32)}',
        '**({"weights": np.full((2, 3), x)} if seed == 3 else {})}',
    )
    assert places("01_tiny") == 0
    run = reader.load("01_tiny", places.into)
    assert run.arrays("weights").shape == (1, 2, 3)
    assert run.arrays("weights")[0, 0, 0] == run.result("final")[1]


def test_a_long_curve_is_thinned_and_keeps_its_ends(places):
    assert places("01_long", "--seed", "0") == 0
    run = reader.load("01_long", places.into)
    at = run.at("loss")
    assert at[0] == 0 and at[-1] == 999
    assert 50 < len(at) <= 101
    assert set(np.diff(at)[:-1]) == {16}
    assert run.curve("loss").shape == (1, len(at))


def test_the_same_run_gives_the_same_arrays_byte_by_byte(places):
    places("01_long", "--seed", "0")
    first = (places.into / "01_long.npz").read_bytes()
    places("01_long", "--seed", "0")
    assert (places.into / "01_long.npz").read_bytes() == first


def test_one_seed_after_the_other(places, capsys):
    assert places("01_tiny", "--seed", "3") == 0
    with pytest.raises(reader.RunsError, match=r"lacks seed 0\. Run `git restore"):
        reader.load("01_tiny", places.into)
    assert places("--check") == 1
    assert "01_tiny: seed 0 is missing; run python tools/runs.py 01_tiny --seed 0" in capsys.readouterr().err
    assert places("01_tiny", "--seed", "0") == 0
    run = reader.load("01_tiny", places.into)
    assert run.seeds == (0, 3), "in the recipe's order"
    assert run.arrays("weights")[:, 0, 0].tolist() == [0.25, 0.34375]


def test_a_run_made_by_another_recipe_is_told_and_made_anew(places, capsys):
    places("01_tiny", "--seed", "0")
    places("01_tiny", "--seed", "3")
    change(places, "FACTOR = 0.5", "FACTOR = 0.25")
    assert places("--check") == 1
    assert "01_tiny: made by another recipe than there is now; run python" in capsys.readouterr().err
    assert places("01_tiny", "--seed", "3") == 0
    stored = json.loads((places.into / "01_tiny.json").read_text(encoding="utf-8"))
    assert [run["seed"] for run in stored["runs"]] == [3], "what the old recipe made is gone"
    assert list(np.load(places.into / "01_tiny.npz")) == ["3/weights"]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("    # a comment\n", "\n    # another comment\n", True),
        ("    return 1", "    return 2", True),  # of a function that train does not use
        ("points=100", "points=50", True),
        ('("a", "b")', '("a",)', True),  # in RUNS, where x is another x than that of train
        ("x * FACTOR", "FACTOR * x", False),
        ('"steps": 5', '"steps": 6', False),
        ("steps=4", "steps=3", False),
        ("from _shared import START", "from _other import START", False),
    ],
)
def test_what_counts_as_another_recipe(places, old, new, same):
    (places.recipes / "_other.py").write_text("START = 8.0\n", encoding="utf-8")
    before = maker.find_recipes(places.recipes)["01_tiny"].sha256
    change(places, old, new)
    assert (maker.find_recipes(places.recipes)["01_tiny"].sha256 == before) is same


def test_a_file_beside_the_recipe_counts_too(places):
    before = maker.find_recipes(places.recipes)["01_tiny"].sha256
    change(places, "8.0", "9.0", "_shared.py")
    assert maker.find_recipes(places.recipes)["01_tiny"].sha256 != before


def test_the_first_notes_are_repeated_and_compared(places, capsys):
    places("01_tiny", "--seed", "0")
    assert places("01_tiny", "--again") == 0
    tiny = maker.find_recipes(places.recipes)["01_tiny"]
    assert maker.repeated(tiny) == [{"loss": 4.0, "even": 0.0}, {"loss": 2.0}], "two notes, and then it stops"
    stored = maker.read_stored(tiny, places.into)
    assert maker.differences(tiny, stored) == []
    stored["runs"][0]["start"][1]["loss"] *= 1.0005
    assert maker.differences(tiny, stored) == []
    stored["runs"][0]["start"][1]["loss"] *= 1.001
    assert len(maker.differences(tiny, stored)) == 1
    stored["runs"][0]["start"][1] = {"accuracy": 2.0}
    assert len(maker.differences(tiny, stored)) == 2
    change(places, "x = START + seed", "x = START + seed + 1")
    assert places("01_tiny", "--again") == 1
    assert "01_tiny, note 0, loss: 4.5 now, 4.0 stored" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("have", "want", "same"),
    [
        (None, None, True),
        (float("nan"), None, True),
        (1.0, None, False),
        (None, 1.0, False),
        (float("inf"), 1.0, False),
    ],
)
def test_what_is_not_finite_must_be_so_again(have, want, same):
    assert maker.alike(have, want, 1e-3) is same


def test_a_list_and_what_is_missing(places, capsys):
    places("01_tiny", "--seed", "0")
    places("01_tiny", "--seed", "3")
    capsys.readouterr()
    assert places() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("01_long: not made yet")
    assert lines[1].startswith("01_tiny: seeds 0 3,") and lines[1].endswith("kB")
    (places.into / "09_stray.json").write_text("{}", encoding="utf-8")
    assert places("--check") == 1
    assert "09_stray: no recipe makes this run" in capsys.readouterr().err


def test_mistakes_are_told(places, capsys):
    assert places("05_nothing") == 1
    assert "no recipe for 05_nothing; there are: 01_long, 01_tiny, 02_silent, 03_a, 03_b" in capsys.readouterr().err
    assert places("01_tiny", "--seed", "7") == 1
    assert "its recipe has the seeds [0, 3], not 7" in capsys.readouterr().err
    assert places("02_silent", "--seed", "0") == 1
    assert "must call note(...) at least once" in capsys.readouterr().err
    change(places, "RUNS =", "RUN =")
    assert places() == 1
    assert "wants RUNS = [Recipe" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({}, "must return a dictionary"),
        (None, "must return a dictionary"),
        ({"x": object()}, "must be one number"),
        ({"x": np.array([object()])}, "dtype object"),
        ({"x": np.zeros(2, complex)}, "dtype complex128"),
    ],
)
def test_a_result_that_cannot_be_stored_is_refused(result, words):
    with pytest.raises(maker.RunsError, match=words):
        maker.split_result("t", result)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"name": "tiny"}, "named like 06_weight_decay"),
        ({"seeds": ()}, "at least one"),
        ({"seeds": (1, 1)}, "different"),
        ({"options": {"x": np.zeros(2)}}, "options must be numbers"),
        ({"train": lambda seed, note: {}}, "written with def"),
        ({"repeat": 0}, "repeat must be"),
    ],
)
def test_a_recipe_without_sense_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        recipes.Recipe(**({"name": "01_x", "train": change} | settings))


def test_the_reader_says_what_to_do(places):
    with pytest.raises(reader.RunsError, match=r"no stored run '01_tiny'; stored are: none.*tools/runs.py 01_tiny"):
        reader.load("01_tiny", places.into)
    places("01_tiny", "--seed", "0")
    places("01_tiny", "--seed", "3")
    run = reader.load("01_tiny", places.into)
    for ask in (run.curve, run.at, run.result, run.arrays):
        with pytest.raises(KeyError, match=r"the stored run 01_tiny has no .* 'nothing'; it has: "):
            ask("nothing")
    (places.into / "01_tiny.npz").write_bytes(b"broken")
    with pytest.raises(reader.RunsError, match=r"01_tiny\.npz cannot be read \(.*git restore data/runs/01_tiny\.npz"):
        run.arrays("weights")
    (places.into / "01_tiny.json").write_text("{", encoding="utf-8")
    with pytest.raises(reader.RunsError, match=r"01_tiny\.json cannot be read"):
        reader.load("01_tiny", places.into)


def test_curves_of_unequal_length_are_filled_with_nan():
    def one(seed, values):
        curve = {"loss": {"at": list(range(len(values))), "value": values}}
        return {"seed": seed, "seconds": 1.0, "peak_mb": 1, "versions": {}, "processor": "", "curve": curve}

    facts = {"name": "x", "command": "", "options": {}, "runs": [one(0, [1.0, None]), one(1, [1.0, 2.0, 3.0])]}
    curve = reader.Run(facts).curve("loss")
    np.testing.assert_array_equal(curve, [[1, np.nan, np.nan], [1, 2, 3]])


# The runs of this course.


def test_every_run_is_stored_as_its_recipe_says(capsys):
    assert maker.main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("name", reader.stored())
def test_the_first_steps_come_again(name):
    """Shown to be what the recipe gives now; float32 on another machine differs far less than rtol (see Recipe)."""
    recipe = maker.find_recipes()[name]
    assert maker.differences(recipe, maker.read_stored(recipe, maker.STORED)) == []


@pytest.mark.parametrize("name", reader.stored())
def test_a_stored_run_is_small_and_readable(name):
    run = reader.load(name)
    assert (maker.STORED / f"{name}.json").stat().st_size < LARGEST_CURVES
    arrays = maker.STORED / f"{name}.npz"
    assert not arrays.exists() or arrays.stat().st_size < LARGEST_ARRAYS
    for quantity in run.names()["curve"]:
        assert run.curve(quantity).shape == (len(run.seeds), len(run.at(quantity)))
    for array in run.names()["arrays"]:
        assert len(run.arrays(array)) in (1, len(run.seeds))  # some runs keep one seed's arrays only
