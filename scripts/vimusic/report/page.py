"""The report page's frame, its tables, figures and sound players; everything is inside the one file."""

import base64
import io
from html import escape
from pathlib import Path
from string import Template

import pandas as pd
import soundfile

SECONDS = 20  # of each clip, so that the page stays small
ANCHORS = {  # row: (what it knows of the stem, what it is)
    "silence": ("nothing", "no sound at all"),
    "mean_spectrum": ("nothing", "the training stems' mean spectrum in every frame"),
    "instrument_mean": ("instrument", "the mean spectrum of that instrument in every frame"),
    "soundfont": ("{roll}, instrument", "a sampler plays the notes: what needs no learning"),
    "copy_synthesis": ("the recording", "the true log-mel made audible: the ceiling of the inversion"),
}
CAPTIONS = {
    "figure1": "Figure 1. The spectrogram regressor, drawn from this run's configuration.",
    "figure2": "Figure 2. True and predicted log-mel spectrograms of one held-out stem, first 60 s.",
    "learning_curves": "Training and validation error by epoch.",
    "instruments": "Error and pitch accuracy by instrument. Bars without a line are of one piece.",
    "pitch_tracks": "Pitch of one held-out stem as the tracker hears it, over the annotation.",
    "register": "Error while an annotated note sounds, by its pitch; below, how many notes there are.",
}

PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Visually indicated music: $run</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem;
         color: #222; background: #fff; overflow-wrap: break-word; }
  h1 { margin-bottom: 0; line-height: 1.2; }
  h2 { margin-top: 2.5rem; border-top: 1px solid #ddd; padding-top: 1rem; }
  img { max-width: 100%; height: auto; display: block; }
  .scroll { overflow-x: auto; }
  table { border-collapse: collapse; font-size: 0.9rem; }
  th, td { text-align: right; white-space: nowrap; padding: 0.25rem 0.6rem; border-bottom: 1px solid #ddd;
           vertical-align: top; }
  th { white-space: normal; vertical-align: bottom; }
  th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: #fff; }
  .words td, .words th { text-align: left; white-space: normal; }
  .words table { min-width: 32rem; }
  .verdicts table { min-width: 64rem; }
  @media (max-width: 64rem) { .verdicts table { min-width: 96rem; } }
  details th:nth-child(2), details td:nth-child(2) { text-align: left; }
  .players { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; }
  figure { margin: 1.5rem 0; }
  figcaption, .note { color: #555; font-size: 0.9rem; }
  .players figure { margin: 0; }
  audio { width: 100%; }
  summary { cursor: pointer; }
  .warning { background: #fff3cd; border-left: 4px solid #e0a800; padding: 0.5rem 1rem; }
</style>
<h1>Visually indicated music</h1>
<p><b>How much of a musician's sound can be heard from the picture alone, and how much more once the notes
are known?</b></p>
<p><b>$data</b>: $held_out. From $provenance.</p>
$warnings
<h2>Table 1</h2>
<div class="scroll">$table</div>
<p class="note">$daggers</p>
<p>Log-mel MSE in ln-power units squared. Skill is 1 − MSE / MSE of the mean spectrum. Pitch
accuracy: share of annotated-voiced frames within a semitone ($tracker). Brackets: 95 % bootstrap
interval over pieces, too narrow where they are few. The last two columns are what the paper prints for
URMP.</p>
$folded
<h2>Table 2</h2>
<p>$asked</p>
<div class="scroll words">$heard</div>
<h2>What each row knows</h2>
<div class="scroll words">$information</div>
<p>Notes are information that a silent video does not hold.</p>
<h2>Against the paper</h2>
<div class="scroll words verdicts">$against</div>
<h2>Figures</h2>
$figures
<h2>Listen</h2>
<p>The same seconds of each clip in every row.</p>
$clips
<h2>What was measured on what</h2>
<ul>$split</ul>
</html>
""")


def html_table(frame):
    """``frame`` as an HTML table; an interval stands under its value, an arrow beside its heading."""
    html = frame.to_html(index=False, border=0).replace(" [", "<br>[")
    return html.replace(" ↑", "\u00a0↑").replace(" ↓", "\u00a0↓")


def folded(title, frame):
    """``frame`` as an HTML table under a ``title`` that unfolds it."""
    return (
        f'<details><summary>{escape(title)}</summary><div class="scroll">{html_table(frame)}</div></details>'
    )


def information(rows, inputs, notes):
    """What each row of Table 1 is and knows of the stem it is scored on, as a table.

    Parameters
    ----------
    rows : names of the rows.
    inputs : variant -> what it reads (``video``, ``roll``, ``instrument``).
    notes : what a ``roll`` is made from, in words.
    """
    reads = {"video": "video", "roll": notes, "instrument": "instrument"}
    lines = []
    for row in rows:
        variant, _, control = row.rpartition("_")
        if row in inputs:
            knows, what = ", ".join(reads[name] for name in inputs[row]), "a trained network"
        elif row in ANCHORS:
            knows, what = ANCHORS[row][0].format(**reads), ANCHORS[row][1]
        elif control == "shuffled":
            shown = reads | {"video": "another title's video"}
            knows = ", ".join(shown[name] for name in inputs[variant])
            what = f"control: {variant}, shown the wrong video"
        else:
            knows, what = f"as {variant}", f"{variant}, put together by the paper's other reading"
        lines.append({"row": row, "knows": knows, "is": what})
    return pd.DataFrame(lines)


def figure(path, source):
    """A picture inside the page, with the caption of its name and its ``source``: data, run, code."""
    caption = escape(f"{CAPTIONS[Path(path).stem]} {source}")
    data = base64.b64encode(Path(path).read_bytes()).decode()
    image = f'<img alt="{caption}" src="data:image/png;base64,{data}">'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def player_row(title, sounds):
    """A heading and one player per sound.

    Parameters
    ----------
    sounds : label -> path of a wav; the first ``SECONDS`` are embedded as 16-bit FLAC.
    """
    players = "".join(
        f"<figure><figcaption>{escape(label)}</figcaption>"
        f'<audio controls preload="none" src="data:audio/flac;base64,{_flac(path)}"></audio></figure>'
        for label, path in sounds.items()
    )
    return f'<h3>{escape(title)}</h3><div class="players">{players}</div>'


def _flac(path):
    with soundfile.SoundFile(path) as wav:
        signal, rate = wav.read(round(SECONDS * wav.samplerate)), wav.samplerate
    buffer = io.BytesIO()
    soundfile.write(buffer, signal, rate, format="FLAC", subtype="PCM_16")
    return base64.b64encode(buffer.getvalue()).decode()
