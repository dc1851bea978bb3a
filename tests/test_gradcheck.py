"""``gradcheck`` itself: it must find a wrong slope, say where, and let a right one pass."""

import numpy as np
import pytest

from groundup import ops
from groundup.gradcheck import GradcheckError, gradcheck, numerical_gradient
from groundup.tensor import Function, Tensor, tensor


def leaf(*values):
    return Tensor(np.array(values, dtype=np.float64), requires_grad=True)


class Wrong(Function):
    """x², with a slope that is wrong for the middle of three numbers."""

    def forward(self, x):
        self.save(x)
        return x * x

    def backward(self, grad):
        (x,) = self.saved
        slope = 2 * x
        slope[1] += 1
        return grad * slope


def wrong_square(x):
    return Wrong.apply(x)


def test_a_right_gradient_passes():
    assert gradcheck(lambda a, b: a * b.exp(), [leaf(1, 2), leaf(3, 4)]) is True


def test_a_wrong_one_is_named_with_function_argument_index_and_both_values():
    with pytest.raises(GradcheckError) as caught:
        gradcheck(lambda x, y: wrong_square(y) + x, [leaf(0, 0, 0), leaf(1, 2, 3)])
    message = str(caught.value)
    assert "argument 1, index (1,)" in message
    assert "1 of 3 values disagree" in message
    with pytest.raises(GradcheckError, match=r"wrong_square, argument 0, index \(1,\): backward says .*, nudging says"):
        gradcheck(wrong_square, [leaf(1, 2, 3)])


def test_a_result_of_many_numbers_is_weighed_so_that_errors_do_not_cancel():
    class Swapped(Function):
        """Its slopes are right in sum and each in the wrong place."""

        def forward(self, x):
            return x.copy()

        def backward(self, grad):
            return grad[::-1]

    with pytest.raises(GradcheckError):
        gradcheck(Swapped.apply, [leaf(1, 2)])


@pytest.mark.parametrize("slope", [np.nan, np.inf])
def test_a_slope_that_is_not_finite_disagrees(slope):
    class Broken(Function):
        def forward(self, x):
            return x * 2

        def backward(self, grad):
            return np.full_like(grad, slope)

    with pytest.raises(GradcheckError):
        gradcheck(Broken.apply, [leaf(1, 2)])


def test_a_missing_gradient_disagrees():
    with pytest.raises(GradcheckError, match="backward says 0"):
        gradcheck(lambda a, b: a + b.detach() * 3, [leaf(1), leaf(2)])


def test_float32_is_refused_with_the_remedy():
    with pytest.raises(ValueError, match=r"wants float64 and input 0 is float32.*dtype=np\.float64"):
        gradcheck(ops.exp, [tensor([1.0], requires_grad=True)])


def test_something_must_ask_for_a_gradient():
    with pytest.raises(ValueError, match="at least one input with requires_grad=True"):
        gradcheck(ops.exp, [tensor(np.ones(2))])


def test_inputs_are_left_as_they_were():
    x = leaf(1, 2)
    gradcheck(ops.exp, [x])
    np.testing.assert_array_equal(x.data, [1, 2])
    gradcheck(ops.exp, [x])  # and a gradient that is there already does not add to the next check's


def test_numerical_gradient_of_plain_numpy():
    a, b = np.array([[1.0, 2], [3, 4]]), np.array([1.0, -1])
    slopes = numerical_gradient(lambda a, b: float((a @ b).sum()), a, b, argument=0)
    np.testing.assert_allclose(slopes, [[1, -1], [1, -1]], atol=1e-8)
    np.testing.assert_allclose(numerical_gradient(lambda a, b: (a @ b).sum(), a, b, argument=1), [4, 6], atol=1e-8)


def test_numerical_gradient_in_full_precision_for_functions_of_plain_numbers():
    assert numerical_gradient(lambda x: float(x) ** 3, 2.0) == pytest.approx(12, abs=1e-7)
    assert numerical_gradient(lambda x: (x * x).sum(), tensor(np.array([3.0]))) == pytest.approx(6, abs=1e-7)
