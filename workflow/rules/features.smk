# Purpose: raw files checked, and made into synchronized features, each computed once (paper 3.1).
# Inputs:  the dataset's videos, stems and notes
# Outputs: RUN/validation.tsv, RUN/features/<piece>/<crops>/{frames.zip,<encoder>.npz}, <piece>/<track>/{mel.npy,
#          notes.mid,roll.npy}, RUN/figures/crops/<crops>/<piece>.png


rule validate_piece:
    input:
        code=code("validate_piece"),
        stems=config["data"]["stems"],
        files=lambda w: data_files(*NEEDED, "f0s", piece=w.piece),
    output:
        table=f"{FEATURES}/{{piece}}/validation.tsv",
    log:
        f"{RUN}/logs/validate_piece/{{piece}}.log",
    conda:
        "../../envs/evaluation.yaml"
    params:
        folder=lambda w: f"{DATASET.folder}/{w.piece}",
        stems=lambda w: [player.Index for player in PLAYERS[w.piece]],
        looked_at=" ".join(f"--{name}" for name in ("video", "score") if name in NEEDED),
        urmp="" if config["data"]["name"] == "custom" else "--urmp",
    shell:
        "python {input.code[0]:q} --stems {input.stems:q} --select {params.stems:q}"
        " --folder {params.folder:q} {params.looked_at} {params.urmp} --out {output.table:q} > {log:q} 2>&1"


rule collect_validation:
    input:
        code=code("collect_validation"),
        tables=piece_files("validation.tsv"),
    output:
        table=f"{RUN}/validation.tsv",
    log:
        f"{RUN}/logs/collect_validation.log",
    localrule: True
    conda:
        "../../envs/features.yaml"
    shell:
        "python {input.code[0]:q} --tables {input.tables:q} --out {output.table:q} > {log:q} 2>&1"


# The gate before training: fails, and names them, when a stem has failed. No rule that a figure's edit
# reruns may stand before it: Snakemake then looks at nothing behind it.
rule check_validation:
    input:
        code=code("check_validation"),
        table=rules.collect_validation.output.table,
    output:
        passed=touch(f"{RUN}/validation.passed"),
    log:
        f"{RUN}/logs/check_validation.log",
    localrule: True
    conda:
        "../../envs/features.yaml"
    shell:
        "python {input.code[0]:q} --table {input.table:q} 2>&1 | tee {log:q}"


# snakemake validate: the table, its picture, and failure when a stem fails.
rule validate:
    input:
        f"{RUN}/figures/validation.png",
        rules.check_validation.output.passed,
    localrule: True


rule crop_frames:
    input:
        code=lambda w: code("crop_frames", f"features.crops.{w.crops}"),
        stems=config["data"]["stems"],
        video=lambda w: data_files("video", piece=w.piece),
    output:
        frames=f"{FEATURES}/{{piece}}/{{crops}}/frames.zip",
        contact=report(
            f"{RUN}/figures/crops/{{crops}}/{{piece}}.png",
            category="Crops",
            caption="../report/crops.rst",
        ),
    log:
        f"{RUN}/logs/crop_frames/{{piece}}.{{crops}}.log",
    benchmark:
        f"{RUN}/benchmarks/crop_frames/{{piece}}.{{crops}}.tsv"
    conda:
        "../../envs/features.yaml"
    resources:
        runtime=60,
    params:
        settings=settings_for("crop_frames"),
        video=lambda w: f"{DATASET.folder}/{w.piece}/{PLAYERS[w.piece][0].video}",
    shell:
        "python {input.code[0]:q} --video {params.video:q} --stems {input.stems:q}"
        " --piece {wildcards.piece:q} --crops {wildcards.crops} {params.settings}"
        " --out {output.frames:q} --contact {output.contact:q} > {log:q} 2>&1"


rule encode_frames:
    input:
        code=lambda w: code("encode_frames", f"features.encoders.{w.encoder}"),
        frames=rules.crop_frames.output.frames,
    output:
        visual=f"{FEATURES}/{{piece}}/{{crops}}/{{encoder}}.npz",
    log:
        f"{RUN}/logs/encode_frames/{{piece}}.{{crops}}.{{encoder}}.log",
    benchmark:
        f"{RUN}/benchmarks/encode_frames/{{piece}}.{{crops}}.{{encoder}}.tsv"
    conda:
        "../../envs/models.yaml"
    resources:
        gpu=min(1, config["compute"]["gpus"]),
        mem_mb=4000,
        runtime=60,
    params:
        settings=settings_for("encode_frames"),
        tracks=lambda w: [player.track for player in PLAYERS[w.piece]],
    shell:
        "python {input.code[0]:q} --encoder {wildcards.encoder} --frames {input.frames:q} --tracks {params.tracks}"
        " {params.settings} --threads {threads} --out {output.visual:q} > {log:q} 2>&1"


