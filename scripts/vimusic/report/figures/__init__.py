"""The figures, a file each.

``draw`` reads the files that its parameters name and returns a matplotlib figure; besides them it depends on
the settings named above it and on nothing else. The file's docstring is the figure's caption, in the report
page and in Snakemake's report. ``scripts/report/draw.py`` makes a program of any of them.
"""

import vimusic.report.style  # noqa: F401  # its fonts are every figure's
from vimusic.registry import Registry

FIGURES = Registry(__name__, "draw")
