"""Fused operations: what `groundup.functional` runs where speed or stability asks for more than a composition.

Each module is one idea, with forward and backward written by hand. `tests/test_kernels.py` holds every one of them
equal to the plain formula.
"""

from groundup.kernels.memory import keep_freed_memory

keep_freed_memory()
