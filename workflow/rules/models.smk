# Purpose: held-out stems to predicted log-mels and sound (paper 3.5).
# Inputs:  trained variants, features, the split
# Outputs: RUN/predictions/<row>.<seed>.npz, RUN/audio/<row>.<seed>/<stem>.wav; the rows are the
#          anchors, the variants, and <variant>_shuffled, the control that sees another title's video


rule infer:
    input:
        code=code("infer"),
        split=rules.make_split.output.split,
        features=variant_features,
        model=rules.train.output.model,
    output:
        mels=f"{RUN}/predictions/{{row}}.{{seed}}.npz",
    log:
        f"{RUN}/logs/infer/{{row}}.{{seed}}.log",
    benchmark:
        f"{RUN}/benchmarks/infer/{{row}}.{{seed}}.tsv"
    wildcard_constraints:
        row="|".join(config["rows"]),
    conda:
        "../../envs/train.yaml"
    resources:
        gpu=min(1, config["compute"]["gpus"]),
        mem_mb=8000,
        runtime=60,
    params:
        features=lambda w: FEATURES,
        options=flags("inference.stitch", *TIMEBASE, "clips.step"),
    shell:
        "python scripts/infer.py --split {input.split:q} --features {params.features:q}"
        " --model {input.model:q} {params.options} --threads {threads}"
        " --out {output.mels:q} > {log:q} 2>&1"


# The control: the same model, shown another title's stem. Only what reads video can be fooled.
use rule infer as infer_shuffled with:
    output:
        mels=f"{RUN}/predictions/{{row}}_shuffled.{{seed}}.npz",
    log:
        f"{RUN}/logs/infer_shuffled/{{row}}.{{seed}}.log",
    benchmark:
        f"{RUN}/benchmarks/infer_shuffled/{{row}}.{{seed}}.tsv"
    params:
        features=lambda w: FEATURES,
        options=flags("inference.stitch", *TIMEBASE, "clips.step") + " --shuffle-video",


rule predict_baseline:
    input:
        code=code("predict_baseline"),
        split=rules.make_split.output.split,
        features=stem_files("mel.npy"),
    output:
        mels=f"{RUN}/predictions/{{row}}.{{seed}}.npz",
    log:
        f"{RUN}/logs/predict_baseline/{{row}}.{{seed}}.log",
    benchmark:
        f"{RUN}/benchmarks/predict_baseline/{{row}}.{{seed}}.tsv"
    wildcard_constraints:
        row="|".join(ANCHORS),
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        features=lambda w: FEATURES,
    shell:
        "python scripts/predict_baseline.py --split {input.split:q}"
        " --features {params.features:q} --row {wildcards.row} --out {output.mels:q}"
        " > {log:q} 2>&1"


# Where the paper's 46 % may come from: true and predicted mels through the other reading of its lengths.
rule concat:
    input:
        code=code("concat"),
        mels=f"{RUN}/predictions/{{row}}.{{seed}}.npz",
    output:
        mels=f"{RUN}/predictions/{{row}}_concat.{{seed}}.npz",
    log:
        f"{RUN}/logs/concat/{{row}}.{{seed}}.log",
    benchmark:
        f"{RUN}/benchmarks/concat/{{row}}.{{seed}}.tsv"
    wildcard_constraints:
        row="|".join(["copy_synthesis", *config["rows"]]),
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        timebase=flags(*TIMEBASE, "clips.step"),
    shell:
        "python scripts/concat.py --mels {input.mels:q} {params.timebase}"
        " --out {output.mels:q} > {log:q} 2>&1"


ruleorder: soundfont > predict_baseline
ruleorder: soundfont > synthesize


rule soundfont:
    input:
        code=code("soundfont"),
        split=rules.make_split.output.split,
        features=stem_files("mel.npy"),
        lengths=stem_files("length.json"),
        midi=stem_files("notes.mid"),
    output:
        mels=f"{RUN}/predictions/soundfont.0.npz",
        wavs=f"{RUN}/audio/soundfont.0/wavs.tsv",
    log:
        f"{RUN}/logs/soundfont.log",
    benchmark:
        f"{RUN}/benchmarks/soundfont.tsv"
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        features=lambda w: FEATURES,
        options=flags("audio.sample_rate", "audio.n_fft", "audio.hop_length", "audio.n_mels"),
    shell:
        "python scripts/soundfont.py --split {input.split:q} --features {params.features:q}"
        " {params.options} --mels {output.mels:q} --wavs {output.wavs:q} > {log:q} 2>&1"


rule synthesize:
    input:
        code=code("synthesize"),
        split=rules.make_split.output.split,
        lengths=stem_files("length.json"),
        mels=f"{RUN}/predictions/{{row}}.{{seed}}.npz",
    output:
        wavs=f"{RUN}/audio/{{row}}.{{seed}}/wavs.tsv",
    log:
        f"{RUN}/logs/synthesize/{{row}}.{{seed}}.log",
    benchmark:
        f"{RUN}/benchmarks/synthesize/{{row}}.{{seed}}.tsv"
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        features=lambda w: FEATURES,
        options=flags(
            "audio.sample_rate", "audio.n_fft", "audio.hop_length", "inference.iterations"
        ),
    shell:
        "python scripts/synthesize.py --mels {input.mels:q} --split {input.split:q}"
        " --features {params.features:q} {params.options} --out {output.wavs:q} > {log:q} 2>&1"
