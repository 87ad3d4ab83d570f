"""Where the dataset of a run lies, and which of its stems the run uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from vimusic.data.remotes import read_remotes
from vimusic.data.urmp import read_stems
from vimusic.errors import UserError


@dataclass(frozen=True)
class Dataset:
    """A dataset, and where it comes from.

    ``folder`` holds ``<piece>/AuSep_*.wav`` and so on. ``archive`` is the file it is unpacked from, or None;
    ``remote`` the row of the table of remotes that it is fetched from, or None; ``made`` whether a rule
    generates it. ``stems`` is the inventory, less what the run does not select or leaves out.
    """

    folder: str
    archive: str | None
    remote: Any | None
    made: bool
    stems: pd.DataFrame

    def sources(self, piece: str, name: str) -> list[str]:
        """Workflow inputs that bring the file ``name`` of ``piece``.

        The piece's manifest where an archive is unpacked or a piece is fetched. Nothing where a given folder
        lacks the file, or the inventory names none: the job that needs it fails with its own clear line, and
        the other stems go on.
        """
        if not name:
            return []
        path = f"{self.folder}/{piece}/{name}"
        if self.archive or self.remote is not None:
            return [f"{self.folder}/{piece}/manifest.tsv"]
        return [path] if self.made or Path(path).is_file() else []


def locate(data: Mapping[str, Any], run: str) -> Dataset:
    """The dataset that the settings ``data`` name, for a run whose results go to the folder ``run``.

    Raises
    ------
    UserError
        No such folder, archive, piece or stem; or mini-URMP, which is generated, outside ``results/``.
    """
    path, archive, remote = str(Path(data["path"]).expanduser()), None, None
    remotes = read_remotes(data["remotes"])
    if path in remotes.index:
        remote, folder = remotes.loc[path], f"data/{path}/Dataset"
        if remote.kind == "archive":
            archive = f"data/{path}/Dataset.tar.gz"
    elif path.endswith((".tar.gz", ".tgz")):
        archive, folder = path, f"{run}/dataset"
        if not Path(archive).is_file():
            raise UserError(f"{archive}: archive not found; correct data.path")
    else:
        folder = path
    made = data["name"] == "mini-urmp" and not archive and remote is None
    if made and not Path(folder).resolve().is_relative_to(Path("results").resolve()):
        raise UserError(
            f"{folder}: mini-URMP is generated, and only under results/; correct data.path, or data.name "
            "if that folder holds a dataset of yours"
        )
    stems = read_stems(data["stems"], data["select"])
    if data["leave_out"]:
        stems = stems.drop(read_stems(data["stems"], data["leave_out"]).index, errors="ignore")
    if stems.empty:
        raise UserError("config: data.leave_out: leaves no stem; shorten it")
    if not made and archive is None and remote is None:
        _check_folder(Path(folder), set(stems.piece))
    return Dataset(folder, archive, remote, made, stems)


def _check_folder(folder: Path, pieces: set[str]) -> None:
    if not folder.is_dir():
        raise UserError(
            f"{folder}: dataset folder not found; set data.path to URMP's unpacked folder, to its "
            "Dataset.tar.gz, or to a name in workflow/resources/remotes.tsv to fetch it"
        )
    if not any((folder / piece).is_dir() for piece in pieces):
        below = [path for path in sorted(folder.iterdir()) if any((path / p).is_dir() for p in pieces)]
        hint = f"did you mean data.path: {below[0]}?" if below else "correct data.path or data.stems"
        raise UserError(
            f"{folder}: holds no folder of a piece of the inventory, such as {min(pieces)}; {hint}"
        )
