"""One self-contained page: a film, the sound of every row, the tables, the figures."""

from pathlib import Path

import numpy as np
import pandas as pd

from vimusic import captions
from vimusic.data.leak import Cut, part_of
from vimusic.data.split import SPLITS
from vimusic.data.urmp import INSTRUMENTS, read_split
from vimusic.errors import UserError, run, whole_file
from vimusic.evaluation import ensembles, tables
from vimusic.evaluation.paired import footnote, unbeaten
from vimusic.evaluation.published import shown as judged
from vimusic.features.sources import SOURCES
from vimusic.options import program, settings
from vimusic.registry import said
from vimusic.report import page
from vimusic.report.heldout import HEARD, SECONDS, held_out, labels, shown_stem, wav_of
from vimusic.report.listening import ratings
from vimusic.report.style import RANGE
from vimusic.rows import Row, by_fold, named, read_rows, trained

STEMS = 4  # that can be heard; all lie in audio/
SYNTHETIC = (
    "Synthetic: everything on this page was measured on mini-URMP, a generated dataset. "
    "The paper's numbers are for URMP and cannot be compared."
)


def film_of(seers: list[Row], films: list[Path], table: pd.DataFrame) -> tuple[Row, Path] | None:
    """Of the rows that see the one with the lowest MSE in Table 1, and its film."""
    if len(seers) != len(films):
        raise UserError(
            f"--films: {len(films)} for {len(seers)} rows that see; give one of each, in their order"
        )
    errors = table[table.metric == "mse"].set_index("row").value
    return min(zip(seers, films, strict=True), key=lambda pair: errors[pair[0].name], default=None)


def hear(rows: list[Row], top: float, stem: pd.Series, frames: int, rate: float) -> dict[Row, dict]:
    """Label, log-mel and sound of a stem in every one of the ``rows`` of its fold.

    Parameters
    ----------
    top : ln power of the recording's loudest cell: its colours are everyone's.
    stem : row of split.tsv; its ``cut`` keeps what is held out.
    frames : mel frames to show.
    rate : mel frames per second.
    """
    heard = {}
    for label, row in labels(rows).items():
        with np.load(row.mels) as mels:
            mel = page.picture(stem.cut.array(mels[stem.name], rate)[:frames], top)
        heard[row] = {
            "label": label,
            "mel": mel,
            "sound": page.sound(wav_of(row.wavs, stem.name), stem.cut),
        }
    return heard


def parts_of(split: pd.DataFrame) -> list[dict[str, object]]:
    """What of a split.tsv trains, validates and tests."""
    return [
        {
            "name": name,
            "stems": len(part),
            "minutes": f"{sum(map(Cut.seconds, part.cut, part.seconds)) / 60:.1f}",
            "titles": ", ".join(sorted(set(part.title))),
        }
        for name, part in ((name, part_of(split, name)) for name in sorted(SPLITS))
    ]


def whole_of(mixes: pd.DataFrame, heard: list[str], sample_rate: int) -> dict[str, object] | None:
    """The first piece of mixes.tsv, and its sound in the rows ``heard``; None where there is no mix."""
    if mixes.empty:
        return None
    first = mixes[mixes.piece == mixes.piece[0]].set_index("row")
    return {
        "piece": mixes.piece[0],
        "seconds": round(min(SECONDS, first.samples.max() / sample_rate)),
        "sounds": {row: page.sound(first.path[row], Cut(None, None)) for row in heard if row in first.path},
    }


