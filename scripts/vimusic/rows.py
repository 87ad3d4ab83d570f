"""The rows of Table 1: what each is, what it knows, and where its results lie.

The workflow writes them once (``rows.json``); every program that shows several rows reads them there.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vimusic.errors import UserError, whole_file
from vimusic.registry import names, said
from vimusic.settings import SCORE

# From knowing nothing to the ceiling; a baseline that is not named here follows.
ANCHORS = [
    *("silence", "mean_spectrum", "instrument_mean", "soundfont", "soundfont_musescore", "copy_synthesis"),
    "recording",
]
SHUFFLED, CONCAT = "shuffled", "concat"


@dataclass(frozen=True)
class Row:
    """A row of Table 1 with one seed in one fold.

    ``name`` is what tables call it. ``kind`` is ``anchor`` (nothing is learnt) or ``variant``. ``base`` is
    the anchor or variant that it is, and ``control`` how it departs from it: not at all (empty), ``shuffled``
    (the model is shown another title's video) or ``concat`` (put together by the paper's other reading, 3.5).
    ``inputs`` are what a variant reads; ``crops`` how its players are cropped. ``fold`` is empty, or the
    folder of its fold, ``folds/1/``. ``mels``, ``wavs`` and ``scores`` are paths of its results, ``model`` of
    a variant's weights.
    """

    name: str
    kind: str
    base: str
    control: str
    seed: int
    fold: str
    inputs: tuple[str, ...]
    crops: str
    mels: str
    wavs: str
    scores: str
    model: str

    @property
    def embeddings(self) -> str:
        """Path of the sums of its embeddings, beside its scores."""
        return str(Path(self.scores).with_suffix(".npz"))


def plan(config: Mapping[str, Any], run: str) -> list[Row]:
    """Every row of a run, fold by fold: anchors, then the variants of ``config["rows"]`` times seeds.

    A variant that sees is followed by its shuffled-video control; one that sees and reads notes, with the
    paper's output, like copy-synthesis, by the other reading of the paper's lengths.

    Raises
    ------
    UserError
        Two rows of one name, say a variant called ``silence``; as ``font_of``.
    """
    players = [name for name in names("models.players") if font_of(name, config) != ""]
    known = [*names("models.baselines"), *players]
    anchors = [name for name in ANCHORS if name in known] + [name for name in known if name not in ANCHORS]
    wanted = [("anchor", name, "", (0,), (), "") for name in anchors]
    wanted.append(("anchor", "copy_synthesis", CONCAT, (0,), (), ""))
    for name in config["rows"]:
        variant = config["variants"][name]
        inputs = tuple(variant["inputs"])
        crops = (variant.get("crops") or config["video"]["crops"]) if "video" in inputs else ""
        sees, rereads = "video" in inputs, SCORE & set(inputs) and variant.get("output", "linear") == "linear"
        controls = [""] + [SHUFFLED] * sees + [CONCAT] * bool(sees and rereads)
        wanted += [
            ("variant", name, control, config["training"]["seeds"], inputs, crops) for control in controls
        ]
    titles = Counter(base + (f"_{control}" if control else "") for _, base, control, *_ in wanted)
    name, count = titles.most_common(1)[0]
    if count > 1:
        raise UserError(f"config: variants.{name}: a row of this name is there already; rename the variant")
    rows = []
    for fold in folds(config):
        for kind, base, control, seeds, inputs, crops in wanted:
            for seed in seeds:
                name = base + (f"_{control}" if control else "")
                made, place = f"{name}.{seed}", f"{run}/{fold}"
                rows.append(
                    Row(
                        name,
                        kind,
                        base,
                        control,
                        seed,
                        fold,
                        inputs,
                        crops,
                        mels=f"{place}predictions/{made}.npz",
                        wavs=f"{place}audio/{made}/wavs.tsv",
                        scores=f"{place}metrics/{made}.csv",
                        model=f"{place}models/{base}.{seed}/model.safetensors" if kind == "variant" else "",
                    )
                )
    return rows


def font_of(player: str, config: Mapping[str, Any]) -> str | None:
    """Path of the soundfont from which an anchor plays: empty where none is given, None where it needs none.

    Raises
    ------
    UserError
        There is no such file.
    """
    key = said(f"models.players.{player}", "NEEDS", "")
    if not key:
        return None
    section, name = key.split(".")
    path = config.get(section, {}).get(name, "")
    if path and not Path(path).is_file():
        raise UserError(f"config: {key}: {path} not found; install it (make debian), or leave {key} empty")
    return path


def folds(config: Mapping[str, Any]) -> list[str]:
    """Folder of each fold, ``folds/1/`` and so on; one that is empty where there is one split."""
    return [f"folds/{k}/" for k in range(1, config["split"]["folds"] + 1)] or [""]


def by_fold(rows: Iterable[Row], splits: Sequence[Path]) -> Iterator[tuple[Path, list[Row]]]:
    """(split.tsv, rows) of each fold.

    Raises
    ------
    UserError
        ``splits`` are not one a fold.
    """
    folds: dict[str, list[Row]] = {}
    for row in rows:
        folds.setdefault(row.fold, []).append(row)
    if len(splits) != len(folds):
        raise UserError(
            f"--splits: {len(splits)} for {len(folds)} fold(s) of the rows; give one of each, in order"
        )
    yield from zip(splits, folds.values(), strict=True)


def first_seeds(rows: Iterable[Row]) -> list[Row]:
    """The rows in their first seed, in every fold."""
    first = {}
    for row in rows:
        first.setdefault((row.fold, row.name), row)
    return list(first.values())


def trained(rows: Iterable[Row]) -> list[Row]:
    """The variants themselves, without controls, in their first seed and fold: what figures show."""
    first = {}
    for row in rows:
        if row.kind == "variant" and not row.control:
            first.setdefault(row.name, row)
    return list(first.values())


def named(rows: Iterable[Row], *wanted: str) -> list[Row]:
    """The rows called ``wanted``, in this order, in their first seed and fold."""
    first = {}
    for row in rows:
        first.setdefault(row.name, row)
    return [first[name] for name in wanted]


def write_rows(path: str | Path, rows: Iterable[Row]) -> None:
    """Rows as JSON, one a line."""
    lines = ",\n".join(json.dumps(asdict(row)) for row in rows)
    with whole_file(path) as temporary:
        temporary.write_text(f"[\n{lines}\n]\n")


def read_rows(path: str | Path) -> list[Row]:
    """What ``write_rows`` wrote."""
    records = json.loads(Path(path).read_text())
    return [Row(**record | {"inputs": tuple(record["inputs"])}) for record in records]
