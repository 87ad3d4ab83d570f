"""The listening study: a page for the listeners, and the key that says what each sound was (paper 4.4)."""

import json
from pathlib import Path

import pandas as pd

from vimusic.features import audio
from vimusic.errors import UserError, run, whole_file
from vimusic.report.listening import excerpts, study
from vimusic.options import parser
from vimusic.data.urmp import INSTRUMENTS, read_notes, read_split

NOISE = 10  # s


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--split", required=True, help="split.tsv")
    options.add_argument("--data", required=True, help="dataset folder, for recordings and notes")
    options.add_argument("--name", required=True, help="what is heard: mini-urmp, urmp or custom")
    options.add_argument("--wavs", nargs="+", required=True, help="tables of wavs, one a system")
    options.add_argument("--sample-rate", type=int, required=True, help="of the wavs, Hz")
    options.add_argument("--stems", type=int, default=3, help="test stems to hear; the paper has 3")
    options.add_argument("--seconds", type=float, default=8, help="of each clip; the paper has 30")
    options.add_argument("--seed", type=int, default=0, help="of the stems drawn and the blind names")
    options.add_argument("--page", required=True, help="for the listeners (.html)")
    options.add_argument("--key", required=True, help="never for the listeners (.json)")
    args = options.parse_args(argv)

    if args.seconds < excerpts.SHORTEST:
        raise UserError(f"--seconds {args.seconds}: too short to hear; give at least {excerpts.SHORTEST}")
    split = read_split(args.split)
    systems = {}
    for path in map(Path, args.wavs):
        row = path.parent.name.rpartition(".")[0]
        if row in systems or row in (study.REFERENCE, study.ANCHOR):
            raise UserError(f"{path}: a second {row}; give one seed of each system")
        systems[row] = pd.read_csv(path, sep="\t", index_col="stem").path

    test = split[split.split == "test"]
    if test.empty:
        raise UserError(f"{args.split}: holds no test stems; hold out titles in the config (split)")
    names = excerpts.choose_stems(test, args.stems, args.seed)
    stems, clips = {}, {}
    for name in names:
        stem = split.loc[name]
        folder = Path(args.data) / stem.piece
        notes = read_notes(folder / stem.notes, stem.seconds)
        start = excerpts.most_played(notes, stem.seconds, args.seconds)
        window = (start, min(args.seconds, stem.seconds), args.sample_rate)
        recording = excerpts.cut(audio.load(folder / stem.audio, args.sample_rate), *window)
        clips[name, study.REFERENCE] = recording
        clips[name, study.ANCHOR] = excerpts.low_anchor(recording, args.sample_rate)
        for row, paths in systems.items():
            if name not in paths or not Path(paths[name]).is_file():
                raise UserError(f"{row}: has no wav of {name}; run synthesize.py again")
            clips[name, row] = excerpts.cut(audio.read(paths[name]), *window)
            if len(clips[name, row]) < len(recording) / 2:
                raise UserError(f"{paths[name]}: ends before the excerpt does; run synthesize.py again")
        instrument, family, _ = INSTRUMENTS[stem.instrument]
        stems[name] = {"instrument": instrument, "family": family, "start": start}
        print(f"{name} ({instrument}): {window[1]:.1f} s from {start:.2f} s")

    noise = excerpts.level_noise(NOISE, args.sample_rate, args.seed)
    (*matched, noise), loudness = excerpts.match_levels([*clips.values(), noise], args.sample_rate)
    sounds = {name: {} for name in names}
    for (name, row), clip in zip(clips, matched, strict=True):
        sounds[name][row] = study.flac(clip, args.sample_rate)
    shown, trials = study.blind(sounds, study.flac(noise, args.sample_rate), args.seed)
    key = {
        "study": shown["study"],
        "data": args.name,
        "seed": args.seed,
        "loudness": round(loudness, 2),
        "stems": stems,
        "trials": trials,
    }
    html = study.page(shown)
    with whole_file(args.page) as temporary:
        temporary.write_text(html, encoding="utf-8")
    with whole_file(args.key) as temporary:
        temporary.write_text(json.dumps(key, indent=1), encoding="utf-8")
    print(f"{args.page}: {len(trials)} trials, {loudness:.1f} LUFS, {len(html) / 1e6:.1f} MB")


if __name__ == "__main__":
    run(main)
