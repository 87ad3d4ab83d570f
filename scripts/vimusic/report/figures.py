"""The paper's figures. Each function takes small arrays and returns a matplotlib figure."""

import textwrap

import librosa
import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from vimusic.features.audio import FMAX, FMIN
from vimusic.captions import provenance
from vimusic.errors import whole_file

plt.rcParams.update({"font.size": 9, "pdf.fonttype": 42, "svg.hashsalt": "vimusic"})


def save(figure, paths):
    """Write ``figure`` to every path (its suffix is the format), without the time of day; a grey line
    along its right edge, where no legend lies, says where it comes from."""
    figure.text(1.02, 0.01, provenance(), rotation=90, va="bottom", fontsize=5, color="0.5")
    for path in paths:
        with whole_file(path) as temporary:
            metadata = {"CreationDate": None} if temporary.suffix == ".pdf" else None
            figure.savefig(temporary, dpi=200, bbox_inches="tight", metadata=metadata)
    plt.close(figure)


def mel_comparison(panels, sample_rate, hop_length, title):
    """Log-mels one under the other on one colour scale (paper Figure 2).

    Parameters
    ----------
    panels : name -> log-mel (T, n_mels), the truth first: it sets the scale, whose lower end is
        90 dB below its loudest cell.
    """
    figure, axes = plt.subplots(
        len(panels), 1, figsize=(8, 1.7 * len(panels) + 0.4), sharex=True, layout="constrained"
    )
    top = next(iter(panels.values())).max() * 10 / 2.302585  # ln power to dB
    for axis, (name, mel) in zip(axes, panels.items(), strict=True):
        seconds = len(mel) * hop_length / sample_rate
        image = axis.imshow(
            mel.T * 10 / 2.302585,
            origin="lower",
            aspect="auto",
            extent=(0, seconds, 0, mel.shape[1]),
            vmin=top - 90,
            vmax=top,
            cmap="magma",
        )
        hertz = [250, 1000, 2000, 4000]
        edges = librosa.hz_to_mel([FMIN, FMAX, *hertz])
        ticks = (edges[2:] - edges[0]) / (edges[1] - edges[0]) * mel.shape[1]
        axis.set_yticks(ticks, [f"{h / 1000:g}" for h in hertz])
        axis.set_ylabel("kHz")
        axis.set_title(name, loc="left", fontsize=9)
    axes[-1].set_xlabel("time, s")
    figure.suptitle(title, fontsize=10)
    figure.colorbar(image, ax=axes, label="power, dB", pad=0.01)
    return figure


def architecture(timebase, size, n_mels, components, fusion, decoder):
    """Encoders, fusion and decoder with their shapes, left to right (paper Figure 1)."""
    frames, mels = timebase.window, timebase.window_mels
    figure, axis = plt.subplots(figsize=(11, 3.6), layout="constrained")
    axis.set(xlim=(-1, 111), ylim=(0, 36))
    axis.axis("off")

    def box(x, y, text, colour, width=15, height=8):
        axis.add_patch(
            FancyBboxPatch((x, y), width, height, boxstyle="round,pad=0.3", facecolor=colour, edgecolor="0.3")
        )
        axis.text(x + width / 2, y + height / 2, text, ha="center", va="center", fontsize=8)

    def arrow(start, end, text=""):
        axis.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=9, color="0.3", lw=1))
        middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 1
        axis.text(*middle, text, ha="center", va="bottom", fontsize=6.5, color="0.25")

    data, network, sound = "#e8eef7", "#fdebd3", "#e3f2e1"
    box(0, 23, f"video clip\n{frames} × {size} × {size} × 3\n{timebase.fps} fps", data)
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


def validation(table, data):
    """The validation table at a glance: length of each stem, share of notes that agree with its
    sound, and for what is not ok the reason."""
    colours = {"ok": "#4c956c", "warn": "#e9a23b", "fail": "#c8553d"}
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, 1.2 + 0.16 * len(table)), sharey=True, width_ratios=(1, 2), layout="constrained"
    )
    places = range(len(table))
    verdicts = table.verdict.map(colours)
    left.barh(places, table.seconds.fillna(0), color=verdicts, height=0.8)
    left.set_yticks(places, table.stem, fontsize=6)
    left.set(xlabel="length, s", ylim=(len(table) - 0.4, -0.6))
    right.scatter(table.agreement, places, c=verdicts, s=9)
    right.set(xlabel="share of notes that agree with the sound", xlim=(-0.02, 3))
    right.set_xticks([0, 0.25, 0.5, 0.75, 1])
    right.axvline(1, color="0.8", lw=0.8)
    for place, reason in enumerate(table.reason.fillna("")):
        right.text(1.04, place, textwrap.shorten(reason, 110), fontsize=5, va="center")
    counts = ", ".join(f"{sum(table.verdict == verdict)} {verdict}" for verdict in colours)
    figure.suptitle(f"Validation of {len(table)} stems ({data}): {counts}", fontsize=10)
    return figure
