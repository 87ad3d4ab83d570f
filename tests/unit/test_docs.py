"""The numbers of README.md and docs/ are those of docs/results/, and no others."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("write_numbers", ROOT / "docs/write_numbers.py")
write_numbers = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(write_numbers)


@pytest.mark.parametrize(
    "name", ["README.md", "docs/table1_demo.md", "docs/real_stems.md", "docs/eyes.md", "docs/study.md"]
)
def test_text_holds_what_the_results_say(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert any(f"<!-- {block} -->" in text for block in write_numbers.BLOCKS)
    assert write_numbers.written(text) == text


def test_a_changed_result_changes_the_text(tmp_path, monkeypatch):
    results = (write_numbers.DOCS / "results/demo.csv").read_text()
    (tmp_path / "results").mkdir()
    (tmp_path / "results/demo.csv").write_text(results.replace("vision,mse,8", "vision,mse,7"))
    (tmp_path / "results/demo.md").write_text("Table 1. Another run.\n")
    monkeypatch.setattr(write_numbers, "DOCS", tmp_path)
    text = write_numbers.written((ROOT / "README.md").read_text(encoding="utf-8"))
    assert "| vision | 7." in text and "*Another run.*" in text


def test_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150
