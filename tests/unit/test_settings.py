"""A setting is declared once; config.yaml, the check of a config and the rows follow from it."""

import re
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from vimusic.errors import UserError
from vimusic.rows import Row, folds, named, plan, read_rows, trained, write_rows
from vimusic.settings import Settings, Variant, as_yaml, checked, declared, default

ROOT = Path(__file__).parents[2]
VISION = {"inputs": ["video"]}
VARIANTS = {"vision": VISION, "midi": {"inputs": ["roll"]}, "both": {"inputs": ["video", "roll"]}}


def test_config_yaml_is_what_the_command_writes():
    assert (ROOT / "config.yaml").read_text() == as_yaml(), "write it anew: vimusic settings > config.yaml"


def test_config_yaml_says_what_nothing_says():
    assert checked(yaml.safe_load(as_yaml())) == checked({}) == Settings().model_dump()


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_configuration_is_right(path):
    whole = yaml.safe_load((ROOT / "config.yaml").read_text())
    update_config(whole, yaml.safe_load(path.read_text()))  # as Snakemake does
    assert checked(whole)["run"] == path.stem


def test_every_setting_is_explained_and_its_default_is_allowed():
    for section, field in Settings.model_fields.items():
        for name in getattr(field.annotation, "model_fields", {}):
            assert declared(f"{section}.{name}").description
            checked({section: {name: default(f"{section}.{name}")}})


WRONG = {
    "unknown section": ({"paths": {}}, "paths: no such setting"),
    "unknown key": ({"audio": {"rate": 22050}}, "audio.rate: no such setting"),
    "no section": ({"audio": 22050}, "audio: .*not 22050"),
    "empty section": ({"audio": None}, "audio: .*not None"),
    "of another type": ({"data": {"select": "01"}}, r"data\.select: .*list, not '01'"),
    "no whole number": ({"training": {"epochs": 1.5}}, r"training\.epochs: .*integer"),
    "yes for a number": ({"training": {"epochs": True}}, r"training\.epochs: is no yes or no, not True"),
    "too small": ({"audio": {"sample_rate": 8000}}, r"audio\.sample_rate: .*16000, not 8000"),
    "too large": ({"encoder": {"dropout": 1}}, r"encoder\.dropout: .*less than 1, not 1"),
    "infinite": ({"miniurmp": {"seconds": float("inf")}}, r"miniurmp\.seconds: .*finite number, not inf"),
    "of a list": ({"training": {"seeds": [0, -1]}}, r"training\.seeds\.1: .*not -1"),
    "a seed twice": ({"training": {"seeds": [1, 1]}}, r"training\.seeds: names one twice"),
    "a piece twice": ({"data": {"leave_out": ["A", "A"]}}, r"data\.leave_out: names one twice"),
    "no choice": ({"split": {"unit": "stem"}}, r"split\.unit: .*'title' or 'clip', not 'stem'"),
    "no entry": ({"roll": {"source": "ears"}}, r"roll\.source: must be one of notes, score, .*not 'ears'"),
    "gaps": ({"clips": {"step": 65}}, r"clips\.step: 65 frames leave gaps between windows of 64"),
    "no variant": ({"rows": ["smell"]}, "rows: smell is not defined under variants"),
    "a row twice": ({"rows": ["midi", "midi"]}, "rows: names one twice"),
    "no inputs": ({"variants": {"x": {}}}, r"variants\.x\.inputs: Field required"),
    "an input twice": ({"variants": {"x": {"inputs": ["roll"] * 2}}}, r"variants\.x\.inputs: .* twice"),
    "no notes": ({"variants": {"x": VISION | {"output": "harmonic"}}}, r"variants\.x: .*harmonic needs roll"),
    "name of a variant": ({"variants": {"No good": VISION}}, r"variants\.No good"),
    "folds and titles": ({"split": {"folds": 4, "test_titles": ["A"]}}, r"split\.folds: .*test_titles"),
    "two folds": ({"split": {"folds": 2}}, r"split\.folds: needs at least 3"),
    "folds of clips": ({"split": {"folds": 4, "unit": "clip"}}, r"split\.folds: .*titles"),
    "name of a run": ({"run": "../elsewhere"}, "run: .*not '../elsewhere'"),
}  # fmt: skip


