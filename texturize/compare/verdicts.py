"""Every figure of a comparison in words: what its value means for somebody who listens."""

from __future__ import annotations

from collections.abc import Iterator

from texturize.compare.channels import Channels
from texturize.compare.comparison import Comparison
from texturize.compare.copied import Copying
from texturize.compare.event_verdicts import AS_THE_HALVES, NAMES, event_rows, retelling_rows
from texturize.compare.rhythm import Rhythm
from texturize.compare.seam import Seam

AS_ANOTHER_EXCERPT = 1.5
"""What the worst of the figures stays below for other excerpts of recordings, but for one in ten."""


def rows(comparison: Comparison) -> Iterator[tuple[str, str, str]]:
    """Name, value and verdict of each figure."""
    name, value = comparison.worst
    yield "as a whole", f"{value:.2f}", f"{worst_verdict(value)} (the worst: {NAMES.get(name, name)})"
    texture = comparison.texture
    yield "texture distance", f"{texture.total:.2f}", texture_verdict(texture.total)
    for name, value in texture.classes.items():
        yield f"  {name.replace('_', ' ')}", f"{value:.2f}", ""
    if len(texture.channels) > 1:
        for i, total in enumerate(texture.channel_totals, 1):
            yield f"  channel {i}", f"{total:.2f}", ""
    yield from event_rows(comparison.events)
    copying = comparison.copying
    yield "copying, 50 ms", f"{copying.short:.2f}", copying_verdict(copying)
    yield "copying, 250 ms", f"{copying.long:.2f}", ""
    yield "  a fresh excerpt", f"{copying.baseline_short:.2f}, {copying.baseline_long:.2f}", ""
    yield from retelling_rows(comparison.retelling)
    yield "rhythm distance", f"{comparison.rhythm.relative:.2f}", rhythm_verdict(comparison.rhythm)
    yield "level", level_value(comparison.level_difference), level_verdict(comparison.level_difference)
    if comparison.channels is not None:
        yield from channel_rows(comparison.channels)
    if comparison.seam is not None:
        yield "seam", f"{comparison.seam.largest:.2f}", seam_verdict(comparison.seam)


def channel_rows(channels: Channels) -> Iterator[tuple[str, str, str]]:
    """Name, value and verdict of each figure of the stereo image."""
    yield "stereo, level", f"{channels.level_difference:.1f} dB", balance_verdict(channels)
    yield "stereo, coherence", f"{channels.coherence:.2f}", width_verdict(channels)
    yield "stereo, phase", "-" if channels.phase is None else f"{channels.phase:.2f} rad", phase_verdict(channels)
    yield "sum to mono", f"{round(channels.mono, 1) + 0.0:+.1f} dB", mono_verdict(channels)


def worst_verdict(distance: float) -> str:
    """The worst of all figures in words: how close the result is as a whole."""
    if distance < AS_ANOTHER_EXCERPT:
        return "as close as another excerpt of the same recording"
    if distance < 2:
        return "close: the same texture, told apart with attention"
    if distance < 3:
        return "some way off: alike, with audible differences"
    return "far off: another sound to the ear"


def texture_verdict(distance: float) -> str:
    """The texture distance in words."""
    if distance < AS_THE_HALVES:
        return "long-term statistics as in another excerpt"
    return "long-term statistics somewhat off" if distance < 2 else "long-term statistics far off"


def copying_verdict(copying: Copying) -> str:
    """The copying of both lengths in words: how much of the way from a fresh excerpt to a splice."""
    way = max(
        (copying.short - copying.baseline_short) / max(1 - copying.baseline_short, 0.05),
        (copying.long - copying.baseline_long) / max(1 - copying.baseline_long, 0.05),
    )
    if way < 0.15:
        return "no more than a fresh excerpt"
    if way < 0.4:
        return "a little more than a fresh excerpt"
    if way < 0.8:
        return "much of it is copied out of the reference"
    return "a splice of the reference"


def rhythm_verdict(rhythm: Rhythm) -> str:
    """What is kept of the reference's periodicity, in words."""
    if rhythm.period is None or rhythm.strength is None:
        return "the reference has no periodicity worth the name"
    of = f"the reference's period of {rhythm.period:.3g} s (strength {rhythm.strength:.2f})"
    if rhythm.kept is None:
        return f"the result is too short to show {of}"
    word = "kept" if rhythm.kept >= 0.75 else "partly kept" if rhythm.kept >= 0.35 else "lost"
    return f"{word}: {100 * rhythm.kept:.0f} % of {of}"


def level_value(differences: tuple[float | None, ...]) -> str:
    """Decibels of each channel."""
    return ", ".join("silent" if d is None else f"{round(d, 1) + 0.0:+.1f} dB" for d in differences)


def level_verdict(differences: tuple[float | None, ...]) -> str:
    """The level differences in words."""
    heard = [d for d in differences if d is not None]
    if not heard:
        return "nothing to compare"
    largest = max(heard, key=abs)
    if abs(largest) < 1:
        return "as loud"
    return "louder" if largest > 0 else "quieter"


def balance_verdict(channels: Channels) -> str:
    """The level differences between channels in words."""
    if channels.level_difference <= 1:
        return "placed as the reference"
    return "placed otherwise than the reference"


def width_verdict(channels: Channels) -> str:
    """The coherence between channels in words."""
    if channels.coherence <= 0.1:
        return "as wide as the reference"
    if abs(channels.coherence_change) < 0.5 * channels.coherence:
        return "narrower in some bands, wider in others"
    return "narrower than the reference" if channels.coherence_change > 0 else "wider than the reference"


def phase_verdict(channels: Channels) -> str:
    """The phases between channels in words."""
    if channels.phase is None:
        return "the channels are nowhere coherent"
    return "as the reference" if channels.phase <= 0.3 else "otherwise than the reference"


def mono_verdict(channels: Channels) -> str:
    """The level of the channels' sum in words."""
    change = channels.mono - channels.mono_reference
    of = f"the reference: {channels.mono_reference:+.1f} dB"
    if abs(change) <= 1:
        return f"as loud as {of}"
    return f"{'louder' if change > 0 else 'quieter'} than {of}"


def seam_verdict(seam: Seam) -> str:
    """The jump from end to start in words."""
    if seam.inside:
        return "unbroken as a loop: no more than inside"
    words = {"level": "a step in level", "gap": "a gap", "spectrum": "another sound", "samples": "a click"}
    return f"audible as a loop: {', '.join(words[name] for name in seam.outside)}"
