"""The error function, which NumPy lacks.

Source: W. J. Cody, "Rational Chebyshev approximation for the error function", Mathematics of Computation 23, 1969.
Three
rational functions, for small, middle and large |x|; right to about 1e-16 in float64.
"""

import numpy as np

_A = (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3)
_B = (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3)
_C = (
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
    8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
)  # fmt: skip
_D = (
    1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3,
    4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
)  # fmt: skip
_P = (-1.63153871373020978e-2, -3.05326634961232344e-1, -3.60344899949804439e-1, -1.25781726111229246e-1,
      -1.60837851487422766e-2, -6.58749161529837803e-4)  # fmt: skip
_Q = (1.0, 2.56852019228982242, 1.87295284992346047, 5.27905102951428412e-1, 6.05183413124413191e-2,
      2.33520497626869185e-3)  # fmt: skip


def _ratio(top: tuple, bottom: tuple, u: np.ndarray) -> np.ndarray:
    return np.polyval(top, u) / np.polyval(bottom, u)


def erf(x: np.ndarray) -> np.ndarray:
    """The error function of each number, in the same float type; shape as ``x``."""
    x = np.asarray(x)
    size = np.abs(x).astype(np.float64)
    small = np.minimum(size, 0.46875)
    middle = np.clip(size, 0.46875, 4.0)
    large = np.clip(size, 4.0, 26.0)  # beyond 6 it is 1 to the last digit, and squares would overflow
    near = small * _ratio(_A, _B, small * small)
    mid = 1 - np.exp(-middle * middle) * _ratio(_C, _D, middle)
    u = 1 / (large * large)
    far = 1 - np.exp(-large * large) / large * (1 / np.sqrt(np.pi) + u * _ratio(_P, _Q, u))
    y = np.where(size <= 0.46875, near, np.where(size <= 4.0, mid, far))
    return np.copysign(y, x).astype(x.dtype if x.dtype.kind == "f" else np.float64)