@pytest.mark.parametrize(("config", "told"), WRONG.values(), ids=WRONG)
def test_a_wrong_config_is_one_line_that_names_its_key(config, told):
    with pytest.raises(UserError, match=f"^config: {told}") as caught:
        checked(config)
    assert "\n" not in str(caught.value) and "pydantic" not in str(caught.value)


def test_words_of_a_command_line_are_numbers():
    # snakemake --config 'training={epochs: 2, learning_rate: 1e-3}' brings text.
    config = checked({"training": {"epochs": "2", "learning_rate": "1e-3"}, "encoder": {"centre": "true"}})
    assert config["training"]["epochs"] == 2 and config["training"]["learning_rate"] == 1e-3
    assert config["encoder"]["centre"] is True


def rows_of(rows=("vision", "midi", "both"), **changes):
    """The plan of a run with the ``VARIANTS``."""
    return plan(checked({"variants": VARIANTS, "rows": list(rows)} | changes), "results/toy")


def test_anchors_come_first_then_variants_with_their_controls():
    names = [row.name for row in rows_of()]
    assert names[:5] == ["silence", "mean_spectrum", "instrument_mean", "soundfont", "copy_synthesis"]
    assert names[-7:] == [
        *("copy_synthesis_concat", "vision", "vision_shuffled", "midi"),
        *("both", "both_shuffled", "both_concat"),
    ]


def test_a_control_is_told_from_what_it_controls():
    rows = {row.name: row for row in rows_of(video={"crops": "auto"})}
    assert rows["both_shuffled"].base == "both" and rows["both_shuffled"].control == "shuffled"
    assert rows["both_concat"].control == "concat" and rows["both"].control == ""
    assert rows["both_concat"].model == rows["both"].model == "results/toy/models/both.0/model.safetensors"
    assert rows["copy_synthesis_concat"].kind == "anchor" and rows["copy_synthesis_concat"].model == ""
    assert rows["vision"].inputs == ("video",) and rows["vision"].crops == "auto"
    assert rows["midi"].crops == ""


def test_every_seed_of_every_fold_has_files_of_its_own():
    rows = rows_of(training={"seeds": [3, 5]}, split={"folds": 4})
    for kind in ("mels", "wavs", "scores"):
        paths = [getattr(row, kind) for row in rows]
        assert len(set(paths)) == len(paths)
    # Seven anchors, and six variants and controls with two seeds, in four folds.
    assert len(rows) == 4 * (7 + 2 * 6)
    [row] = [row for row in rows if (row.name, row.seed, row.fold) == ("vision_shuffled", 5, "folds/4/")]
    assert row.mels == "results/toy/folds/4/predictions/vision_shuffled.5.npz"
    assert row.model == "results/toy/folds/4/models/vision.5/model.safetensors"


@pytest.mark.parametrize("output", ["ddsp", "harmonic"])
def test_only_the_papers_output_is_reread(output):
    other = {"inputs": ["video", "notes"], "output": output}
    rows = rows_of(("both", "sung"), variants=VARIANTS | {"sung": other})
    assert [row.name for row in rows][-5:] == [
        "both",
        "both_shuffled",
        "both_concat",
        "sung",
        "sung_shuffled",
    ]


@pytest.mark.parametrize(
    ("variant", "told"),
    [
        (
            {"inputs": ["video"], "output": "harmonic"},
            "output: harmonic needs roll or notes among its inputs",
        ),
        ({"inputs": ["video"], "output": "ddsp"}, "output: ddsp needs roll or notes among its inputs"),
        (
            {"inputs": ["roll"], "own": {"training.epochs": 0}},
            "training.epochs: Input should be greater than",
        ),
        ({"inputs": ["roll"], "own": {"training.seeds": [1]}}, "training.seeds is no setting"),
        ({"inputs": ["roll"], "own": {"audio.n_fft": 64}}, "audio.n_fft is no setting"),
        ({"inputs": ["roll"], "own": {"clips.step": 2}}, "clips.step is no setting"),
        ({"inputs": ["roll"], "own": {"clips.window": 0}}, "clips.window"),
    ],
)
def test_a_variant_that_does_not_compose_is_one_line(variant, told):
    with pytest.raises(UserError, match=rf"^config: variants\.odd.*{told}"):
        checked({"variants": VARIANTS | {"odd": variant}})


