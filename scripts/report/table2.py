"""Table 2 from listeners' answers, beside the paper's (paper 4.4). Without answers, no study was run."""

from pathlib import Path

import pandas as pd

from vimusic import captions
from vimusic.errors import UserError, run, whole_file
from vimusic.evaluation import markup
from vimusic.options import program
from vimusic.report.listening import ratings
from vimusic.report.listening.answers import read, read_key


def caption_of(rated: pd.DataFrame, data: str) -> str:
    """What was heard, by how many, and who was left out."""
    listeners = rated.session.nunique()
    if not listeners:
        return f"Table 2. {ratings.NOBODY} {ratings.INTERVALS} {ratings.PAPER}"
    synthetic = "SYNTHETIC data (mini-URMP)" if data == "mini-urmp" else data
    out = len(ratings.screened_out(rated))
    return (
        f"Table 2. {synthetic}: {listeners} listeners. {ratings.INTERVALS} "
        f"MUSHRA leaves out {out} of them by the post-screening of ITU-R BS.1534-3 (hidden reference under "
        f"{ratings.HIDDEN_LOW} in more than {ratings.HIDDEN_SHARE:.0%} of the comparisons). "
        f"{ratings.PAPER} From {captions.provenance()}."
    )


@program
def main(
    published: Path,
    table: Path,
    markdown: Path,
    latex: Path,
    answers: Path | None = None,
    key: Path | None = None,
):
    theirs = pd.read_csv(published)
    study, records = {"data": ""}, []
    if answers:
        if not key:
            raise UserError(f"{answers}: answers need the key of their study; name it with --key")
        study = read_key(key)
        records = read(answers, study)
    rated = ratings.ratings(records, study)
    found = ratings.table2(rated, theirs[theirs.artifact == "Table 2"])
    shown = ratings.shown(found)
    caption = caption_of(rated, study["data"])
    with whole_file(table) as temporary:
        found.to_csv(temporary, index=False)
    with whole_file(latex) as temporary:
        temporary.write_text("\n".join(markup.to_latex(part, caption) for part in shown), encoding="utf-8")
    with whole_file(markdown) as temporary:
        parts = [caption + "\n", *map(markup.to_markdown, shown)]
        temporary.write_text("\n".join(parts), encoding="utf-8")
    print(caption)


if __name__ == "__main__":
    run(main)
