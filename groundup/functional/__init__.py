"""Functions of tensors, in the words of ``torch.nn.functional``: layers without state, activations, losses.

What is here checks what it is given and says what is wrong with it; the calculus is in `groundup.ops` and, fused, in
`groundup.kernels`.
"""

from groundup.functional.activation import (
    elu,
    gelu,
    leaky_relu,
    log_softmax,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)
from groundup.functional.attention import scaled_dot_product_attention, self_attention
from groundup.functional.classes import cross_entropy, nll_loss
from groundup.functional.conv import conv1d, conv2d, conv_transpose2d, pad
from groundup.functional.differences import huber_loss, l1_loss, mse_loss, smooth_l1_loss
from groundup.functional.dropout import dropout
from groundup.functional.linear import embedding, linear, one_hot
from groundup.functional.norm import batch_norm, layer_norm, normalize
from groundup.functional.pool import adaptive_avg_pool2d, avg_pool2d, max_pool2d
from groundup.functional.probabilities import binary_cross_entropy, binary_cross_entropy_with_logits, kl_div
from groundup.functional.recurrent import gru, lstm, rnn

__all__ = [
    "adaptive_avg_pool2d",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "conv1d",
    "conv2d",
    "conv_transpose2d",
    "cross_entropy",
    "dropout",
    "elu",
    "embedding",
    "gelu",
    "gru",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "lstm",
    "max_pool2d",
    "mse_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "relu",
    "rnn",
    "scaled_dot_product_attention",
    "self_attention",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "tanh",
]
