"""Where the dataset can be had: the table ``workflow/resources/remotes.tsv``."""

from pathlib import Path
from urllib.parse import quote, urlsplit

import pandas as pd

from vimusic.errors import UserError

COLUMNS = ["name", "kind", "url", "source", "licence", "note"]
# kind: what its address must name
KINDS = {"archive": (), "file": ("{piece}", "{file}")}


def read_remotes(path: Path | str) -> pd.DataFrame:
    """Remotes as a table indexed by name, columns as ``COLUMNS``, all text.

    ``url`` is empty where only a person with a browser can get the file, from the page ``source``.

    Raises
    ------
    UserError
        A missing file or column, a doubled name, an unknown kind, an address that is not http(s),
        or a per-file address without ``{piece}`` and ``{file}``.
    """
    try:
        remotes = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise UserError(f"{path}: table of remotes not found") from None
    missing = [column for column in COLUMNS if column not in remotes]
    if missing:
        raise UserError(f"{path}: column {missing[0]} is missing; it needs {' '.join(COLUMNS)}")
    for row in remotes.itertuples():
        line = f"{path}: line {row.Index + 2}"
        if row.kind not in KINDS:
            raise UserError(f"{line}: kind is {row.kind!r}; use {' or '.join(KINDS)}")
        for address in filter(None, (row.url, row.source)):
            if urlsplit(address).scheme not in ("http", "https"):
                raise UserError(f"{line}: {address!r} is not a web address; begin it with https://")
        absent = [word for word in KINDS[row.kind] if row.url and word not in row.url]
        if absent:
            raise UserError(f"{line}: the url of kind {row.kind} lacks {absent[0]}")
    if not remotes.name.is_unique:
        raise UserError(f"{path}: remote {remotes.name[remotes.name.duplicated()].iloc[0]} is listed twice")
    return remotes.set_index("name")


def address(path: Path | str, name: str, kind: str, piece: str = "", file: str = "") -> tuple[str, str]:
    """Address of a file and the page a person finds it on: ``(url, source)``; either may be empty.

    Raises
    ------
    UserError
        As ``read_remotes``; also where ``path`` has no remote ``name`` of that ``kind``.
    """
    remotes = read_remotes(path)
    remotes = remotes[remotes.kind == kind]
    if name not in remotes.index:
        raise UserError(f"{path}: no remote {name!r} of kind {kind}; use {' or '.join(remotes.index)}")
    url = remotes.url[name].replace("{piece}", quote(piece, safe="")).replace("{file}", quote(file, safe=""))
    return url, remotes.source[name]
