"""All cases, in the order of the table."""

from parity_functions import FUNCTIONS, LOSSES
from parity_layers import LAYERS
from parity_operations import OPERATIONS
from parity_training import MODELS, TRAINING

CASES = [*OPERATIONS, *FUNCTIONS, *LOSSES, *LAYERS, *TRAINING, *MODELS]
