"""Frames that overlap: cut out of a signal in blocks of a hop, and summed at their places again."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def overlapping_frames(blocks: jax.Array, per_frame: int) -> jax.Array:
    """Frames of ``per_frame`` neighbouring blocks: (..., blocks, hop) to (..., frames, per_frame * hop)."""
    frames = blocks.shape[-2] - per_frame + 1
    # Concatenating along the samples gives the same, and takes XLA's CPU code twice the time.
    stacked = jnp.stack([blocks[..., b : b + frames, :] for b in range(per_frame)], axis=-2)
    return stacked.reshape(*blocks.shape[:-2], frames, per_frame * blocks.shape[-1])


def _frames_forward(blocks: jax.Array, per_frame: int) -> tuple[jax.Array, None]:
    return overlapping_frames(blocks, per_frame), None


def _frames_backward(per_frame: int, _: None, dframes: jax.Array) -> tuple[jax.Array]:
    return (sum_frames(dframes, per_frame),)


overlapping_frames.defvjp(_frames_forward, _frames_backward)


def sum_frames(frames: jax.Array, per_frame: int, circular: bool = False) -> jax.Array:
    """Transpose of `overlapping_frames`, blocks summed at their places: (..., frames, width) to (..., blocks, hop).

    Circular: there are as many blocks as frames, at least ``per_frame - 1``, and those beyond the end belong to the
    start.
    """
    if frames.shape[-2] < per_frame - 1:
        return _sum_few_frames(frames, per_frame)
    # All but the blocks at the ends are sums of slices of the frames as they are, which the CPU does in one pass.
    count, before = frames.shape[-2], per_frame - 1
    hop = frames.shape[-1] // per_frame
    parts = [frames[..., before - b : count - b, b * hop : (b + 1) * hop] for b in range(per_frame)]
    inner = sum(parts[1:], parts[0])
    first = _sum_few_frames(frames[..., :before, :], per_frame)[..., :before, :]
    last = _sum_few_frames(frames[..., count - before :, :], per_frame)[..., before:, :]
    return jnp.concatenate([first + last, inner] if circular else [first, inner, last], axis=-2)


def _sum_few_frames(frames: jax.Array, per_frame: int) -> jax.Array:
    """The same for any number of frames, not circular."""
    hop, before = frames.shape[-1] // per_frame, per_frame - 1
    lead = [(0, 0)] * (frames.ndim - 2)
    parts = (jnp.pad(frames[..., b * hop : (b + 1) * hop], [*lead, (b, before - b), (0, 0)]) for b in range(per_frame))
    return jnp.asarray(sum(parts))
