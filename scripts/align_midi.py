"""A stem's aligned MIDI from its annotated notes (paper 3.1, MIDI)."""

import json
from pathlib import Path

from vimusic.errors import run
from vimusic.options import parser
from vimusic.roll import write_midi
from vimusic.urmp import read_notes


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--notes", required=True, help="Notes_*.txt")
    options.add_argument("--length", required=True, help=".json with the stem's length")
    options.add_argument("--instrument", required=True, help="URMP code: vn, fl, ...")
    options.add_argument("--out", required=True, help=".mid")
    args = options.parse_args(argv)

    seconds = json.loads(Path(args.length).read_text())["seconds"]
    notes = read_notes(args.notes, seconds)
    write_midi(args.out, notes, args.instrument)
    print(f"{args.notes}: {len(notes.onset)} notes")


if __name__ == "__main__":
    run(main)
