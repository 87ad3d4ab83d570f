"""Tables as people read them: intervals, Markdown, LaTeX."""

from typing import Any

import numpy as np
import pandas as pd

SIGNS = {"↓": r"$\downarrow$", "↑": r"$\uparrow$", "–": "--", "†": r"$\dagger$"}
TEX = str.maketrans({sign: f"\\{sign}" for sign in "%_&#${}"} | SIGNS)


def interval(cell: Any, factor: float, decimals: int) -> str:
    """``value [low, high]`` of a record with these three, times ``factor``; the value alone where there is
    no interval."""
    value, low, high = (f"{factor * x:.{decimals}f}" for x in (cell.value, cell.low, cell.high))
    return value if np.isnan(cell.low) else f"{value} [{low}, {high}]"


def to_markdown(frame: pd.DataFrame) -> str:
    """``frame``, without its index, as a Markdown table with columns padded to line up in a terminal."""
    return frame.to_markdown(index=False, tablefmt="github", disable_numparse=True) + "\n"


def to_latex(frame: pd.DataFrame, caption: str) -> str:
    """``frame``, without its index, as a LaTeX table (booktabs) with ``caption``."""

    def tex(text: object) -> str:
        return str(text).translate(TEX)

    style = frame.style.hide(axis="index").format(tex).format_index(tex, axis="columns")
    columns = "l" + "r" * (frame.shape[1] - 1)
    return style.to_latex(caption=tex(caption), column_format=columns, hrules=True)