rule extract_mel:
    input:
        code=code("extract_mel"),
        audio=data_file("audio"),
    output:
        mel=f"{FEATURES}/{{piece}}/{{track}}/mel.npy",
        length=f"{FEATURES}/{{piece}}/{{track}}/length.json",
    log:
        f"{RUN}/logs/extract_mel/{{piece}}.{{track}}.log",
    conda:
        "../../envs/features.yaml"
    params:
        settings=settings_for("extract_mel"),
        audio=data_path("audio"),
    shell:
        "python {input.code[0]:q} --audio {params.audio:q} {params.settings}"
        " --out {output.mel:q} --length {output.length:q} > {log:q} 2>&1"


rule align_midi:
    input:
        code=code("align_midi", f"features.sources.{config['roll']['source']}"),
        files=data_file(*SOURCE.files),
        length=rules.extract_mel.output.length,
    output:
        midi=f"{FEATURES}/{{piece}}/{{track}}/notes.mid",
    log:
        f"{RUN}/logs/align_midi/{{piece}}.{{track}}.log",
    conda:
        "../../envs/features.yaml"
    resources:
        # The matrix of the warping grows with the square of the length: 3.3 GB for 5 minutes.
        mem_mb=4000,
    params:
        settings=settings_for("align_midi"),
        instrument=lambda w: stem_of(w).instrument,
        players=lambda w: stem_of(w).players,
        files=lambda w: shlex.join(
            word for c in SOURCE.files for word in (f"--{c}", data_path(c)(w))
        ),
    shell:
        "python {input.code[0]:q} {params.files} --length {input.length:q} {params.settings}"
        " --instrument {params.instrument} --track {wildcards.track} --players {params.players}"
        " --out {output.midi:q} > {log:q} 2>&1"


rule extract_roll:
    input:
        code=code("extract_roll"),
        midi=rules.align_midi.output.midi,
        length=rules.extract_mel.output.length,
    output:
        roll=f"{FEATURES}/{{piece}}/{{track}}/roll.npy",
    log:
        f"{RUN}/logs/extract_roll/{{piece}}.{{track}}.log",
    conda:
        "../../envs/features.yaml"
    params:
        settings=settings_for("extract_roll"),
    shell:
        "python {input.code[0]:q} --midi {input.midi:q} --length {input.length:q}"
        " {params.settings} --out {output.roll:q} > {log:q} 2>&1"


rule extract_notes:
    input:
        code=code("extract_notes"),
        midi=rules.align_midi.output.midi,
        length=rules.extract_mel.output.length,
    output:
        notes=f"{FEATURES}/{{piece}}/{{track}}/notes.npy",
    log:
        f"{RUN}/logs/extract_notes/{{piece}}.{{track}}.log",
    conda:
        "../../envs/features.yaml"
    params:
        settings=settings_for("extract_notes"),
    shell:
        "python {input.code[0]:q} --midi {input.midi:q} --length {input.length:q}"
        " {params.settings} --out {output.notes:q} > {log:q} 2>&1"


rule extract_performance:
    input:
        code=code("extract_performance"),
        mel=rules.extract_mel.output.mel,
        annotations=data_file("notes", "f0s"),
    output:
        performance=f"{FEATURES}/{{piece}}/{{track}}/performance.npy",
    log:
        f"{RUN}/logs/extract_performance/{{piece}}.{{track}}.log",
    conda:
        "../../envs/features.yaml"
    params:
        settings=settings_for("extract_performance"),
        annotations=lambda w: options(
            **{c: data_path(c)(w) for c in ("notes", "f0s") if getattr(stem_of(w), c)}
        ),
    shell:
        "python {input.code[0]:q} --mel {input.mel:q} {params.annotations} {params.settings}"
        " --out {output.performance:q} > {log:q} 2>&1"


# snakemake features: everything that is learnt from, and nothing learnt.
rule features:
    input:
        [f"{RUN}/{fold}features/split.tsv" for fold in FOLDS],
        sorted({path for row in config["rows"] for path in features_of(row)}),
    localrule: True
