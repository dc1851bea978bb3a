"""Interactive figures without a browser: what they compute, refuse, and say where they cannot render."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from nbformat import v4

from groundup import widgets
from groundup.plotting import COLORS
from groundup.widgets import SceneError, button, choice, explore, neuron, slider, switch
from groundup.widgets import figure as figure_module
from groundup.widgets.controls import label_of, received
from groundup.widgets.neuron import START, Race, bills, cut_scene, learning_rate_scene, race_scene
from groundup.widgets.scene import (
    arrow,
    bars,
    cut_line,
    heat,
    image,
    line,
    panel,
    parts,
    points,
    scene,
    text,
)

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
VIEW = "application/vnd.jupyter.widget-view+json"


def one_panel(*marks, **options):
    return scene(panel(*marks, **({"x": (0, 1), "y": (0, 1)} | options)), words="A test.")


def drawn(mark, **options):
    return parts(one_panel(mark, **options))["0.0"]


# ---- A scene --------------------------------------------------------------------------------------------------------


def test_a_scene_in_parts():
    flat = parts(one_panel(points([0, 1], [1, 0], color="class0"), text(0.5, 0.5, "here")))
    assert set(flat) == {"", "0", "0.0", "0.1"}
    assert flat[""] == {"words": "A test.", "status": ""}
    assert flat["0.0"]["color"] == COLORS["class0"]
    assert flat["0.0"]["x"] == [0.0, 1.0]
    assert flat["0"]["xticks"][0] == [0.0, "0"]
    json.dumps(flat, allow_nan=False)


def test_every_kind_of_mark_can_be_sent():
    x = np.linspace(0, 1, 5)
    grid = np.outer(x, x)
    marks = [points(x, x), line(x, x), arrow((0, 0), (1, 1)), text(0, 0, "a"), bars(x, x), heat(grid), image(grid)]
    flat = parts(one_panel(*marks))
    json.dumps(flat, allow_nan=False)
    assert {part["kind"] for key, part in flat.items() if "." in key} == set(figure_marks())


def figure_marks():
    """The kinds that the drawing in the browser knows."""
    source = (ROOT / "groundup/widgets/figure.js").read_text(encoding="utf-8")
    methods = [name for name in ("points", "line", "arrow", "text", "bars") if f"\n  {name}(mark) {{" in source]
    return methods + [name for name in ("heat", "image") if f'"{name}"' in source]


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ({"kind": "pionts", "x": [], "y": []}, "panel 0, mark 0 is of the kind 'pionts'; there are points, line"),
        ({"x": [], "y": []}, "of the kind None"),
        ("points", "of the kind None"),
        ({"kind": "points", "x": [1]}, r"panel 0, mark 0 \(points\) has no 'y'; it needs x, y"),
        (points([1, 2], [1]), "x and y must be equally long and have 2 and 1 numbers"),
        (points([1], [1], colour="ink"), "has 'colour', which nobody reads; it may have x, y, color"),
        (points([1], [1], color="clas0"), "the colour 'clas0' is neither #rrggbb nor one of class0"),
        (points([1], [1], shape="star"), "shape must be one of circle, triangle, square, cross and is 'star'"),
        (line([1], [1], dash="=="), "dash must be one of"),
        (points([[1]], [[1]]), r"x must have the shape \(n,\) and has \(1, 1\)"),
        (points(["a"], [1]), "x must be numbers and is list"),
        (arrow((0, 0), (1, 1, 1)), r"end must have the shape \(2,\) and has \(3,\)"),
        (heat([1, 2]), r"values must have the shape \(rows, columns\) and have \(2,\)"),
        (image(np.zeros((0, 3))), r"values must have the shape"),
        (heat([[1.0]], colors="jet"), "colors must be one of probability, signed"),
        (heat([[1.0]], extent=(0, 1)), r"extent must have the shape \(4,\)"),
    ],
)
def test_a_bad_mark_is_refused_with_its_place(mark, words):
    with pytest.raises(SceneError, match=words):
        parts(one_panel(mark))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"x": (1, 1)}, "panel 0, x: limits are two finite numbers, the lower first, and these are"),
        ({"y": (0, np.nan)}, "panel 0, y: limits"),
        ({"y": (0, 1), "log": True}, "a logarithmic axis cannot reach down to 0"),
        ({"legend": "best"}, "legend must be one of upper left"),
        ({"xlable": "w"}, "panel 0 has 'xlable', which nobody reads"),
    ],
)
def test_a_bad_panel_is_refused(options, words):
    with pytest.raises(SceneError, match=words):
        parts(one_panel(**options))


@pytest.mark.parametrize("bad", [None, {"panels": []}, {"words": "x"}, {"panels": [], "words": "x", "title": "y"}])
def test_a_bad_scene_is_refused(bad):
    with pytest.raises(SceneError, match="the scene"):
        parts(bad)


def test_a_scene_error_is_a_value_error():
    assert issubclass(SceneError, ValueError)


def test_what_is_not_finite_becomes_a_gap():
    flat = parts(one_panel(line([0, 1, 2, 3], [1, np.nan, np.inf, -np.inf]), text(np.nan, 0, "gone")))
    assert flat["0.0"]["y"] == [1.0, None, None, None]
    assert flat["0.1"]["x"] is None
    json.dumps(flat, allow_nan=False)


def levels(mark):
    import base64

    return np.frombuffer(base64.b64decode(mark["bytes"]), np.uint8).reshape(mark["rows"], mark["columns"]).tolist()


def test_a_grid_is_sent_as_bytes():
    assert levels(drawn(image([[0.0, 0.5], [1.0, np.nan]]))) == [[1, 128], [255, 0]]
    # A heat's first row is its lowest; beyond its ends it has their colours.
    assert levels(drawn(heat([[0.0, 0.5], [-np.inf, np.inf]]))) == [[1, 255], [1, 128]]


def test_signed_images_have_zero_in_the_middle():
    assert levels(drawn(image([[-1.0, 0.0, 4.0]], colors="signed"))) == [[96, 128, 255]]
    assert levels(drawn(image([[0.0, 0.0]], colors="signed"))) == [[1, 1]]


def test_ticks_are_round_and_inside():
    def ticks(side, **options):
        return [words for _, words in parts(one_panel(**options))["0"][side]]

    assert ticks("xticks", x=(-2.6, 3.6)) == ["−2", "0", "2"]
    assert ticks("yticks", y=(0.001, 1), log=True) == ["0.001", "0.01", "0.1", "1"]
    assert ticks("yticks", y=(0.1, 1), log=True) == ["0.1", "0.2", "0.5", "1"]
    assert ticks("xticks", xticks={0.2: "cat", 0.8: "dog"}) == ["cat", "dog"]
    assert ticks("xticks", xticks=[]) == []


def test_equal_units_make_the_panel_as_wide_as_it_must_be():
    assert parts(one_panel(x=(0, 2), y=(0, 1), equal=True, size=(100, 200)))["0"]["size"] == [400.0, 200.0]


def test_the_ends_of_a_cut_lie_on_it():
    x, y = cut_line((1.0, -2.0), 1.0, (-4, 4), (-4, 4))
    assert np.allclose(1.0 * x - 2.0 * y + 1.0, 0)
    assert np.hypot(*np.diff([x, y])[:, 0]) > np.hypot(8, 8)
    assert np.isnan(cut_line((0, 0), 1.0, (-4, 4), (-4, 4))).all()


# ---- Controls -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: slider(0, 1, 2), "low <= value <= high and got 0, 2, 1"),
        (lambda: slider(1, 1, 1), "low <= value <= high"),
        (lambda: slider(0, 1, 0, step=0), "step above zero and got 0"),
        (lambda: slider(0, 1, 0.5, log=True), "ends above zero"),
        (lambda: choice(["a", "b"], "c"), "a start among"),
        (lambda: choice([]), "a start among"),
        (lambda: explore(lambda w: {}, w=3), r"w=slider\(…\), choice\(…\).* and got 3"),
    ],
)
def test_a_bad_control_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_numbers_come_from_the_browser_as_the_function_expects_them():
    whole, real = slider(0, 9, 3, step=1), slider(0.0, 9.0, 3.0, step=1.0)
    assert (received(whole, 4.0), type(received(whole, 4.0))) == (4, int)
    assert (received(real, 4), type(received(real, 4))) == (4.0, float)
    assert received(slider(0.001, 2.0, 0.1, log=True), 2.0000001) == 2.0


@pytest.mark.parametrize(("name", "label"), [("w1", "w₁"), ("b", "b"), ("batch_size", "batch size"), ("w12", "w₁₂")])
def test_a_parameter_is_labelled_with_its_symbol(name, label):
    assert label_of(name) == label


# ---- The figure -----------------------------------------------------------------------------------------------------


def dot(u, fast=False, shape="circle", go=0):
    """A scene with one point that moves and one that stays."""
    if u > 0.9:
        raise ZeroDivisionError("u is too large")
    return one_panel(points([0.5], [0.5]), points([u], [u], shape=shape))


@pytest.fixture
def moving():
    controls = {"u": slider(0.0, 1.0, 0.2), "fast": switch(), "shape": choice(["circle", "square"]), "go": button("Go")}
    return explore(dot, **controls)


def from_browser(figure, **values):
    """What arrives when the learner's hand moves a control."""
    figure.set_state({"values": figure.values | values, "asked": figure.asked + 1})


