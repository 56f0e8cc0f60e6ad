"""The terms of the loss and their weighted sum, L = L_gram + alpha L_ac + beta L_div + gamma L_env + delta L_rhythm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from texturize.config import Config, LossConfig, ResolutionConfig, SpectrogramConfig
from texturize.envelopes import EXPONENT, RATE, Bands, envelopes, plan_bands
from texturize.filters import Filters, apply, prepare, random_banks
from texturize.spectrogram import Stft, magnitude, resolve, stft
from texturize.splices import Rates, SpliceTargets, splice_targets, splices
from texturize.statistics import EnvelopeStatistics, autocorrelation, envelope_statistics, gram_matrix, onsets

ONSET_STEP = 4
ONSET_BANDS = 6
EDGE, MARGIN = 0.01, 0.1  # seconds
SLOWEST = 1.5  # periods within the clip: what is slower is no texture but drift, and is to be kept out of the result
SILENT = 1.3  # envelope over that of the floor
AUDIBLE = 3e-4  # of the clip's root mean square: what is below that in a band has no shape
FLOOR = 1e-4  # of the loudest: bins and bands below it count as silent


class Resolution(NamedTuple):
    """What is static of one spectrogram and its filters."""

    config: ResolutionConfig
    settings: Stft
    lags: tuple[int, int]  # of the autocorrelation, in frames


class ResolutionTargets(NamedTuple):
    """What one spectrogram of the result is measured by and compared with."""

    filters: tuple[Filters, ...]
    # Normalization, each (channels, 1, bins)
    level: jax.Array
    mean: jax.Array
    deviation: jax.Array
    # Statistics of the clip
    gram: tuple[jax.Array, ...]  # per bank (channels, filters, filters)
    autocorrelation: tuple[jax.Array, ...]  # per bank (channels, lags, filters); empty at weight 0
    original: jax.Array | None  # transform along time of the centred spectrogram, for the diversity term


class TimeScales(NamedTuple):
    """What is static of the terms of band envelopes."""

    lags: tuple[int, int]  # of the rhythm, in onset samples
    steady: float  # modulation up to that many Hz is drift


class EnvelopeTargets(NamedTuple):
    """Envelope statistics of the clip."""

    bands: Bands  # planned for the result's length
    floor: jax.Array  # (channels, 1)
    mean: jax.Array  # (channels, bands)
    statistics: EnvelopeStatistics
    scale: EnvelopeStatistics  # what a square difference is measured in, see `natural_scale`
    rhythm: jax.Array | None  # (channels, lags, maps)
    onset_samples: jax.Array  # (): an autocorrelation of that many independent onsets has a variance of its inverse


class Targets(NamedTuple):
    """All arrays the losses need; computed once from the clip, traced everywhere."""

    resolutions: tuple[ResolutionTargets, ...]
    envelopes: EnvelopeTargets | None
    splices: SpliceTargets | None


def compress(S: jax.Array, config: SpectrogramConfig, level: jax.Array) -> jax.Array:
    """Compressed magnitudes; ``level`` (..., 1, bins) is the root mean square of each bin over the clip."""
    x = S / level if config.normalize else S
    if config.compression == "log1p":
        return jnp.log1p(x)
    if config.compression == "power":
        return (x + 1e-6) ** config.exponent
    return x


def expand(c: jax.Array, config: SpectrogramConfig, level: jax.Array) -> jax.Array:
    """Magnitudes from compressed ones, the inverse of :func:`compress`; negative values become zero."""
    c = jnp.maximum(c, 0.0)
    if config.compression == "log1p":
        c = jnp.expm1(c)
    elif config.compression == "power":
        c = jnp.maximum(c ** (1 / config.exponent) - 1e-6, 0.0)
    return c * level if config.normalize else c


def standardize(c: jax.Array, config: SpectrogramConfig, targets: ResolutionTargets) -> jax.Array:
    """Compressed magnitudes as the filters see them."""
    return (c - targets.mean) / targets.deviation if config.standardize else c


def relative_square(x: jax.Array, target: jax.Array, axes: tuple[int, ...]) -> jax.Array:
    """|x - x~|^2 / |x~|^2 over ``axes``, averaged over the rest."""
    tiny = jnp.finfo(target.dtype).tiny
    return jnp.mean(jnp.sum((x - target) ** 2, axes) / jnp.maximum(jnp.sum(target**2, axes), tiny))


def closeness(S: jax.Array, original: jax.Array) -> jax.Array:
    """Normalized cross-correlation of spectrograms at every circular shift in time.

    Parameters
    ----------
    S : (channels, frames, bins)
        Centred spectrogram of the result.
    original : (channels, n // 2 + 1, bins) complex
        ``rfft`` along time of the clip's, zero-padded to a common length n, divided by its norm.

    Returns
    -------
    (channels, n) : 1 where the result is the clip, moved by that many frames.
    """
    n = 2 * (original.shape[-2] - 1)
    spectrum = jnp.fft.rfft(S, n, axis=-2)
    c = jnp.fft.irfft(jnp.sum(spectrum * original.conj(), axis=-1), n)
    return c / jnp.sqrt(jnp.sum(S**2, axis=(-2, -1)) + 1e-12)[:, None]


def diversity(S: jax.Array, original: jax.Array, sharpness: float) -> jax.Array:
    """Smooth maximum over all shifts of the closeness to the original: log-sum-exp, less log n to start from zero."""
    c = closeness(S, original)
    soft = jax.nn.logsumexp(sharpness * c, axis=-1) - jnp.log(c.shape[-1])
    return jnp.mean(soft) / sharpness


def resolution_terms(
    S: jax.Array, resolution: Resolution, targets: ResolutionTargets, loss: LossConfig
) -> dict[str, jax.Array]:
    """Terms of one standardized spectrogram (channels, frames, bins), summed over its banks."""
    circular = resolution.settings.circular
    terms = {}
    maps = [apply(filters, S, circular=circular) for filters in targets.filters] if _needs_maps(loss) else []
    if loss.gram.weight:
        pairs = zip(maps, targets.gram, strict=True)
        terms["gram"] = sum((relative_square(gram_matrix(F), G, (-2, -1)) for F, G in pairs), jnp.zeros(()))
    if loss.autocorrelation.weight:
        terms["autocorrelation"] = sum(
            (
                relative_square(autocorrelation(F, resolution.lags), A, (-2, -1))
                for F, A in zip(maps, targets.autocorrelation, strict=True)
            ),
            jnp.zeros(()),
        )
    if loss.diversity.weight and targets.original is not None:
        centred = S if resolution.config.spectrogram.standardize else S - targets.mean
        terms["diversity"] = diversity(centred, targets.original, loss.diversity.sharpness)
    return terms


def _needs_maps(loss: LossConfig) -> bool:
    return bool(loss.gram.weight or loss.autocorrelation.weight)


def envelope_terms(
    y: jax.Array, targets: EnvelopeTargets, loss: LossConfig, scales: TimeScales
) -> dict[str, jax.Array]:
    """Terms of the band envelopes of a signal (channels, n)."""
    E, power = envelopes(y, targets.bands, targets.floor)
    terms = {}
    if loss.envelopes.weight:
        window = jnp.ones(E.shape[-1], E.dtype)
        found = envelope_statistics(E, power, window, targets.mean, RATE, scales.steady)
        classes = [
            jnp.mean((x - t) ** 2 / scale) for x, t, scale in zip(found, targets.statistics, targets.scale, strict=True)
        ]
        terms["envelopes"] = jnp.mean(jnp.stack(classes))
    if targets.rhythm is not None:
        rho = normalized_rhythm(E, targets.mean, scales.lags)
        terms["rhythm"] = jnp.mean((rho - targets.rhythm) ** 2) * targets.onset_samples
    return terms


def normalized_rhythm(E: jax.Array, mean: jax.Array, lags: tuple[int, int]) -> jax.Array:
    """Autocorrelation of the onsets over its value at lag 0: (channels, bands, frames) to (channels, lags, maps).

    Onsets of neighbouring bands are added up, and those of all bands are the last map: what they have in common, a
    beat, stands out from what they don't.
    """
    r = onsets(E / mean[..., None], ONSET_STEP)
    groups = [jnp.sum(r[..., b : b + ONSET_BANDS], axis=-1) for b in range(0, r.shape[-1], ONSET_BANDS)]
    r = jnp.stack([*groups, jnp.sum(r, axis=-1)], axis=-1)
    r = r - jnp.mean(r, axis=-2, keepdims=True)
    A = autocorrelation(r, lags)
    return A / (jnp.mean(r**2, axis=-2, keepdims=True) + 1e-12)


def total(terms: dict[str, jax.Array], loss: LossConfig) -> jax.Array:
    """Weighted sum of the terms."""
    return sum((getattr(loss, name).weight * value for name, value in terms.items()), jnp.zeros(()))


@dataclass(frozen=True)
class SpectrogramLoss:
    """Loss of a compressed spectrogram (channels, frames, bins) of the first resolution."""

    resolution: Resolution
    loss: LossConfig

    def __call__(self, params: jax.Array, targets: Targets) -> jax.Array:
        """Weighted sum of the terms."""
        first = targets.resolutions[0]
        S = standardize(jnp.maximum(params, 0.0), self.resolution.config.spectrogram, first)
        return total(resolution_terms(S, self.resolution, first, self.loss), self.loss)


@dataclass(frozen=True)
class WaveformLoss:
    """Loss of a waveform given as y = irfft(rfft(u) H), in the preconditioned variable u (channels, n)."""

    resolutions: tuple[Resolution, ...]
    loss: LossConfig
    scales: TimeScales
    rates: Rates | None  # of the comparison with splices of the clip, where there is one

    def __call__(self, u: jax.Array, args: tuple[Targets, jax.Array]) -> jax.Array:
        """Weighted sum of the terms."""
        targets, H = args
        return total(self.terms(shape_noise(u, H), targets), self.loss)

    def terms(self, y: jax.Array, targets: Targets) -> dict[str, jax.Array]:
        """Terms of a waveform (channels, n); those of spectrograms are means over the resolutions."""
        terms: dict[str, jax.Array] = {}
        for resolution, wanted in zip(self.resolutions, targets.resolutions, strict=True):
            config = resolution.config.spectrogram
            c = compress(magnitude(stft(y, resolution.settings)), config, wanted.level)
            found = resolution_terms(standardize(c, config, wanted), resolution, wanted, self.loss)
            for name, value in found.items():
                terms[name] = terms.get(name, 0.0) + value / len(self.resolutions)
        if targets.envelopes is not None:
            terms |= envelope_terms(y, targets.envelopes, self.loss, self.scales)
        if targets.splices is not None and self.rates is not None:
            terms["splices"] = splices(y, targets.splices, self.rates, self.loss.splices.margin)
        return terms


def shape_noise(u: jax.Array, H: jax.Array) -> jax.Array:
    """Signal y = irfft(rfft(u) H): u (channels, n), H (channels, n // 2 + 1) real."""
    return jnp.fft.irfft(jnp.fft.rfft(u) * H, u.shape[-1])


# Targets, from the clip


def resolution_of(config: ResolutionConfig, loss: LossConfig, sr: int, n_clip: int) -> Resolution:
    """Static part of one resolution for clips of ``n_clip`` samples at ``sr`` Hz."""
    settings = resolve(config.spectrogram, sr, circular=True)
    rate = sr / settings.hop_length
    # Of the maps of the widest filters over the frames within the clip, a quarter at least is to overlap.
    frames = n_clip // settings.hop_length - 2 * -(-(settings.n_fft // 2) // settings.hop_length) + 1
    longest = max(1, 3 * (frames - max(config.filters.widths)) // 4)
    last = min(round(loss.autocorrelation.max_lag * rate), longest)
    return Resolution(config, settings, (min(round(loss.autocorrelation.min_lag * rate), last), last))


def time_scales(loss: LossConfig, n_clip: int, sr: int) -> TimeScales:
    """Time scales of the terms of band envelopes, for clips of ``n_clip`` samples."""
    rate = RATE / ONSET_STEP
    last = min(round(loss.rhythm.max_lag * rate), int(0.4 * n_clip / sr * rate))
    first = min(max(1, round(loss.rhythm.min_lag * rate)), last)
    return TimeScales((first, last), SLOWEST * sr / n_clip)


def clip_frames(y: jax.Array, settings: Stft) -> jax.Array:
    """Magnitudes of the frames that lie within the clip (channels, n): its ends are no part of the texture."""
    S = magnitude(stft(y, settings._replace(circular=False)))
    margin = -(-(settings.n_fft // 2) // settings.hop_length)
    return S[:, margin : y.shape[-1] // settings.hop_length - margin + 1]


def resolution_targets(y: jax.Array, resolution: Resolution, loss: LossConfig, frames: int) -> ResolutionTargets:
    """Normalization and statistics of the clip (channels, n), for results of ``frames`` frames."""
    config = resolution.config.spectrogram
    S = clip_frames(y, resolution.settings)
    level = jnp.sqrt(jnp.mean(S**2, axis=1, keepdims=True))
    level = level + FLOOR * jnp.max(level, axis=-1, keepdims=True)
    c = compress(S, config, level)
    mean, spread = jnp.mean(c, axis=1, keepdims=True), jnp.std(c, axis=1, keepdims=True)
    deviation = spread + 0.1 * jnp.sqrt(jnp.mean(spread**2, axis=-1, keepdims=True))
    banks = random_banks(resolution.config.filters, resolution.settings.bins)
    filters = tuple(prepare(bank, frames * y.shape[0]) for bank in banks)
    empty = ResolutionTargets(filters, level, mean, deviation, (), (), None)
    S = standardize(c, config, empty)
    maps = [apply(f, S) for f in filters]
    return empty._replace(
        gram=tuple(gram_matrix(F) for F in maps) if loss.gram.weight else (),
        autocorrelation=tuple(autocorrelation(F, resolution.lags) for F in maps) if loss.autocorrelation.weight else (),
        original=original_spectrum(S if config.standardize else S - mean, frames) if loss.diversity.weight else None,
    )


def original_spectrum(S: jax.Array, frames: int) -> jax.Array:
    """The clip's side of :func:`closeness`: S centred, (channels, clip frames, bins)."""
    n = max(S.shape[-2], frames)
    S = S / jnp.sqrt(jnp.sum(S**2, axis=(-2, -1), keepdims=True) + 1e-12)
    return jnp.fft.rfft(S, n + n % 2, axis=-2)


def envelope_targets(y: jax.Array, sr: int, n: int, loss: LossConfig) -> EnvelopeTargets:
    """Envelope statistics of the clip (channels, samples), for results of ``n`` samples."""
    count = loss.envelopes.bands
    floor = AUDIBLE * jnp.sqrt(jnp.mean(y**2, axis=-1, keepdims=True))
    lags, steady = time_scales(loss, y.shape[-1], sr)

    def measure(y: jax.Array, mean: jax.Array | None) -> tuple[jax.Array, EnvelopeStatistics, jax.Array]:
        # Mirrored ends, of no weight, keep the step from the clip's end to its start away from the statistics.
        margin = min(round(MARGIN * sr), y.shape[-1] // 8)
        y = jnp.pad(y, [(0, 0), (margin, margin)], mode="reflect")
        bands = plan_bands(count, y.shape[-1], sr)
        ends = math.ceil(margin / y.shape[-1] * bands.frames)
        window = taper(bands.frames, ends)
        E, power = hush(*envelopes(y, bands, floor, window), floor, 2 * ends)
        level = jnp.mean(E * window, axis=-1)
        mean = level if mean is None else mean
        found = envelope_statistics(E, power, window, mean, RATE, steady)
        return level, found, normalized_rhythm(E[..., ends:-ends], mean, lags)

    half = y.shape[-1] // 2
    mean, whole, rhythm = measure(y, None)
    _, first, _ = measure(y[:, :half], mean)
    _, second, _ = measure(y[:, half : 2 * half], mean)
    scale = EnvelopeStatistics(*(natural_scale(*three) for three in zip(whole, first, second, strict=True)))
    return EnvelopeTargets(
        bands=plan_bands(count, n, sr),
        floor=floor,
        mean=mean,
        statistics=without_drift(whole),
        scale=scale,
        rhythm=rhythm if loss.rhythm.weight else None,
        onset_samples=jnp.asarray(y.shape[-1] / sr * RATE / ONSET_STEP),
    )


def hush(E: jax.Array, power: jax.Array, floor: jax.Array, ends: int) -> tuple[jax.Array, jax.Array]:
    """Envelopes and powers with nothing in bands that are silent but for the ends, where the mirror's kink rings."""
    quiet = floor[..., None] ** EXPONENT
    silent = jnp.max(E[..., ends:-ends], axis=-1, keepdims=True) < SILENT * quiet
    return jnp.where(silent, quiet, E), jnp.where(silent[..., 0], floor**2, power)


def taper(frames: int, ends: int) -> jax.Array:
    """Weight of envelope samples: none at the ``ends``, which fade in and out; mean 1."""
    samples = np.minimum(np.arange(frames), np.arange(frames)[::-1]) + 0.5
    window = np.sin(np.pi / 2 * np.clip((samples - ends) / (EDGE * RATE), 0, 1)) ** 2
    return jnp.asarray(window / window.mean(), jnp.float32)


def without_drift(statistics: EnvelopeStatistics) -> EnvelopeStatistics:
    """Statistics of the same envelopes with the modulation that is too slow for a texture taken out."""
    rest = jnp.maximum(1 - statistics.drift, 0.1)
    return statistics._replace(
        variation=statistics.variation * jnp.sqrt(rest),
        modulation=statistics.modulation / jnp.sqrt(rest)[..., None],
        drift=jnp.zeros_like(rest),
    )


def natural_scale(whole: jax.Array, first: jax.Array, second: jax.Array) -> jax.Array:
    """What a square difference of a statistic (channels, ...) is measured in: how far the clip's halves are apart.

    That is one mean square for the class, and of each statistic's own value a tenth: a kurtosis of 300 is no more
    exact than one of 3.
    """
    axes = tuple(range(1, whole.ndim))
    apart = jnp.mean((first - second) ** 2, axis=axes, keepdims=True)
    return jnp.maximum(apart, 1e-4) + (0.1 * whole) ** 2


def build_targets(
    y: jax.Array, sr: int, n: int, config: Config, resolutions: tuple[Resolution, ...], rates: Rates | None
) -> Targets:
    """Targets from the clip (channels, samples) for results of ``n`` samples."""
    loss = config.loss
    return Targets(
        tuple(resolution_targets(y, r, loss, n // r.settings.hop_length) for r in resolutions),
        envelope_targets(y, sr, n, loss) if loss.envelopes.weight or loss.rhythm.weight else None,
        splice_targets(y, rates) if rates is not None else None,
    )
