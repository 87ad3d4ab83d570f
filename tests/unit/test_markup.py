"""Tables as people read them."""

import math
from types import SimpleNamespace

import pandas as pd

from vimusic.evaluation.markup import interval, to_latex, to_markdown

SHOWN = pd.DataFrame(
    {"row": ["good", "bad_one"], "MSE ↓": ["4.50 [3.00, 6.00]", "13.00 †"], "RPA %": ["–", "46.0"]}
)


def test_value_without_an_interval_stands_alone():
    assert interval(SimpleNamespace(value=0.5, low=0.25, high=0.75), 100, 1) == "50.0 [25.0, 75.0]"
    assert interval(SimpleNamespace(value=0.5, low=math.nan, high=math.nan), 1, 2) == "0.50"


def test_markdown_is_a_table_with_aligned_columns():
    lines = to_markdown(SHOWN).splitlines()
    assert len(lines) == len(SHOWN) + 2
    assert {line.count("|") for line in lines} == {SHOWN.shape[1] + 1}
    assert len({len(line) for line in lines}) == 1
    assert set(lines[1]) == {"|", "-"}
    assert [cell.strip() for cell in lines[3].strip("|").split("|")] == ["bad_one", "13.00 †", "46.0"]


def test_markdown_writes_numbers_in_full():
    text = to_markdown(pd.DataFrame({"p": ["0.050"], "share": [0.1234567], "n": [3]}))
    assert [cell.strip() for cell in text.splitlines()[2].strip("|").split("|")] == [
        "0.050",
        "0.1234567",
        "3",
    ]


def test_latex_is_balanced_and_escaped():
    text = to_latex(SHOWN, "95 % of bad_one & #1 ↓")
    assert r"\caption{95 \% of bad\_one \& \#1 $\downarrow$}" in text
    assert r"bad\_one & 13.00 $\dagger$ & 46.0 \\" in text.splitlines()
    assert r"row & MSE $\downarrow$ & RPA \% \\" in text.splitlines()
    assert r"\begin{tabular}{lrr}" in text
    for environment in ("table", "tabular"):
        assert text.count(rf"\begin{{{environment}}}") == text.count(rf"\end{{{environment}}}") == 1
    for rule in ("toprule", "midrule", "bottomrule"):
        assert text.count(f"\\{rule}") == 1
    assert text.count("{") == text.count("}")
    assert text.isascii()
