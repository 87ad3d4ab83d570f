"""What a row makes one held-out stem sound like: its first seconds, for the report (paper 3.5)."""

from pathlib import Path

import soundfile

from vimusic.errors import run, whole_file
from vimusic.options import program
from vimusic.report.heldout import shown_stem, sound_of


@program
def main(split: Path, wavs: Path, out: Path):
    stem = shown_stem(split)
    sound, rate = sound_of(wavs, stem)
    with whole_file(out) as temporary:
        soundfile.write(temporary, sound, rate, subtype="PCM_16")
    print(f"{out}: {stem.name}")


if __name__ == "__main__":
    run(main)
