"""A stem's MIDI on the clock of its sound: from the annotated notes, or from the score (paper 3.1, MIDI)."""

import json
from pathlib import Path

from vimusic.errors import run
from vimusic.options import parser
from vimusic.features.roll import write_midi
from vimusic.data.urmp import read_notes


def annotated(args, seconds):
    return read_notes(args.notes, seconds)


def printed(args, seconds):
    from vimusic.features.score import read_score  # brings librosa, which the annotated notes do not need

    return read_score(args.score, args.track, args.players)


def warped(args, seconds):
    from vimusic.features import audio, score

    return score.warp(printed(args, seconds), audio.load(args.audio, score.RATE))


SOURCES = {"notes": annotated, "score": printed, "score_dtw": warped}


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--source", choices=SOURCES, required=True)
    options.add_argument("--notes", required=True, help="Notes_*.txt")
    options.add_argument("--score", required=True, help="Sco_*.mid of the piece")
    options.add_argument("--audio", required=True, help="the stem's wav")
    options.add_argument("--length", required=True, help=".json with the stem's length")
    options.add_argument("--instrument", required=True, help="URMP code: vn, fl, ...")
    options.add_argument("--track", type=int, required=True, help="which part of the score, from 1")
    options.add_argument("--players", type=int, required=True, help="parts the score should have")
    options.add_argument("--out", required=True, help=".mid")
    args = options.parse_args(argv)

    seconds = json.loads(Path(args.length).read_text())["seconds"]
    notes = SOURCES[args.source](args, seconds)
    write_midi(args.out, notes, args.instrument)
    print(f"{args.out}: {len(notes.onset)} notes from {args.source}")


if __name__ == "__main__":
    run(main)
