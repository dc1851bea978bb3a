"""Interactive figures, each around a plain function that tests call without a browser.

``explore(function, w=slider(…))`` makes one: the function takes the controls' values and returns a *scene*, a dict that
``groundup.widgets.scene`` describes; the browser draws it.
"""

from groundup.widgets.attention import attention_explorer
from groundup.widgets.backpropagation import step_through
from groundup.widgets.cnn import draw_digit, kernel_explorer
from groundup.widgets.controls import button, choice, pad, slider, switch, textbox
from groundup.widgets.figure import Figure, explore
from groundup.widgets.generalization import capacity
from groundup.widgets.gpt import next_step
from groundup.widgets.language import next_character
from groundup.widgets.mlp import folding, hidden_units
from groundup.widgets.neuron import cut, learning_rate, race
from groundup.widgets.recurrent import reading
from groundup.widgets.scale import merges, size_and_price
from groundup.widgets.scene import SceneError
from groundup.widgets.tensor import shapes
from groundup.widgets.training import optimizer_paths

__all__ = [
    "Figure",
    "SceneError",
    "attention_explorer",
    "button",
    "capacity",
    "choice",
    "cut",
    "draw_digit",
    "explore",
    "folding",
    "hidden_units",
    "kernel_explorer",
    "learning_rate",
    "merges",
    "next_character",
    "next_step",
    "optimizer_paths",
    "pad",
    "race",
    "reading",
    "shapes",
    "size_and_price",
    "slider",
    "step_through",
    "switch",
    "textbox",
]
