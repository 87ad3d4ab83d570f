"""What a row makes one held-out stem sound like: its first seconds, for the report (paper 3.5)."""

from pathlib import Path

import soundfile

from vimusic.errors import run, whole_file
from vimusic.options import program
from vimusic.report.heldout import SECONDS, shown_stem, wav_of


@program
def main(split: Path, wavs: Path, out: Path):
    stem = shown_stem(split)
    with soundfile.SoundFile(wav_of(wavs, stem.name)) as wav:
        sound, rate, subtype = wav.read(SECONDS * wav.samplerate), wav.samplerate, wav.subtype
    with whole_file(out) as temporary:
        soundfile.write(temporary, sound, rate, subtype=subtype)
    print(f"{out}: {stem.name}")


if __name__ == "__main__":
    run(main)
