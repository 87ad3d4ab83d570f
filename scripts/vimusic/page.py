"""The report page's frame and its sound players; everything is inside the one file."""

import base64
import io
from html import escape
from string import Template

import soundfile

SECONDS = 20  # of each clip, so that the page stays small

PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Visually indicated music: $run</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem;
         color: #222; }
  h1 { margin-bottom: 0; }
  img { max-width: 100%; height: auto; display: block; margin: 1rem 0; }
  .scroll { overflow-x: auto; }
  table { border-collapse: collapse; font-size: 0.9rem; }
  th, td { text-align: right; white-space: nowrap; padding: 0.25rem 0.7rem; border-bottom: 1px solid #ddd; }
  th:first-child, td:first-child { text-align: left; }
  .players { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; }
  figure { margin: 0; }
  audio { width: 100%; }
  .warning { background: #fff3cd; border-left: 4px solid #e0a800; padding: 0.5rem 1rem; }
</style>
<h1>Visually indicated music</h1>
<p>Run <b>$run</b>, measured on <b>$data</b>. How much of a musician's sound can be heard from the
picture alone, and how much more once the notes are known?</p>
$synthetic
<h2>Table 1</h2>
<div class="scroll">$table</div>
<p>Log-mel MSE in ln-power units squared. Skill is 1 − MSE / MSE of the mean spectrum. Pitch
accuracy: share of annotated-voiced frames within a semitone ($tracker). Brackets: 95 % bootstrap
interval over pieces. The last two columns are what the paper prints for URMP.</p>
<p>Rows that know the notes (<i>midi</i>, <i>vision_midi</i>) use annotations made from the
recording: information that a silent video does not hold. <i>copy_synthesis</i> is the true
spectrogram made audible: the ceiling of the inversion.</p>
<ul>$split</ul>
<h2>Figures</h2>
$figures
<h2>Listen</h2>
$clips
</html>
""")


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