def test_only_what_changed_is_sent(moving):
    assert moving.base["0.1"]["x"] == [0.2] and moving.changes == {}
    from_browser(moving, u=0.5)
    assert list(moving.changes) == ["0.1"]
    assert moving.parts()["0.1"]["x"] == [0.5]
    assert moving.answered == moving.asked == 1
    from_browser(moving, u=0.2)
    assert moving.changes == {}
    from_browser(moving, shape="square")
    assert moving.parts()["0.1"]["shape"] == "square"


def test_another_number_of_marks_is_sent_whole():
    figure = explore(lambda n: one_panel(*[points([0], [0])] * n), n=slider(0, 3, 1, step=1))
    assert [key for key in figure.move(n=3) and figure.parts() if "." in key] == ["0.0", "0.1", "0.2"]
    assert figure.changes == {}


def test_an_exception_at_the_first_drawing_is_met_in_the_cell():
    with pytest.raises(ZeroDivisionError, match="u is too large"):
        explore(dot, u=slider(0.0, 1.0, 1.0))


def test_a_later_exception_is_shown_in_words_and_goes_away(moving):
    from_browser(moving, u=1.0)
    assert moving.problem.startswith("ZeroDivisionError: u is too large (in dot, line ")
    assert isinstance(moving.error, ZeroDivisionError)
    assert moving.parts()["0.1"]["x"] == [0.2], "the last picture stays"
    assert moving.answered == 1
    from_browser(moving, u=0.3)
    assert moving.problem == "" and moving.error is None


