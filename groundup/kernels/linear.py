"""The affine map of a fully connected layer."""

from groundup.sums import total
from groundup.tensor import Function


class Linear(Function):
    """y = x Wᵀ + b; dx = g W, dW = gᵀ x, db = Σ g, with all leading axes taken as one."""

    def forward(self, x, weight, bias=None):
        rows = x.reshape(-1, x.shape[-1])  # (M, in)
        self.save(rows, weight, x.shape)
        y = rows @ weight.T  # (M, out)
        if bias is not None:
            y += bias
        return y.reshape(*x.shape[:-1], len(weight))

    def backward(self, grad):
        rows, weight, shape = self.saved
        grad = grad.reshape(-1, len(weight))
        dx = (grad @ weight).reshape(shape) if self.needs[0] else None
        dw = grad.T @ rows if self.needs[1] else None
        return (dx, dw, total(grad, 0) if len(self.needs) == 3 else None)[: len(self.needs)]