@program
@settings(
    "data.name", "split.unit", "roll.source", "audio.sample_rate", "audio.hop_length", "evaluation.tracker"
)
def main(
    run: str, rows: Path, splits: list[Path], features: Path, table: Path, paired: Path,
    table2: Path, against: Path, seeds: Path, instruments: Path, families: Path, mix: Path, mixes: Path,
    published: Path,
    figures: list[Path], out: Path, settings, films: list[Path] = (),
):  # fmt: skip
    every = read_rows(rows)
    variants = trained(every)
    folds = list(by_fold(every, splits))
    information = page.information(every, SOURCES[settings.roll.source].words)
    knows = dict(zip(information.row, information.knows, strict=True))
    table1, pairs, heard, theirs = map(pd.read_csv, (table, paired, table2, published))

    def title(stem: pd.Series) -> str:
        return f"{stem.name}, {INSTRUMENTS[stem.instrument][0]}"

    stem, part = shown_stem(splits[0]), folds[0][1]
    rate = settings.audio.sample_rate / settings.audio.hop_length
    frames = round(SECONDS * rate)
    top = np.load(features / stem.piece / str(stem.track) / "mel.npy").max()
    players = hear(part, top, stem, frames, rate)
    recording, *anchors = named(part, *HEARD)
    first = [recording, *variants, *anchors]
    for row, player in players.items():
        player["knows"] = knows[row.name]
    film = film_of([row for row in variants if "video" in row.inputs], films, table1)

    # One of each fold in turn.
    tests = pd.concat([held_out(path).assign(fold=k) for k, path in enumerate(splits)])
    turns = tests.assign(turn=tests.groupby("fold").cumcount()).sort_values("turn", kind="stable")
    others = []
    for _, other in turns[turns.index != stem.name].head(STEMS - 1).iterrows():
        heard_first = sorted(folds[other.fold][1], key=lambda row: row.name != "recording")
        sounds = {label: wav_of(row.wavs, other.name) for label, row in labels(heard_first).items()}
        others.append(
            {
                "stem": title(other),
                "sounds": {name: page.sound(wav, other.cut) for name, wav in sounds.items()},
            }
        )

    inputs = {row.name: row.inputs for row in variants}
    missed = unbeaten(pairs, inputs)
    by_clip = captions.UNITS[settings.split.unit]
    nobody = [] if heard.source.eq("ours").any() else [ratings.NOBODY]
    provenance = captions.provenance()
    html = page.render(
        run=run,
        data=settings.data.name,
        origin=captions.DATA[settings.data.name],
        held_out=captions.counted(tests.reset_index()),
        provenance=provenance,
        warnings=[SYNTHETIC] * (settings.data.name == "mini-urmp") + [by_clip] * bool(by_clip),
        stem=title(stem),
        seconds=round(min(SECONDS, stem.cut.seconds(stem.seconds))),
        span=RANGE,
        film=film
        and {"row": film[0].name, "knows": knows[film[0].name], "video": page.embedded(film[1], "video/mp4")},
        heard=[players[row] for row in first],
        controls=[player for row, player in players.items() if row not in first],
        table1=tables.display(table1, theirs[theirs.artifact == "Table 1"], missed),
        daggers=footnote(missed, pairs),
        tracker=settings.evaluation.tracker,
        groups={
            name: tables.display_grouped(pd.read_csv(path), name)
            for name, path in (("seed", seeds), ("instrument", instruments), ("family", families))
        },
        whole=whole_of(
            pd.read_csv(mixes, sep="\t"),
            [row.name for row in first if row.name != "copy_synthesis"],
            settings.audio.sample_rate,
        ),
        nobody=ensembles.NOBODY,
        mix=tables.display(pd.read_csv(mix), metrics=ensembles.MEASURED),
        asked=" ".join([*nobody, ratings.INTERVALS, ratings.PAPER]),
        table2=ratings.shown(heard),
        information=information,
        against=judged(pd.read_csv(against)).fillna(""),
        figures=[
            {
                "caption": f"{said(f'report.figures.{path.stem}')} From {provenance}.",
                "picture": page.embedded(path, "image/png"),
            }
            for path in figures
        ],
        others=others,
        folds=[parts_of(read_split(path)) for path in splits],
    )
    with whole_file(out) as temporary:
        temporary.write_text(html, encoding="utf-8")
    print(f"{out}: {len(html) / 1e6:.1f} MB")


if __name__ == "__main__":
    run(main)