def test_an_exception_reaches_who_moves_it_from_python(moving):
    with pytest.raises(ZeroDivisionError):
        moving.move(u=1.0)
    with pytest.raises(ValueError, match="no control 'v'; there are u, fast"):
        moving.move(v=1.0)


def test_start_again(moving):
    from_browser(moving, u=0.5, go=3)
    moving._handle_custom_msg("start again", [])
    assert moving.values == {"u": 0.2, "fast": False, "shape": "circle", "go": 0}
    assert moving.changes == {}


def bundle(figure):
    return figure._repr_mimebundle_()[0]


@pytest.mark.parametrize("make", [widgets.race, widgets.cut, widgets.learning_rate])
def test_where_it_cannot_render_it_says_so_in_words(make):
    data = bundle(make())
    assert VIEW in data
    assert data["text/plain"].startswith("[interactive figure: ")
    assert "running kernel" in data["text/plain"]
    assert " at 0x" not in data["text/plain"]


def test_a_built_notebook_keeps_the_words_and_no_widget():
    outputs = pytest.importorskip("outputs", reason="tools/ is not here")
    output = v4.new_output("display_data", data=dict(bundle(widgets.cut())))
    kept = outputs.without_widget(output)
    assert list(kept.data) == ["text/plain"]
    assert kept.data["text/plain"].startswith("[interactive figure: The plane of two inputs")


