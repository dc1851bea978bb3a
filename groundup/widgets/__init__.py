"""Interactive figures, each around a plain function that tests call without a browser.

``explore(function, w=slider(…))`` makes one: the function takes the controls' values and returns a *scene*, a dict that
``groundup.widgets.scene`` describes; the browser draws it.
"""

from groundup.widgets.controls import button, choice, slider, switch
from groundup.widgets.figure import Figure, explore
from groundup.widgets.neuron import cut, learning_rate, race
from groundup.widgets.scene import SceneError

__all__ = ["Figure", "SceneError", "button", "choice", "cut", "explore", "learning_rate", "race", "slider", "switch"]
