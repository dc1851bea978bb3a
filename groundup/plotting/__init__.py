"""The course's figures: each function takes or makes axes and returns them; ``show`` displays them with words."""

from groundup.plotting.attention import attention_maps, lookups, place_surprise, sharpness
from groundup.plotting.backpropagation import gradient_costs, graph
from groundup.plotting.base import COLORS, MARKERS, PROBABILITY, SIGNED, show, use_style
from groundup.plotting.cnn import (
    drawing_to_mnist,
    feature_maps,
    kernels,
    network_costs,
    number_grids,
    receptive_fields,
)
from groundup.plotting.common import curves, images, plane, scatter
from groundup.plotting.generalization import class_accuracies, confusion_matrix, noisy_fits, over_seeds, spread
from groundup.plotting.gpt import cache_costs, choices, learning, surprising_text
from groundup.plotting.language import context_lengths, ladder, letter_map, letter_pairs, next_letters, resemblance
from groundup.plotting.mlp import boundaries, fits, folding, loglog, network, pieces
from groundup.plotting.neuron import (
    activations,
    cell_and_neuron,
    cut,
    landscape,
    line_fits,
    probability_plane,
    surprise,
)
from groundup.plotting.recurrent import accuracy_by_length, forecasts, hidden_states, name_lengths, unrolled
from groundup.plotting.road import road
from groundup.plotting.scale import cross_map, model_sizes, sizes_and_losses, token_boxes, two_ladders
from groundup.plotting.start import broadcasting, product, stack
from groundup.plotting.tensor import blocks, repeat_and_sum, runs_beside, shapes
from groundup.plotting.training import histograms, paths, rates, repairs, sizes, ward

use_style()

__all__ = [
    "COLORS",
    "MARKERS",
    "PROBABILITY",
    "SIGNED",
    "accuracy_by_length",
    "activations",
    "attention_maps",
    "blocks",
    "boundaries",
    "broadcasting",
    "cache_costs",
    "cell_and_neuron",
    "choices",
    "class_accuracies",
    "confusion_matrix",
    "context_lengths",
    "cross_map",
    "curves",
    "cut",
    "drawing_to_mnist",
    "feature_maps",
    "fits",
    "folding",
    "forecasts",
    "gradient_costs",
    "graph",
    "hidden_states",
    "histograms",
    "images",
    "kernels",
    "ladder",
    "landscape",
    "learning",
    "letter_map",
    "letter_pairs",
    "line_fits",
    "loglog",
    "lookups",
    "model_sizes",
    "name_lengths",
    "network",
    "network_costs",
    "next_letters",
    "noisy_fits",
    "number_grids",
    "over_seeds",
    "paths",
    "pieces",
    "place_surprise",
    "plane",
    "probability_plane",
    "product",
    "rates",
    "receptive_fields",
    "repairs",
    "repeat_and_sum",
    "resemblance",
    "road",
    "runs_beside",
    "scatter",
    "shapes",
    "sharpness",
    "show",
    "sizes",
    "sizes_and_losses",
    "spread",
    "stack",
    "surprise",
    "surprising_text",
    "token_boxes",
    "two_ladders",
    "unrolled",
    "use_style",
    "ward",
]
