"""Layers and models in PyTorch's words: ``from groundup import nn`` in place of ``from torch import nn``."""

import sys

from groundup import functional
from groundup.nn import init, utils
from groundup.nn.activation import (
    ELU,
    GELU,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from groundup.nn.attention import MultiheadAttention
from groundup.nn.containers import ModuleDict, ModuleList, Sequential
from groundup.nn.conv import Conv1d, Conv2d, ConvTranspose2d
from groundup.nn.dropout import Dropout
from groundup.nn.embedding import Embedding
from groundup.nn.linear import Identity, Linear
from groundup.nn.loss import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from groundup.nn.module import Module, Parameter
from groundup.nn.norm import BatchNorm1d, BatchNorm2d, LayerNorm
from groundup.nn.pool import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from groundup.nn.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from groundup.nn.shape import Flatten, Unflatten
from groundup.nn.transformer import GPT, TransformerBlock

# So that PyTorch's `import torch.nn.functional as F` needs no more than its first word changed.
sys.modules[f"{__name__}.functional"] = functional

__all__ = [
    "ELU",
    "GELU",
    "GPT",
    "GRU",
    "LSTM",
    "RNN",
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "Dropout",
    "Embedding",
    "Flatten",
    "GRUCell",
    "HuberLoss",
    "Identity",
    "KLDivLoss",
    "L1Loss",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "MaxPool2d",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiheadAttention",
    "NLLLoss",
    "Parameter",
    "RNNCell",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Softplus",
    "Tanh",
    "TransformerBlock",
    "Unflatten",
    "functional",
    "init",
    "utils",
]
