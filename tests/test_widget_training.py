"""The interactive figure of chapter 05: its paths are those of the package's optimizers."""

import numpy as np
import pytest

from groundup import optim, widgets
from groundup.tensor import Tensor
from groundup.widgets.scene import parts
from groundup.widgets.training import ALPHA, BETA2, RULES, STEPS, SURFACES, paths_scene, walk

MAKE = {
    "SGD": lambda p, lr, mu: optim.SGD([p], lr=lr, momentum=mu),
    "RMSprop": lambda p, lr, mu: optim.RMSprop([p], lr=lr, alpha=ALPHA, momentum=mu),
    "Adam": lambda p, lr, mu: optim.Adam([p], lr=lr, betas=(mu, BETA2)),
}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_path_is_that_of_the_package(surface, rule, momentum):
    ground = SURFACES[surface]
    p = Tensor(np.array(ground.start), requires_grad=True)
    optimizer = MAKE[rule](p, 0.02, momentum)
    places = [p.data.copy()]
    for _ in range(20):
        p.grad = Tensor(ground.slope(p.data))
        optimizer.step()
        places.append(p.data.copy())
    np.testing.assert_allclose(walk(surface, rule, 0.02, momentum, steps=20), places, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("surface", SURFACES)
def test_slopes_agree_with_nudging_and_the_lowest_places_are_flat_and_zero(surface):
    ground, h = SURFACES[surface], 1e-6
    for place in np.random.default_rng(0).uniform(-2, 2, size=(10, 2)):
        nudged = [(ground.loss(*(place + e)) - ground.loss(*(place - e))) / (2 * h) for e in h * np.eye(2)]
        np.testing.assert_allclose(ground.slope(place), nudged, atol=1e-7)
    for place in ground.lowest:
        assert ground.loss(*place) == pytest.approx(0, abs=1e-12)
        np.testing.assert_allclose(ground.slope(np.array(place)), 0, atol=1e-12)


def test_start_and_lowest_places_lie_in_the_picture():
    for ground in SURFACES.values():
        for u, v in (ground.start, *ground.lowest):
            assert ground.x[0] < u < ground.x[1] and ground.y[0] < v < ground.y[1]


def test_the_canyon_blows_up_above_two_over_its_steepest_curvature_and_not_below():
    assert "blown up" in paths_scene("canyon", "SGD", 0.35, 0.0)["status"]
    assert walk("canyon", "SGD", 0.199, 0.0)[-1, 1] ** 2 < 1.3**2 < walk("canyon", "SGD", 0.201, 0.0)[-1, 1] ** 2


def test_momentum_arrives_sooner_in_the_canyon():
    at = [walk("canyon", "SGD", 0.1, mu) for mu in (0.0, 0.7)]
    losses = [SURFACES["canyon"].loss(*places.T) for places in at]
    first = [np.flatnonzero(loss < 0.01 * loss[0])[0] for loss in losses]
    assert first[1] < first[0]


def test_on_the_plain_adam_gets_off_and_plain_descent_does_not():
    ends = {rule: SURFACES["plain"].loss(*walk("plain", rule, 0.1, 0.0)[-1]) for rule in ("SGD", "Adam")}
    assert ends["SGD"] > 0.9 and ends["Adam"] < 0.1


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("lr", [0.001, 0.1, 1.0])
def test_every_scene_can_be_drawn(surface, rule, lr):
    flat = parts(paths_scene(surface, rule, lr, 0.98))
    assert len(flat["1.0"]["x"]) == STEPS + 1
    assert rule in flat[""]["status"] and surface in flat[""]["words"]


def test_each_control_changes_the_figure():
    figure = widgets.optimizer_paths()
    for move in ({"surface": "bend"}, {"rule": "Adam"}, {"lr": 0.3}, {"momentum": 0.5}):
        before = figure.parts()
        figure.move(**move)
        assert figure.parts() != before
