# Purpose: train every variant with every seed; held-out stems to log-mels and sound (paper 3.4, 3.5).
# Inputs:  the features a variant's inputs name, and the split
# Outputs: RUN/<fold>models/<variant>.<seed>/{model.safetensors,history.csv,environment.json},
#          RUN/<fold>predictions/<row>.<seed>.npz, RUN/<fold>audio/<row>.<seed>/<stem>.wav,
#          RUN/sonify/<film>.mp4


rule train:
    input:
        code=lambda w: code("train", *variant_entries(w.row)),
        split=rules.make_split.output.split,
        # Training waits for it, but a new look at the same data is no reason to train again.
        validated=ancient(rules.check_validation.output.passed),
        features=lambda w: features_of(w.row),
        truth=variant_truth,
    output:
        model=f"{RUN}/{{fold}}models/{{row}}.{{seed}}/model.safetensors",
        history=f"{RUN}/{{fold}}models/{{row}}.{{seed}}/history.csv",
        environment=f"{RUN}/{{fold}}models/{{row}}.{{seed}}/environment.json",
    log:
        f"{RUN}/{{fold}}logs/train/{{row}}.{{seed}}.log",
    benchmark:
        f"{RUN}/{{fold}}benchmarks/train/{{row}}.{{seed}}.tsv"
    wildcard_constraints:
        row=either(config["rows"]),
    conda:
        "../../envs/models.yaml"
    threads: config["training"]["threads"] * max(1, config["compute"]["gpus"])
    resources:
        gpu=config["compute"]["gpus"],
        nodes=1,
        mem_mb=16000 * max(1, config["compute"]["gpus"]),
        runtime=1440,
    params:
        settings=lambda w: settings_for("train", w.row),
        variant=lambda w: json.dumps(variant_of(w.row)),
        data=lambda w: DATASET.folder,
        features=lambda w: FEATURES,
        checkpoints=lambda w: f"{RUN}/{w.fold}checkpoints",
        devices=max(1, config["compute"]["gpus"]),
    shell:
        "python {input.code[0]:q} --split {input.split:q} --data {params.data:q}"
        " --features {params.features:q} --row {wildcards.row} --seed {wildcards.seed} --variant {params.variant:q} {params.settings}"
        " --devices {params.devices} --threads {threads} --checkpoints {params.checkpoints:q}"
        " --model {output.model:q} --history {output.history:q} --environment {output.environment:q}"
        " 2>&1 | tee {log:q}"


# A row and its control, which sees another title's video: only what reads video can be fooled.
rule infer:
    input:
        code=lambda w: code("infer", *variant_entries(w.row)),
        split=rules.make_split.output.split,
        features=lambda w: features_of(w.row),
        model=rules.train.output.model,
    output:
        mels=f"{RUN}/{{fold}}predictions/{{row}}{{control}}.{{seed}}.npz",
    log:
        f"{RUN}/{{fold}}logs/infer/{{row}}{{control}}.{{seed}}.log",
    benchmark:
        f"{RUN}/{{fold}}benchmarks/infer/{{row}}{{control}}.{{seed}}.tsv"
    wildcard_constraints:
        row=either(row for row in config["rows"] if row not in PLAYED),
        control="(?:_shuffled)?",
    conda:
        "../../envs/models.yaml"
    resources:
        gpu=min(1, config["compute"]["gpus"]),
        mem_mb=8000,
        runtime=60,
    params:
        settings=settings_for("infer"),
        features=lambda w: FEATURES,
        control=lambda w: w.control and f"--control {w.control.strip('_')}",
    shell:
        "python {input.code[0]:q} --split {input.split:q} --features {params.features:q}"
        " --model {input.model:q} {params.control} {params.settings} --threads {threads}"
        " --out {output.mels:q} > {log:q} 2>&1"


# The same of a variant that carries its own sound.
rule perform:
    input:
        code=lambda w: code(
            "perform",
            *variant_entries(w.row),
            *variant_entries(config["variants"][w.row]["voice"] or w.row),
        ),
        split=rules.make_split.output.split,
        features=lambda w: features_of(w.row),
        lengths=stem_files("length.json"),
        model=rules.train.output.model,
        voice=voice_of,
    output:
        mels=f"{RUN}/{{fold}}predictions/{{row}}{{control}}.{{seed}}.npz",
        wavs=f"{RUN}/{{fold}}audio/{{row}}{{control}}.{{seed}}/wavs.tsv",
    log:
        f"{RUN}/{{fold}}logs/perform/{{row}}{{control}}.{{seed}}.log",
    benchmark:
        f"{RUN}/{{fold}}benchmarks/perform/{{row}}{{control}}.{{seed}}.tsv"
    wildcard_constraints:
        row=either(PLAYED),
        control="(?:_shuffled)?",
    conda:
        "../../envs/models.yaml"
    resources:
        gpu=min(1, config["compute"]["gpus"]),
        mem_mb=8000,
        runtime=60,
    params:
        settings=settings_for("perform"),
        features=lambda w: FEATURES,
        control=rules.infer.params.control,
        voice=lambda w, input: options(voice=input.voice) if input.voice else "",
    shell:
        "python {input.code[0]:q} --split {input.split:q} --features {params.features:q}"
        " --model {input.model:q} {params.voice} {params.control} {params.settings} --threads {threads}"
        " --mels {output.mels:q} --wavs {output.wavs:q} > {log:q} 2>&1"


