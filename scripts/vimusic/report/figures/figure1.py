"""Figure 1. The spectrogram regressor, drawn from this run's configuration."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from vimusic.options import Named, settings
from vimusic.timebase import TimeBase


@settings(
    "video.size", "video.fps", "audio.sample_rate", "audio.hop_length", "audio.n_mels", "clips.window",
    "encoder.components", "model.fusion", "model.decoder",
)  # fmt: skip
def draw(settings: Named) -> Figure:
    """Encoders, fusion and decoder with their shapes, left to right (paper Figure 1)."""
    size, fps, n_mels = settings.video.size, settings.video.fps, settings.audio.n_mels
    components, fusion, decoder = settings.encoder.components, settings.model.fusion, settings.model.decoder
    frames = settings.clips.window
    mels = TimeBase(settings.audio.sample_rate, settings.audio.hop_length, fps, frames).window_mels
    figure, axis = plt.subplots(figsize=(11, 3.6), layout="constrained")
    axis.set(xlim=(-1, 111), ylim=(0, 36))
    axis.axis("off")

    def box(x: float, y: float, text: str, colour: str, width: float = 15, height: float = 8) -> None:
        axis.add_patch(
            FancyBboxPatch((x, y), width, height, boxstyle="round,pad=0.3", facecolor=colour, edgecolor="0.3")
        )
        axis.text(x + width / 2, y + height / 2, text, ha="center", va="center", fontsize=8)

    def arrow(start: tuple[float, float], end: tuple[float, float], text: str = "") -> None:
        axis.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=9, color="0.3", lw=1))
        middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 1
        axis.text(*middle, text, ha="center", va="bottom", fontsize=6.5, color="0.25")

    data, network, sound = "#e8eef7", "#fdebd3", "#e3f2e1"
    box(0, 23, f"video clip\n{frames} × {size} × {size} × 3\n{fps} fps", data)
    box(0, 5, f"aligned MIDI\npiano-roll\n{mels} × 128", data)
    box(22, 23, "ResNet-18\nper frame", network)
    box(22, 5, "LSTM, 128\n1 layer", network)
    box(44, 23, f"{components} components\nto the mel grid", network)
    box(63, 14, f"concatenate,\nproject\nto {fusion}", network, width=10)
    box(79, 14, f"LSTM, {decoder}\n2 layers\n+ linear", network, width=10)
    box(96, 23, f"log-mel\n{mels} × {n_mels}", sound, width=13)
    box(96, 5, "overlap-add,\nnon-negative\nmel inversion,\nGriffin–Lim", sound, width=13)
    arrow((15.4, 27), (21.6, 27))
    arrow((15.4, 9), (21.6, 9))
    arrow((37.4, 27), (43.6, 27), f"{frames} × 512")
    arrow((59.4, 27), (66, 22.5))
    axis.text(63, 26, f"{mels} × {components}", fontsize=6.5, color="0.25")
    arrow((37.4, 9), (62.6, 16), f"{mels} × 128")
    arrow((73.4, 18), (78.6, 18))
    arrow((89.4, 18), (95.6, 26))
    arrow((102.5, 22.6), (102.5, 13.6))
    for x, text in [
        (7.5, "(a) preprocessing"),
        (37, "(b) encoders"),
        (76, "(c) fusion and decoder"),
        (102.5, "(d) inference"),
    ]:
        axis.text(x, 34.5, text, ha="center", fontsize=9, weight="bold")
    return figure
