"""The text box of interactive figures, without a browser: what it sends, takes and refuses."""

import pytest

from groundup.widgets import Figure, explore, figure, textbox
from groundup.widgets.controls import received
from groundup.widgets.scene import panel, scene, text


def written(words):
    return scene(panel(text(0.5, 0.5, words), x=(0, 1), y=(0, 1)), words=words)


def from_browser(box: Figure, words):
    box.set_state({"values": box.values | {"words": words}, "asked": box.asked + 1})


def test_the_function_gets_what_was_written():
    box = explore(written, words=textbox("em", length=5))
    assert box.parts()["0.0"]["text"] == "em"
    from_browser(box, "emma")
    assert box.parts()["0.0"]["text"] == "emma" and box.answered == 1
    from_browser(box, "")
    assert box.parts()["0.0"]["text"] == ""
    box.start_again()
    assert box.values == {"words": "em"} and box.parts()["0.0"]["text"] == "em"


@pytest.mark.parametrize(
    ("came", "given"), [("a" * 9, "aaaaa"), ("a\nb", "a b"), ("É ü", "É ü"), (12, "12"), ("  x", "  x")]
)
def test_what_a_browser_might_send_is_one_short_line(came, given):
    assert received(textbox("", length=5), came) == given


@pytest.mark.parametrize("start", ["abcdef", "a\nb"])
def test_a_bad_start_is_refused(start):
    with pytest.raises(ValueError, match=r"textbox\(\) wants a start of one line and at most 5 characters"):
        textbox(start, length=5)


def test_it_is_named_by_its_label_or_by_the_parameter():
    assert explore(written, words=textbox()).controls[0]["label"] == "words"
    assert explore(written, words=textbox(label="so far")).controls[0]["label"] == "so far"


def test_the_words_below_say_that_one_writes(monkeypatch):
    shown = []
    monkeypatch.setattr(figure, "display", lambda data, **_: shown.append(data))
    explore(written, words=textbox())._ipython_display_()
    assert "write into a box" in shown[1]["text/plain"]


def test_the_browser_knows_how_to_draw_it():
    source = (figure.HERE / "figure.js").read_text(encoding="utf-8")
    kinds = source.split("const KINDS = {")[1].split("}")[0]
    assert "textbox" in kinds