# The same without its voice: what a variant that reads notes reads.
rule read_notes:
    input:
        code=lambda w: code(
            "read_notes",
            *variant_entries(w.row),
            *variant_entries(config["variants"][w.row]["voice"] or w.row),
        ),
        split=rules.make_split.output.split,
        features=lambda w: features_of(w.row),
        lengths=stem_files("length.json"),
        model=rules.train.output.model,
        voice=voice_of,
    output:
        read=f"{RUN}/{{fold}}reading/{{row}}{{control}}.{{seed}}.npz",
    log:
        f"{RUN}/{{fold}}logs/read_notes/{{row}}{{control}}.{{seed}}.log",
    wildcard_constraints:
        row=either(READERS),
        control="(?:_shuffled)?",
    conda:
        "../../envs/models.yaml"
    resources:
        gpu=min(1, config["compute"]["gpus"]),
        mem_mb=8000,
        runtime=60,
    params:
        settings=settings_for("read_notes"),
        features=lambda w: FEATURES,
        control=rules.infer.params.control,
    shell:
        "python {input.code[0]:q} --split {input.split:q} --features {params.features:q} --model {input.model:q}"
        " --voice {input.voice:q} {params.control} {params.settings} --threads {threads}"
        " --out {output.read:q} > {log:q} 2>&1"


rule predict_baseline:
    input:
        code=lambda w: code("predict_baseline", f"models.baselines.{w.row}"),
        split=rules.make_split.output.split,
        features=stem_files("mel.npy"),
    output:
        mels=f"{RUN}/{{fold}}predictions/{{row}}.{{seed}}.npz",
    log:
        f"{RUN}/{{fold}}logs/predict_baseline/{{row}}.{{seed}}.log",
    wildcard_constraints:
        row=either(names("models.baselines")),
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=4000,
    params:
        settings=settings_for("predict_baseline"),
        features=lambda w: FEATURES,
    shell:
        "python {input.code[0]:q} --split {input.split:q} --features {params.features:q}"
        " --row {wildcards.row} {params.settings} --out {output.mels:q} > {log:q} 2>&1"


# Where the paper's 46 % may come from: true and predicted mels through the other reading of its lengths.
rule reread:
    input:
        code=code("reread"),
        mels=f"{RUN}/{{fold}}predictions/{{row}}.{{seed}}.npz",
    output:
        mels=f"{RUN}/{{fold}}predictions/{{row}}_concat.{{seed}}.npz",
    log:
        f"{RUN}/{{fold}}logs/reread/{{row}}.{{seed}}.log",
    wildcard_constraints:
        row=either(["copy_synthesis", *(row for row in config["rows"] if row not in PLAYED)]),
    conda:
        "../../envs/features.yaml"
    params:
        settings=settings_for("reread"),
    shell:
        "python {input.code[0]:q} --mels {input.mels:q} {params.settings}"
        " --out {output.mels:q} > {log:q} 2>&1"


rule play:
    input:
        code=lambda w: code("play", f"models.players.{w.row}"),
        split=rules.make_split.output.split,
        features=stem_files("mel.npy"),
        midi=stem_files("notes.mid"),
        recordings=data_files("audio"),
        font=lambda w: font_of(w.row, config) or [],
    output:
        mels=f"{RUN}/{{fold}}predictions/{{row}}.{{seed}}.npz",
        wavs=f"{RUN}/{{fold}}audio/{{row}}.{{seed}}/wavs.tsv",
    log:
        f"{RUN}/{{fold}}logs/play/{{row}}.{{seed}}.log",
    wildcard_constraints:
        row=either(names("models.players")),
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=4000,
    params:
        settings=settings_for("play"),
        data=lambda w: DATASET.folder,
        features=lambda w: FEATURES,
        font=lambda w, input: options(font=input.font) if input.font else "",
    shell:
        "python {input.code[0]:q} --row {wildcards.row} --split {input.split:q}"
        " --data {params.data:q} --features {params.features:q} {params.font} {params.settings}"
        " --mels {output.mels:q} --wavs {output.wavs:q} > {log:q} 2>&1"


rule synthesize:
    input:
        code=code("synthesize", f"models.vocoders.{config['inference']['vocoder']}"),
        split=rules.make_split.output.split,
        lengths=stem_files("length.json"),
        weights=VOCODER_FILES,
        mels=f"{RUN}/{{fold}}predictions/{{made}}.npz",
    output:
        wavs=f"{RUN}/{{fold}}audio/{{made}}/wavs.tsv",
    log:
        f"{RUN}/{{fold}}logs/synthesize/{{made}}.log",
    benchmark:
        f"{RUN}/{{fold}}benchmarks/synthesize/{{made}}.tsv"
    wildcard_constraints:
        # A row that carries its own sound needs no vocoder.
        made=rf"(?!(?:{either([*names('models.players'), *PLAYED])})(?:_shuffled)?\.)\w+\.\d+",
    conda:
        "../../envs/models.yaml"
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        settings=settings_for("synthesize"),
        features=lambda w: FEATURES,
    shell:
        "python {input.code[0]:q} --mels {input.mels:q} --split {input.split:q}"
        " --features {params.features:q} {params.settings} --out {output.wavs:q} > {log:q} 2>&1"


# A film or a score of one's own, as vimusic sonify plays it; of several players the wav of each lies beside it.
rule sonify:
    input:
        lambda w: SONIFIED.values() or [],
        code=lambda w: code("sonify", *sonify_entries()),
        packed=[] if "model" in SONIFIED else here(COMES_ALONG),
    output:
        film=sonify_output(),
    log:
        f"{RUN}/logs/sonify.log",
    conda:
        "../../envs/models.yaml"
    resources:
        gpu=min(1, config["compute"]["gpus"]),
        mem_mb=8000,
        runtime=240,
    params:
        settings=settings_for("sonify"),
        files=shlex.join(f"--{key}={path}" for key, path in SONIFIED.items()),
    shell:
        "python {input.code[0]:q} {params.files} {params.settings} --out {output.film:q}"
        " 2>&1 | tee {log:q}"
