"""A made-up run, and the report page of it."""

from pathlib import Path

import imageio_ffmpeg
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import soundfile
import table2
import write_page
from runs import rows_of

from vimusic.evaluation.ensembles import MEASURED
from vimusic.evaluation.published import COLUMNS
from vimusic.registry import names
from vimusic.rows import trained

PUBLISHED = Path(__file__).parents[2] / "workflow/resources/published.csv"
METRICS = ["mse", "pitch_accuracy", "rpa", "onset_f1", "note_f1", "chroma", "mr_stft", "loudness_corr"]
RATE, SECONDS = 16000, 1  # of every made-up sound


def written(path, frame, sep=","):
    """``frame`` as a file, and its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, sep=sep, index=False)
    return path


def page_of(
    folder,
    *variants,
    titles=("Bourree", "Waltz"),
    unit="title",
    data="mini-urmp",
    daggers=False,
    mixed=(),
    **planned,
):
    """``report.html`` of a run of ``variants`` with made-up numbers, sounds and pictures.

    A stem a title; one split holds out all of them, folds each in turn. In Table 1 a row's MSE is its place.
    With ``daggers`` no row beats another. The rows in ``mixed`` have a mix of the first piece.
    """
    rng = np.random.default_rng(0)
    rows = rows_of(folder, *variants, **planned)
    pieces = [f"{k:02d}_{title.split()[0]}_tpt" for k, title in enumerate(titles)]
    table = pd.DataFrame(
        {"stem": [f"{name}.1" for name in pieces], "piece": pieces, "title": titles, "track": 1}
    )
    table = table.assign(take=pieces, instrument="tpt", seconds=60.0, audio="a.wav", clips="")
    for piece in pieces:
        place = folder / "features" / piece / "1"
        place.mkdir(parents=True)
        np.save(place / "mel.npy", rng.normal(-10, 3, (63, 8)).astype(np.float32))
    splits = []
    for k, fold in enumerate(dict.fromkeys(row.fold for row in rows)):
        test = [f"{name}.1" for j, name in enumerate(pieces) if not fold or j == k]
        parts = table.assign(split=table.stem.isin(test).map({True: "test", False: "train"}))
        splits.append(written(folder / f"split{k}.tsv", parts, "\t"))
        for row in rows:
            if row.fold == fold:
                wavs = written(Path(row.wavs), pd.DataFrame({"stem": test, "path": row.wavs + ".wav"}), "\t")
                soundfile.write(f"{wavs}.wav", rng.normal(0, 0.1, SECONDS * RATE), RATE)
                Path(row.mels).parent.mkdir(parents=True, exist_ok=True)
                np.savez(row.mels, **{stem: rng.normal(-10, 3, (63, 8)).astype(np.float32) for stem in test})
    called = dict.fromkeys(row.name for row in rows)
    cells = pd.DataFrame(
        [(row, m, k) for k, row in enumerate(called) for m in METRICS], columns=["row", "metric", "value"]
    )
    cells = cells.assign(low=cells.value - 0.5, high=cells.value + 0.5, pieces=7, data=data)
    pairs = pd.DataFrame([(row.name, other, m) for row in trained(rows) for other in called for m in METRICS],
                         columns=["row", "other", "metric"])  # fmt: skip
    pairs = pairs[pairs.row != pairs.other].assign(
        difference=1.0, low=0.5, high=1.5, p=0.5 if daggers else 0.01, pieces=7
    )
    tables = {
        "table": cells,
        "paired": pairs.assign(better="unclear" if daggers else "yes"),
        "against": pd.DataFrame([dict.fromkeys(COLUMNS, "text") | dict.fromkeys(COLUMNS[4:9], 0.5)]),
        "seeds": cells.assign(seed=0),
        "instruments": cells.assign(instrument="tpt"),
        "families": cells.assign(family="brass"),
    }
    given = {name: written(folder / f"tables/{name}.csv", frame) for name, frame in tables.items()}
    scores = [(row, m.name, k) for k, row in enumerate(mixed) for m in MEASURED]
    mix = pd.DataFrame(scores, columns=["row", "metric", "value"]).assign(low=0.0, high=9.0)
    sounds = [(row.name, pieces[0], f"{row.wavs}.wav", SECONDS * RATE) for row in rows if row.name in mixed]
    mixes = pd.DataFrame(sounds, columns=["row", "piece", "path", "samples"])
    given["mix"] = written(folder / "tables/mix.csv", mix)
    given["mixes"] = written(folder / "mix/mixes.tsv", mixes, "\t")
    given["table2"] = folder / "tables/table2.csv"
    others = ["--markdown", f"{folder}/tables/table2.md", "--latex", f"{folder}/tables/table2.tex"]
    table2.main(["--published", str(PUBLISHED), "--table", str(given["table2"]), *others])
    figures = [folder / f"{name}.png" for name in names("report.figures")]
    for path in figures:
        plt.figure(figsize=(9, 3)).savefig(path, dpi=100)
    plt.close("all")
    films = [film(folder / f"{row.name}.mp4") for row in trained(rows) if "video" in row.inputs]
    given |= {"rows": folder / "rows.json", "features": folder / "features"}
    given |= {"published": PUBLISHED, "run": "a", "out": folder / "report.html"}
    settings = {
        "data.name": data, "split.unit": unit, "roll.source": "notes", "evaluation.tracker": "swift_f0",
        "audio.sample_rate": RATE, "audio.hop_length": 256,
    }  # fmt: skip
    words = [word for option, value in (given | settings).items() for word in (f"--{option}", value)]
    write_page.main(
        [
            str(word)
            for word in [
                *words,
                "--splits",
                *splits,
                "--figures",
                *figures,
                *(["--films", *films] if films else []),
            ]
        ]
    )
    return folder / "report.html"


def film(path):
    """A second of grey, with sound, that a browser plays."""
    sound = path.with_suffix(".wav")
    soundfile.write(sound, np.zeros(SECONDS * RATE), RATE)
    writer = imageio_ffmpeg.write_frames(path, (32, 32), fps=30, audio_path=str(sound), audio_codec="aac")
    writer.send(None)
    for k in range(SECONDS * 30):
        writer.send(bytes([8 * k]) * (32 * 32 * 3))
    writer.close()
    return path
