"""URMP simulated: its 44 pieces and 149 stems under their real names, at its picture size, but drawn,
synthesized and a few seconds long; as the archive it comes in, whole or with faults planted in it.

    python tests/simulate_urmp.py --out results/simulated/Dataset.tar.gz [--faults]
"""

import argparse
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts/data")]

import generate_miniurmp  # noqa: E402

from vimusic.data.urmp import read_stems  # noqa: E402

INVENTORY = ROOT / "workflow/resources/stems.tsv"


def sound(change):
    def fault(path):
        signal, rate = soundfile.read(path)
        soundfile.write(path, change(signal), rate, subtype="PCM_24")

    return fault


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def transpose(path):
    rows = [line.split() for line in path.read_text().splitlines()]
    path.write_text("".join(f"{on}\t\t{float(hertz) * 1.26:.3f}\t\t{long}\r\n" for on, hertz, long in rows))


# (stem, column of the inventory, what happens to the file): ten, each of one stem.
FAULTS = [
    ("02_Sonata_vn_vn.2", "audio", Path.unlink),
    ("05_Entertainer_tpt_tpt.1", "audio", cut),
    ("11_Maria_ob_vc.1", "audio", sound(np.zeros_like)),
    ("16_Surprise_tpt_tpt_sax.2", "audio", sound(lambda signal: np.stack([signal, signal], axis=1))),
    ("20_Pavane_tpt_vn_vc.3", "audio", sound(lambda signal: signal[: len(signal) // 5])),
    ("24_Pirates_vn_vn_va_vc.4", "notes", Path.unlink),
    ("28_Fugue_fl_ob_cl_bn.1", "notes", lambda path: path.write_text("")),
    ("31_Slavonic_tpt_tpt_hn_tbn.3", "notes", lambda path: path.write_text("1.0\t\thigh\t\t0.5\r\n")),
    ("36_Rondeau_vn_vn_va_vc.2", "notes", transpose),
    ("44_K515_vn_vn_va_va_vc.5", "f0s", lambda path: path.write_text("0.023 loud\r\n")),
]


def simulate(out, faults=False, select=(), seconds=5, threads=2):
    """Write the archive ``out``; returns the stems that a planted fault hits."""
    out = Path(out)
    stems = read_stems(INVENTORY, select)
    hit = []
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        dataset = Path(folder) / "Dataset"
        words = ["--miniurmp.seed", "0", "--miniurmp.seconds", str(seconds), "--miniurmp.scale", "1"]
        words += ["--threads", str(threads), "--data.select", *select]
        generate_miniurmp.main(["--stems", str(INVENTORY), "--out", str(dataset), *words])
        # URMP's double bass of piece 39 has a row with three tabs.
        odd = stems.index[-1]
        path = dataset / stems.piece[odd] / stems.notes[odd]
        path.write_text(path.read_text().replace("\t\t", "\t\t\t", 1))
        for stem, column, fault in FAULTS if faults else []:
            if stem in stems.index:
                fault(dataset / stems.piece[stem] / stems[column][stem])
                hit.append(stem)
        with tarfile.open(out, "w:gz", compresslevel=1) as archive:
            archive.add(dataset, "Dataset")
    return hit


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--out", required=True, type=Path, help=".tar.gz")
    options.add_argument("--faults", action="store_true")
    args = options.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    print("faults in:", *simulate(args.out, args.faults))
