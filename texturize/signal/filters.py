"""Banks of random filters, applied the fast way: ``F = relu(S * W + b)``.

Filters span all bins and ``width`` frames and move along time only: a convolution in the sense of neural networks,
which is a correlation. Narrow filters are applied directly, wide ones block by block in the Fourier domain; both ways
are matrix products, with a hand-written derivative by the spectrogram (the filters are fixed: they get none).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import jax
import jax.numpy as jnp

from texturize.runtime.device import Precision
from texturize.runtime.programs import Program
from texturize.signal.banks import Bank
from texturize.signal.overlap_save import join, split, transforms


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Filters:
    """A bank made ready: a pytree, to be made once and passed to the compiled loss.

    ``block`` of 0: weights (1, width * bins, count), as they are. Else: weights (M, bins, count), transformed for
    overlap-save with blocks of that many frames. ``adjoint``: the same with the last two axes exchanged, and bins
    filled up with zeros to a multiple of 16, because on the CPU batched products with a transposed operand, or with a
    result whose rows are not whole vectors, take up to five times as long.
    """

    weights: jax.Array
    adjoint: jax.Array
    biases: jax.Array
    width: int = field(metadata={"static": True})
    block: int = field(metadata={"static": True})


def choose_block(width: int, bins: int, count: int, frames: int) -> int:
    """Block length with the least estimated time for ``frames`` frames; 0 if the direct way takes less.

    Counted in multiplications. Each of the products that overlap-save needs multiplies a matrix of bins by filters by
    as many rows as there are blocks, which takes as long as that of ``READING`` more rows; up to ``PANEL`` rows, the
    most that XLA's kernel on the CPU takes at once, each costs a quarter less. ``benchmarks/filters.py`` shows what
    comes of the estimate.
    """

    def cost(block: int) -> float:
        step, products = block - width + 1, 3 * block // 2 - 1
        blocks = math.ceil(frames / step)
        rows = READING + (0.75 if blocks <= PANEL else 1.0) * blocks
        return products * (rows * bins * count + 0.8 * blocks * (block * bins + step * count))

    blocks = range(2 * width, min(8 * width + 64, 2 * frames) + 1, 2)
    best = min(blocks, key=cost, default=0)
    return best if best and OVERHEAD * cost(best) < frames * width * bins * count else 0


READING = 14
PANEL = 48
OVERHEAD = 1.2


def prepare(bank: Bank, frames: int, *, block: int | None = None, precision: Precision = "float32") -> Filters:
    """Make a bank ready for :func:`apply`.

    Parameters
    ----------
    bank : Bank
        Filters of one width.
    frames : int
        Frames, of all channels together, for which the faster way is chosen; other lengths work as well.
    block : int, optional
        Block length of overlap-save, even and at least twice the width; 0 is the direct way; None chooses.
    precision : {"float32", "bfloat16"}
        Of the operands of the products with the filters. Sums, and all else, keep the type of the bank.
    """
    width, bins, count = bank.weights.shape
    if block is None:
        block = choose_block(width, bins, count, frames)
    if block and (block % 2 or block < 2 * width):
        raise ValueError(f"block {block} is not even, or less than twice the width of the filters, {width}")
    return _prepare(bank, block, precision)


@partial(Program, static=("block", "precision"), once=True)
def _prepare(bank: Bank, block: int, precision: Precision) -> Filters:
    width, bins, count = bank.weights.shape
    if block == 0:
        weights = bank.weights.reshape(1, width * bins, count)
    else:
        K = jnp.asarray(transforms(block, width).K, bank.weights.dtype)
        weights = jnp.tensordot(K, bank.weights, 1, precision="highest")
    if precision == "bfloat16":
        weights = weights.astype(jnp.bfloat16)
    adjoint = weights.swapaxes(1, 2)
    if block:
        adjoint = jnp.pad(adjoint, ((0, 0), (0, 0), (0, -bins % 16)))
    return Filters(weights, adjoint, bank.biases, width, block)


def apply(filters: Filters, S: jax.Array, *, circular: bool = False) -> jax.Array:
    """Feature maps ``relu(S * W + b)``.

    Parameters
    ----------
    filters : Filters
        A prepared bank.
    S : jax.Array
        Spectrograms, (..., frames, bins).
    circular : bool
        Whether the end of the spectrogram continues into its start.

    Returns
    -------
    jax.Array
        (..., frames, count) if circular, else (..., frames - width + 1, count). Row ``t`` comes from the frames
        ``t ... t + width - 1``.

    Raises
    ------
    ValueError
        If there are fewer frames than a filter is wide.
    """
    return _along(_features, filters, S, circular)


def respond(filters: Filters, S: jax.Array, *, circular: bool = False) -> jax.Array:
    """Responses ``S * W``, without bias and ReLU; otherwise as :func:`apply`."""
    return _along(_responses, filters, S, circular)


def _along(
    features: Callable[[Filters, jax.Array], jax.Array], filters: Filters, S: jax.Array, circular: bool
) -> jax.Array:
    *axes, frames, bins = S.shape
    width = filters.width
    if frames < width:
        raise ValueError(
            f"the filters are {width} frames wide, the spectrogram has {frames} frames; "
            "use a longer clip, a shorter hop or narrower filters"
        )
    S = S.reshape(-1, frames, bins)
    if circular:
        S = jnp.concatenate([S, S[:, : width - 1]], axis=1)
    F = features(filters, S)
    return F.reshape(*axes, *F.shape[1:])


@jax.custom_vjp
def _responses(filters: Filters, S: jax.Array) -> jax.Array:
    """``S * W`` of (channels, frames, bins): (channels, frames - width + 1, count)."""
    return _correlate(filters, S)


def _responses_forward(filters: Filters, S: jax.Array) -> tuple[jax.Array, Filters]:
    return _correlate(filters, S), filters


def _responses_backward(filters: Filters, dY: jax.Array) -> tuple[None, jax.Array]:
    return None, _correlate_adjoint(filters, dY)


_responses.defvjp(_responses_forward, _responses_backward)


@jax.custom_vjp
def _features(filters: Filters, S: jax.Array) -> jax.Array:
    """``relu(S * W + b)`` of (channels, frames, bins): (channels, frames - width + 1, count)."""
    response = _correlate(filters, S)
    return jax.nn.relu(response + filters.biases)


def _features_forward(filters: Filters, S: jax.Array) -> tuple[jax.Array, tuple[Filters, jax.Array]]:
    F = _features(filters, S)
    return F, (filters, F)


def _features_backward(residuals: tuple[Filters, jax.Array], dF: jax.Array) -> tuple[None, jax.Array]:
    filters, F = residuals
    return None, _correlate_adjoint(filters, jnp.where(F > 0, dF, 0))


_features.defvjp(_features_forward, _features_backward)


def _multiply(x: jax.Array, weights: jax.Array, dtype: jax.typing.DTypeLike) -> jax.Array:
    """Batched product of (batch, rows, inner) and (batch, inner, columns), summed in ``dtype``."""
    precision = "default" if weights.dtype == jnp.bfloat16 else "highest"
    return jnp.einsum(
        "mri,mic->mrc", x.astype(weights.dtype), weights, precision=precision, preferred_element_type=dtype
    )


def _slices(S: jax.Array, width: int) -> jax.Array:
    """The frames under the filter side by side: (channels, frames - width + 1, width * bins)."""
    frames = S.shape[1] - width + 1
    return jnp.concatenate([S[:, j : j + frames] for j in range(width)], axis=2)


def _correlate(filters: Filters, S: jax.Array) -> jax.Array:
    """``S * W``."""
    channels, frames, _ = S.shape
    width, block, outputs = filters.width, filters.block, frames - filters.width + 1
    if block == 0:
        X = _slices(S.astype(filters.weights.dtype), width)
        Y = _multiply(X.reshape(1, channels * outputs, -1), filters.weights, S.dtype)
        return Y.reshape(channels, outputs, -1)
    A, B, _ = (jnp.asarray(matrix, S.dtype) for matrix in transforms(block, width))
    X = jnp.tensordot(B, split(S, block, width), 1, precision="highest")
    Y = _multiply(X, filters.weights, S.dtype)
    return join(jnp.tensordot(A, Y, 1, precision="highest"), channels, outputs)


def _correlate_adjoint(filters: Filters, dY: jax.Array) -> jax.Array:
    """Gradient by ``S`` of ``S * W``, of which the gradient is ``dY``: each of its steps transposed, in reverse."""
    channels, outputs, count = dY.shape
    width, block, frames = filters.width, filters.block, outputs + filters.width - 1
    if block == 0:
        bins = filters.weights.shape[1] // width
        dX = _multiply(dY.reshape(1, channels * outputs, count), filters.adjoint, dY.dtype)
        return _transpose(partial(_slices, width=width), dX.reshape(channels, outputs, -1), (channels, frames, bins))
    bins = filters.weights.shape[1]
    step = block - width + 1
    A, B, _ = (jnp.asarray(matrix, dY.dtype) for matrix in transforms(block, width))
    blocks = channels * -(-outputs // step)
    dY = _transpose(partial(join, channels=channels, frames=outputs), dY, (step, blocks, count))
    dX = _multiply(jnp.tensordot(A.T, dY, 1, precision="highest"), filters.adjoint, dY.dtype)
    dX = jnp.tensordot(B.T, dX, 1, precision="highest")[:, :, :bins]
    return _transpose(partial(split, block=block, width=width), dX, (channels, frames, bins))


def _transpose(linear: Callable[[jax.Array], jax.Array], dy: jax.Array, shape: Sequence[int]) -> jax.Array:
    """Transpose of a linear function whose argument has ``shape``, at ``dy``."""
    dx: jax.Array
    (dx,) = jax.linear_transpose(linear, jnp.zeros(shape, dy.dtype))(dy)
    return dx
