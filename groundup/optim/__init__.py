"""Optimizers, schedules for their step size, and clipping, under PyTorch's names."""

from groundup.optim import lr_scheduler
from groundup.optim.adam import Adam, AdamW
from groundup.optim.clip import clip_grad_norm_, clip_grad_value_
from groundup.optim.lr_scheduler import warmup_cosine
from groundup.optim.optimizer import Optimizer
from groundup.optim.rmsprop import RMSprop
from groundup.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSprop",
    "clip_grad_norm_",
    "clip_grad_value_",
    "lr_scheduler",
    "warmup_cosine",
]