def test_a_variant_may_be_read_in_windows_of_its_own():
    run = checked({})
    mine = Variant(inputs=["notes"], output="ddsp", own={"clips.window": 4}).applied(run)
    assert mine["clips"] == run["clips"] | {"window": 4} != run["clips"]


def test_settings_of_its_own_come_after_those_of_its_output_and_those_of_the_run():
    run = {"training": {"epochs": 40, "batch_size": 4, "step": 64}, "model": {"decoder": 512}}
    mine = Variant(inputs=["notes"], output="ddsp", own={"training.epochs": 3}).applied(run)
    assert mine["training"]["epochs"] == 3 and mine["training"]["batch_size"] == 6  # the output's
    assert mine["training"]["step"] == 64 and run["training"]["epochs"] == 40
    assert Variant(inputs=["roll"]).applied(run) == run


def test_folds_have_folders_and_one_split_has_none():
    assert folds(checked({})) == [""]
    assert folds(checked({"split": {"folds": 3}})) == ["folds/1/", "folds/2/", "folds/3/"]


@pytest.mark.parametrize("name", ["silence", "vision_shuffled", "both_concat", "copy_synthesis_concat"])
def test_a_variant_with_the_name_of_another_row_is_refused(name):
    with pytest.raises(UserError, match=rf"variants\.{name}: a row of this name is there already"):
        rows_of(("vision", "both", name), variants=VARIANTS | {name: VISION})


def test_figures_show_a_variant_once():
    rows = rows_of(training={"seeds": [3, 5]}, split={"folds": 3})
    shown = trained(rows)
    assert [(row.name, row.seed, row.fold) for row in shown] == [
        ("vision", 3, "folds/1/"), ("midi", 3, "folds/1/"), ("both", 3, "folds/1/")
    ]  # fmt: skip
    assert [row.name for row in named(rows, "midi", "soundfont")] == ["midi", "soundfont"]


def test_rows_come_back_as_they_were_written(tmp_path):
    rows = rows_of()
    write_rows(tmp_path / "rows.json", rows)
    assert read_rows(tmp_path / "rows.json") == rows
    assert all(isinstance(row, Row) for row in rows)


EYES = {"inputs": ["video"], "encoder": "motion", "output": "transcription"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"variants": {"seen": EYES}, "rows": ["seen"]}, "variants.seen.voice: name one of rows"),
        ({"variants": {"seen": EYES | {"voice": "midi_ddsp"}}, "rows": ["seen"]}, "name one of rows"),
        (
            {"variants": {"seen": EYES | {"voice": "midi"}}, "rows": ["seen", "midi"]},
            "variants.seen.voice: midi carries no sound of its own",
        ),
        (
            {
                "variants": {"seen": EYES | {"inputs": ["video", "roll"], "voice": "midi_ddsp"}},
                "rows": ["seen", "midi_ddsp"],
            },
            "variants.seen.voice: midi_ddsp reads notes, which seen does not; add it to its inputs",
        ),
        (
            {"variants": {"seen": EYES | {"voice": "seen"}}, "rows": ["seen"]},
            "variants.seen.voice: name one of rows that plays notes and sees no video",
        ),
        (
            {
                "variants": {"heard": {"inputs": ["roll"], "voice": "midi_ddsp"}},
                "rows": ["heard", "midi_ddsp"],
            },
            "variants.heard.voice: output linear sees no notes",
        ),
        (
            {
                "variants": {"seen": {"inputs": ["video"], "encoder": "motion", "finetune": True}},
                "rows": ["seen"],
            },
            "variants.seen.finetune: motion is trained with the rest",
        ),
    ],
    ids=["none", "not a row", "needs inversion", "another form", "sees", "not needed", "trained already"],
)
def test_a_voice_plays_what_is_seen_and_nothing_else(changes, told):
    known = {name: variant.model_dump() for name, variant in Settings().variants.items()}
    with pytest.raises(UserError, match=re.escape(told)) as caught:
        checked(changes | {"variants": known | changes["variants"]})
    assert "\n" not in str(caught.value)
    right = {"seen": EYES | {"voice": "midi_ddsp"}}
    assert checked({"variants": known | right, "rows": ["seen", "midi_ddsp"]})["rows"] == [
        "seen",
        "midi_ddsp",
    ]
