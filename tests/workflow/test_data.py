"""Where the data come from, and what is derived from them on demand, in the tiny DAG."""

import functools
import http.server
import tarfile
import threading
from contextlib import contextmanager

import pandas as pd
import pytest
from dag import snakemake

DATASET = "results/tiny/miniurmp"


@contextmanager
def remote(folder, table, kind, url):
    """A server of ``folder`` on loopback, and the config that names it in ``table``."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        row = (
            f"loopback-{kind}\t{kind}\thttp://127.0.0.1:{server.server_port}/{url}\thttp://127.0.0.1\tCC0\t\n"
        )
        table.write_text(f"name\tkind\turl\tsource\tlicence\tnote\n{row}")
        yield {"path": f"loopback-{kind}", "remotes": str(table)}
        server.shutdown()


def same(folder, run, name):
    """Whether a feature of ``run`` is that of the tiny run."""
    ours, theirs = (folder / f"results/{r}/features" / name for r in (run, "tiny"))
    return ours.read_bytes() == theirs.read_bytes()


def test_an_archive_is_fetched_and_unpacked(finished, tmp_path):
    with tarfile.open(tmp_path / "urmp.tar.gz", "w:gz", compresslevel=1) as tar:
        tar.add(finished / DATASET, "URMP/Dataset")
    name = "01_Aria_vn_vc/1/roll.npy"
    with remote(tmp_path, tmp_path / "remotes.tsv", "archive", "urmp.tar.gz") as data:
        own = {"run": "downloaded", "data": data}
        code, output = snakemake(finished, f"results/downloaded/features/{name}", overlay=own)
    assert code == 0, output[-4000:]
    assert same(finished, "downloaded", name)


def test_a_selection_that_grows_unpacks_what_it_adds_and_remakes_nothing(finished, tmp_path):
    archive = tmp_path / "three pieces.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        tar.add(finished / DATASET, "Dataset")
    first, second = "01_Aria_vn_vc", "03_Bourree_tpt_tbn"
    own = {"run": "grows", "data": {"path": str(archive), "select": [first]}}
    mels = [f"results/grows/features/{piece}/1/mel.npy" for piece in (first, second)]
    unpacked = finished / "results/grows/dataset"
    code, output = snakemake(finished, mels[0], overlay=own)
    assert code == 0, output[-4000:]
    assert {path.name for path in unpacked.iterdir()} == {first}
    made = (finished / mels[0]).stat().st_mtime_ns
    own["data"]["select"] = [first, second]
    code, output = snakemake(finished, *mels, overlay=own)
    assert code == 0, output[-4000:]
    assert {path.name for path in unpacked.iterdir()} == {first, second}
    assert (finished / mels[0]).stat().st_mtime_ns == made
    own["data"]["select"] = [second]
    code, output = snakemake(finished, mels[1], overlay=own)
    assert code == 0 and "Nothing to be done" in output


def test_a_file_that_a_mirror_refuses_fails_its_stem_and_the_picture_is_drawn(finished, tmp_path):
    lost = "AuSep_1_vn_01_Aria.wav"
    folder = tmp_path / "mirror"
    folder.mkdir()
    for piece in ("01_Aria_vn_vc", "03_Bourree_tpt_tbn"):
        (folder / piece).mkdir()
        for path in (finished / DATASET / piece).iterdir():
            if path.name != lost:
                (folder / piece / path.name).hardlink_to(path)
    with remote(folder, tmp_path / "remotes.tsv", "file", "{piece}/{file}") as data:
        own = {"run": "refused", "data": data | {"select": ["01_Aria_vn_vc", "03_Bourree_tpt_tbn"]}}
        code, output = snakemake(finished, "validate", overlay=own)
    assert code != 0 and "Traceback" not in output
    assert f"{lost}: refused" in output and "404" in output
    results = finished / "results/refused"
    table = pd.read_csv(results / "validation.tsv", sep="\t", index_col="stem")
    assert list(table.index[table.verdict == "fail"]) == ["01_Aria_vn_vc.1"]
    assert lost in table.reason["01_Aria_vn_vc.1"]
    assert (results / "figures/validation.png").stat().st_size > 1000


def test_a_name_that_the_inventory_leaves_empty_is_not_asked_for(finished, tmp_path):
    stems = pd.read_csv(
        finished / "workflow/resources/miniurmp.tsv", sep="\t", dtype=str, keep_default_na=False
    )
    piece, lean = "01_Aria_vn_vc", tmp_path / "stems.tsv"
    stems.assign(f0s="", score="").to_csv(lean, sep="\t", index=False)
    with remote(finished / DATASET, tmp_path / "remotes.tsv", "file", "{piece}/{file}") as data:
        own = {"run": "lean", "data": data | {"stems": str(lean), "select": [piece]}}
        code, output = snakemake(finished, "results/lean/validation.tsv", overlay=own)
        assert code == 0, output[-4000:]
        table = pd.read_csv(finished / "results/lean/validation.tsv", sep="\t")
        assert table.reason.str.startswith("no F0s named").all()
        stems.assign(video="").to_csv(lean, sep="\t", index=False)
        code, output = snakemake(finished, "--dry-run", overlay=own)
    assert code != 0 and "Traceback" not in output
    [line] = [line for line in output.splitlines() if line.startswith("error:")]
    assert f"{piece}.1 has no name under video" in line


def test_warped_scores_and_automatic_crops_give_their_tables(copied):
    own = {"roll": {"source": "score_dtw"}, "video": {"crops": "auto"}}
    tables = copied / "results/tiny/tables"
    names = [f"results/tiny/tables/{name}.md" for name in ("leads", "alignment")]
    code, output = snakemake(copied, *names, overlay=own)
    assert code == 0, output[-4000:]
    alignment = pd.read_csv(tables / "alignment.csv")
    assert set(alignment.source) == {"score_dtw"} and len(alignment) == 6
    assert alignment.median_ms.median() < 100
    assert pd.read_csv(tables / "leads.csv").left_over.notna().all()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"name": "custom", "path": "parent"}, "did you mean data.path: parent/Dataset?"),
        ({"name": "custom", "path": "tests"}, "holds no folder of a piece"),
        ({"path": "tests"}, "only under results/"),
        ({"name": "custom", "path": "~/no such folder"}, "/no such folder: dataset folder not found"),
    ],
)
def test_a_path_that_cannot_be_meant_is_one_line(finished, data, told):
    (finished / "parent/Dataset/01_Aria_vn_vc").mkdir(parents=True, exist_ok=True)
    code, output = snakemake(finished, "--dry-run", overlay={"run": "wrong", "data": data})
    assert code != 0 and "Traceback" not in output and "~" not in output
    [line] = [line for line in output.splitlines() if line.startswith("error:")]
    assert told in line
