"""One figure of ``vimusic.report.figures``: what its ``draw`` reads, and the settings named above it, are the
options besides ``--figure`` and ``--out``."""

import argparse
import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from vimusic.errors import run
from vimusic.options import program
from vimusic.report.figures import FIGURES
from vimusic.report.style import save


def writing(draw: Callable[..., Figure]) -> Callable[..., None]:
    """``draw`` as a program that writes its figure to every file of ``--out``."""

    @wraps(draw)
    def main(out: Iterable[Path], **read: Any) -> None:
        save(draw(**read), out)

    out = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, annotation=list[Path])
    main.__signature__ = inspect.Signature([*inspect.signature(draw).parameters.values(), out])
    return program(main)


def main(argv: Sequence[str] | None = None) -> None:
    first = argparse.ArgumentParser(description=__doc__, add_help=False, allow_abbrev=False)
    first.add_argument("--figure", choices=list(FIGURES), required=True)
    chosen, words = first.parse_known_args(argv)
    writing(FIGURES[chosen.figure])(words)


if __name__ == "__main__":
    run(main)