def test_the_caption_stands_below_with_the_keys(monkeypatch):
    shown = []
    monkeypatch.setattr(figure_module, "display", lambda data, **_: shown.append(data))
    explore(dot, caption="Move u <now>.", u=slider(0.0, 1.0, 0.2))._ipython_display_()
    assert VIEW in shown[0]
    assert shown[1]["text/plain"].startswith("Move u <now>. By keyboard: Tab to a control, then the arrow keys.")
    assert "Move u &lt;now&gt;." in shown[1]["text/html"]


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js to parse it with; the browser tests run it")
def test_the_drawing_parses():
    source = (ROOT / "groundup/widgets/figure.js").read_bytes()
    done = subprocess.run(["node", "--input-type=module", "--check"], input=source, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_nothing_is_fetched_from_elsewhere():
    for name in ("figure.js", "figure.css"):
        source = (ROOT / "groundup/widgets" / name).read_text(encoding="utf-8")
        assert "import" not in source and "fetch(" not in source and "@font-face" not in source
        assert source.replace("http://www.w3.org/2000/svg", "").find("http") == -1


# ---- The race -------------------------------------------------------------------------------------------------------


def test_the_race_starts_fair():
    race = Race(*bills())
    assert race.yours == race.its == (START,)
    assert race.loss(race.yours[-1]) == race.loss(race.its[-1])
    assert race.wrong(START) > 100
    assert race.x.shape == (274, 2) and np.allclose(race.x.mean(axis=0), 0) and np.allclose(race.x.std(axis=0), 1)


def test_the_loss_is_the_lectures_mean_surprise():
    race, (w1, w2, b) = Race(*bills()), (0.7, -1.2, 0.3)
    p = 1 / (1 + np.exp(-(race.x @ [w1, w2] + b)))
    surprise = -race.y * np.log(p) - (1 - race.y) * np.log(1 - p)
    assert np.isclose(race.loss((w1, w2, b)), surprise.mean(), rtol=1e-12)
    assert race.wrong((w1, w2, b)) == np.sum((p > 0.5) != race.y)


def test_a_step_goes_against_the_slope_found_by_nudging():
    race, h = Race(*bills(), lr=0.5), 1e-6
    before = np.array([0.7, -1.2, 0.3])
    slopes = [(race.loss(before + e) - race.loss(before - e)) / (2 * h) for e in h * np.eye(3)]
    assert np.allclose(race.step(tuple(before)), before - 0.5 * np.array(slopes), atol=1e-8)


def test_one_move_is_one_step():
    start = Race(*bills())
    race = start.move(1.0, 0.5, 0.0).move(1.0, 0.0, 0.0)
    assert race.moves == 2 and len(race.its) == 3
    assert race.its[2] == start.step(start.step(START))
    assert race.move(1.0, 0.0, 0.0) is race, "standing still is no move"
    assert start.moves == 0, "the race before the move is as it was"
    losses = [race.loss(w) for w in race.its]
    assert losses[0] > losses[1] > losses[2]


def test_the_learner_can_win():
    race = Race(*bills())
    for k in range(1, 17):
        race = race.move(1.0, 1 - 0.25 * k, 0.0)
    for k in range(1, 9):
        race = race.move(1 + 0.25 * k, -3.0, 0.0)
    assert race.loss(race.yours[-1]) < race.loss(race.its[-1])


def test_extreme_weights_overflow_nowhere():
    race = Race(*bills())
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(race.loss((800.0, 800.0, -800.0)))
        assert np.isfinite(race.step((-8000.0, 8000.0, 8.0))).all()
        json.dumps(parts(race_scene(race.move(0.0, 0.0, 0.0))), allow_nan=False)


def test_the_races_figure():
    figure = widgets.race()
    assert "0 moves" in figure.parts()[""]["status"]
    before = figure.parts()
    from_browser(figure, w2=0.75)
    status = figure.parts()[""]["status"]
    race = Race(*bills()).move(1.0, 0.75, 0.0)
    assert f"You: mean surprise {race.loss(race.yours[-1]):.4f} nats" in status and "1 move." in status
    assert f"Gradient descent: {race.loss(race.its[-1]):.4f} nats" in status
    assert [len(figure.parts()[key]["y"]) for key in ("1.0", "1.1")] == [2, 2]
    assert not {"0", "0.1", "0.2"} & set(figure.changes), "the frame and the 274 birds are not sent again"
    figure.start_again()
    assert figure.parts() == before


def test_a_long_race_stays_in_the_picture():
    race = Race(*bills())
    for k in range(37):
        race = race.move(1.0, 1.0 - 0.1 * k, 0.0)
    flat = parts(race_scene(race))
    assert flat["1"]["x"] == [0.0, 40.0]
    low, high = flat["1"]["y"]
    assert all(low <= loss <= high for key in ("1.0", "1.1") for loss in flat[key]["y"])


# ---- The cut, the learning rate -------------------------------------------------------------------------------------


def test_the_cuts_point_is_the_one_on_paper():
    flat = parts(cut_scene(1.0, -2.0, 1.0))
    assert "z = −3.00, p = 0.047, −1.34 from the cut" in flat[""]["status"]
    ends = np.array([flat["0.1"]["x"], flat["0.1"]["y"]])
    assert np.allclose([1.0, -2.0] @ ends + 1.0, 0, atol=1e-4)
    tip = np.subtract(flat["0.2"]["end"], flat["0.2"]["start"])
    assert np.allclose(tip, [1.0, -2.0])


def test_a_neuron_without_weights_has_no_cut():
    flat = parts(cut_scene(0.0, 0.0, 1.0))
    assert flat["0.1"]["x"] == [None, None]
    assert "no cut" in flat[""]["status"]
    assert flat["0.2"]["start"] == flat["0.2"]["end"]


def test_the_limit_is_where_descent_turns_into_flight():
    for unit in neuron.UNITS:
        x, t = neuron.flippers(unit)
        limit = neuron.limit(x)
        below, above = (neuron.descend(x, t, factor * limit, 2000)[:, 2] for factor in (0.98, 1.02))
        assert below[-1] < below[0] and above[-1] > above[0]


def test_a_descent_that_blows_up_can_still_be_drawn():
    for unit in neuron.UNITS:
        flat = parts(learning_rate_scene(2.0, unit))
        json.dumps(flat, allow_nan=False)
        assert "blown up" in flat[""]["status"]
    assert "off by 0.393 kg" in parts(learning_rate_scene(0.1))[""]["status"]


def test_the_descent_is_the_lectures():
    x, t = neuron.flippers("scaled")
    w = b = 0.0
    for _ in range(5):
        error = w * x + b - t
        w, b = w - 0.1 * 2 * np.mean(error * x), b - 0.1 * 2 * np.mean(error)
    assert np.allclose(neuron.descend(x, t, 0.1, 5)[-1, :2], (w, b))
