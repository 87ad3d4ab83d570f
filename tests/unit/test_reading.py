"""What an eye reads, against what was played."""

import numpy as np
import pandas as pd
import pretty_midi
import pytest
from score_reading import main as score
from table_reading import NONE
from table_reading import main as tabulate
from test_transcription_output import CLOCK, FRAMES, MELODY, RATE, perfect, truth_of

from vimusic.evaluation.reading import MEASURED, Read, ceilings, measure

NOTES = [note for note in MELODY if note[1] * RATE < FRAMES]


def played(loudness=None):
    table = truth_of(NOTES)[0].numpy().copy()
    table[:, -2] = np.linspace(-50, -10, FRAMES) if loudness is None else loudness
    return table


def read(given, **changed):
    return measure(Read(given, played(**changed), NOTES, CLOCK))


def seen_well():
    given = perfect(NOTES)
    given[:, 2] = np.linspace(-50, -10, FRAMES)
    return given


def test_who_reads_all_has_all_measures_at_one():
    found = read(seen_well())
    assert set(found) == {metric.name for metric in MEASURED}
    sampled = found.pop("note_pitch_expectation")
    assert found == {name: pytest.approx(1, abs=0.01) for name in found}
    assert sampled == pytest.approx(1, abs=0.01)


def test_an_octave_too_high_is_the_chroma_and_not_the_pitch():
    given = seen_well()
    given[:, 4:] = np.roll(given[:, 4:], 12, axis=1)
    found = read(given)
    assert found["chroma"] == 1 and found["pitch"] == 0 and found["note_pitch_likeliest"] == 0


def test_who_sees_nobody_play_reads_nothing():
    given = seen_well()
    given[:, :2] = -20
    found = read(given)
    assert [found[name] for name in ("activity_f1", "onset_f1", "onset_precision", "onset_recall")] == [0] * 4


def test_doubled_onsets_cost_precision_and_not_recall():
    given = seen_well()
    for onset, end, _ in NOTES:
        if end - onset > 0.3:
            given[round((onset + 0.2) * RATE), 1] = 20
    found = read(given)
    assert found["onset_recall"] == 1 and found["onset_precision"] < 0.8


def test_loudness_that_never_changes_correlates_with_nothing():
    given = seen_well()
    given[:, 2] = -30
    assert np.isnan(read(given)["loudness_correlation"])
    given[:, 2] = np.linspace(-10, -50, FRAMES)
    assert read(given)["loudness_correlation"] == pytest.approx(-1)


def test_ceilings_are_means_over_stems():
    assert ceilings(["vn", "vn"]) == {"chroma": pytest.approx(1), "pitch": pytest.approx(1)}
    one, other = ceilings(["tpt"]), ceilings(["tpt", "vn"])
    assert other["pitch"] == pytest.approx((one["pitch"] + 1) / 2)


@pytest.fixture
def scores(tmp_path):
    """Scores of a row that reads all of a trumpet and of a violin, an octave too high, and their split."""
    stems = [("Aria.1", "tpt"), ("Waltz.1", "vn")]
    table = pd.DataFrame(
        [{"stem": stem, "piece": stem[:-2], "track": 1, "instrument": code} for stem, code in stems]
    )
    table = table.assign(
        title=table.piece, split="test", seconds=11, take="1", clips="", audio="", notes="", f0s=""
    )
    table.to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    given = {}
    for stem, code in stems:
        folder = tmp_path / stem[:-2] / "1"
        folder.mkdir(parents=True)
        np.save(folder / "notes.npy", played()[:, :-2])
        np.save(folder / "performance.npy", played()[:, -2:])
        midi = pretty_midi.PrettyMIDI()
        midi.instruments.append(pretty_midi.Instrument(0))
        midi.instruments[0].notes = [pretty_midi.Note(80, pitch, onset, end) for onset, end, pitch in NOTES]
        midi.write(str(folder / "notes.mid"))
        given[stem] = seen_well()
        if code == "vn":
            given[stem][:, 4:] = np.roll(given[stem][:, 4:], 12, axis=1)
    np.savez(tmp_path / "read.npz", **given)
    scored(tmp_path, "eyes")
    return tmp_path


def scored(folder, row, *more):
    score(
        ["--row", row, "--seed", "0", "--split", f"{folder}/split.tsv", "--features", str(folder),
         "--read", f"{folder}/read.npz", "--out", f"{folder}/{row}.csv",
         "--audio.sample_rate", "22050", "--audio.hop_length", "256", *more]
    )  # fmt: skip
    return pd.read_csv(folder / f"{row}.csv")


def test_of_who_is_told_the_notes_the_loudness_alone_is_read(scores):
    assert set(scored(scores, "told", "--told").metric) == {"loudness_correlation"}


def tables_of(folder, data, *scores):
    tabulate(
        ["--splits", f"{folder}/split.tsv", "--data.name", data, "--split.unit", "title",
         "--split.folds", "0", "--table", f"{folder}/t.csv",
         "--pairs", f"{folder}/p.csv", "--markdown", f"{folder}/t.md", *scores]
    )  # fmt: skip
    return pd.read_csv(folder / "t.csv"), (folder / "t.md").read_text()


def test_the_table_has_families_and_what_a_drawn_picture_holds(scores):
    table, text = tables_of(scores, "mini-urmp", "--scores", f"{scores}/eyes.csv")
    value = table.set_index(["family", "row", "metric"]).value
    assert value["brass", "eyes", "pitch"] == 1 and value["strings", "eyes", "pitch"] == 0
    assert value["all", "eyes", "chroma"] == 1 and value["all", "eyes", "pitch"] == 0.5
    assert value["brass", "ceiling", "pitch"] == pytest.approx(ceilings(["tpt"])["pitch"])
    assert "SYNTHETIC" in text and "ceiling" in text


def test_real_pictures_have_no_ceiling_that_could_be_computed(scores):
    table, _ = tables_of(scores, "urmp", "--scores", f"{scores}/eyes.csv")
    assert set(table.row) == {"eyes"}


def test_a_run_without_readers_says_so(scores):
    table, text = tables_of(scores, "urmp")
    assert table.empty and NONE in text
