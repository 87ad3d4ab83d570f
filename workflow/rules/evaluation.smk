# Purpose: score every row on the held-out stems (paper 4.2).
# Inputs:  predicted mels and wavs, true mels, recordings, annotated f0 and notes
# Outputs: RUN/metrics/<row>.<seed>.csv

import hashlib
import json

from vimusic.captions import announce
from vimusic.revision import commit

# What every caption says. Jobs find it in their environment: with a param, another learning rate or commit
# would redraw Figure 1.
_digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:8]
_leak = ", SPLIT BY CLIP (leaks)" if config["split"]["unit"] == "clip" else ""
config["provenance"] = (
    f"{config['data']['name']}{_leak}, run {config['run']}, config {_digest}, code {commit()}"
)
announce(config["provenance"])


rule evaluate:
    input:
        code=code("evaluate"),
        split=rules.make_split.output.split,
        features=stem_files("mel.npy"),
        annotations=data_files("notes", "f0s"),
        recordings=data_files("audio"),
        mels=rules.synthesize.input.mels,
        wavs=rules.synthesize.output.wavs,
    output:
        scores=f"{RUN}/metrics/{{row}}.{{seed}}.csv",
    log:
        f"{RUN}/logs/evaluate/{{row}}.{{seed}}.log",
    benchmark:
        f"{RUN}/benchmarks/evaluate/{{row}}.{{seed}}.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        # CREPE is a network large enough to want one.
        gpu=min(1, config["compute"]["gpus"]) if config["evaluation"]["tracker"] == "crepe" else 0,
        mem_mb=4000,
        runtime=240,
    params:
        data=lambda w: DATA,
        features=lambda w: FEATURES,
        options=flags(*TIMEBASE, "evaluation.tracker"),
    shell:
        "python scripts/evaluate.py --row {wildcards.row} --seed {wildcards.seed}"
        " --split {input.split:q} --data {params.data:q} --features {params.features:q}"
        " --mels {input.mels:q} --wavs {input.wavs:q} {params.options}"
        " --out {output.scores:q} > {log:q} 2>&1"


# On demand (snakemake results/<run>/tables/inversion.md): over all stems, held out or not, because
# nothing is learnt.
rule check_inversion:
    input:
        code=code("check_inversion"),
        split=rules.make_split.output.split,
        features=stem_files("mel.npy"),
        recordings=rules.evaluate.input.recordings,
        notes=rules.evaluate.input.annotations,
    output:
        stems=f"{RUN}/tables/inversion.csv",
        instruments=f"{RUN}/tables/inversion.md",
    log:
        f"{RUN}/logs/check_inversion.log",
    benchmark:
        f"{RUN}/benchmarks/check_inversion.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        data=lambda w: DATA,
        features=lambda w: FEATURES,
        options=flags(
            "audio.sample_rate",
            "audio.n_fft",
            "audio.hop_length",
            "inference.iterations",
            "evaluation.tracker",
        ),
    shell:
        "python scripts/check_inversion.py --split {input.split:q} --data {params.data:q}"
        " --features {params.features:q} {params.options}"
        " --out {output.stems:q} {output.instruments:q} > {log:q} 2>&1"


# On demand (snakemake results/<run>/tables/trackers.md): on the held-out stems' recordings
# and copy-synthesis; CREPE takes seconds per second of sound.
rule check_trackers:
    input:
        code=code("check_trackers"),
        split=rules.make_split.output.split,
        recordings=rules.evaluate.input.recordings,
        notes=rules.evaluate.input.annotations,
        wavs=f"{RUN}/audio/copy_synthesis.0/wavs.tsv",
    output:
        stems=f"{RUN}/tables/trackers.csv",
        trackers=f"{RUN}/tables/trackers.md",
    log:
        f"{RUN}/logs/check_trackers.log",
    benchmark:
        f"{RUN}/benchmarks/check_trackers.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        data=lambda w: DATA,
        options=flags("audio.sample_rate"),
    shell:
        "python scripts/check_trackers.py --split {input.split:q} --data {params.data:q} --wavs {input.wavs:q}"
        " {params.options} --out {output.stems:q} {output.trackers:q} > {log:q} 2>&1"
