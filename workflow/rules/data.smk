# Purpose: the dataset itself: generated, fetched, unpacked; and checked, stem by stem.
# Inputs:  the inventory; data.path (a folder, an archive, or a name in remotes.tsv)
# Outputs: mini-URMP, or data/<remote>/; RUN/validation.tsv, RUN/figures/validation.png

if MADE:

    rule generate_miniurmp:
        input:
            code=code("generate_miniurmp"),
            stems=config["data"]["stems"],
        output:
            [
                f"{DATA}/{stem.piece}/{name}"
                for stem in STEMS.itertuples()
                for name in (stem.audio, stem.notes, stem.f0s)
            ],
            [
                f"{DATA}/{piece}/{name}"
                for piece, *names in dict.fromkeys(zip(STEMS.piece, STEMS.video, STEMS.score))
                for name in (*names, f"AuMix_{piece}.wav")
            ],
        log:
            f"{RUN}/logs/generate_miniurmp.log",
        benchmark:
            f"{RUN}/benchmarks/generate_miniurmp.tsv"
        conda:
            "../../envs/features.yaml"
        threads: 4
        resources:
            mem_mb=2000,
            runtime=60,
        params:
            folder=lambda w: DATA,
            options=flags("data.select", "miniurmp.seed", "miniurmp.seconds", "miniurmp.scale"),
        shell:
            "python scripts/generate_miniurmp.py --stems {input.stems} {params.options}"
            " --threads {threads} --out {params.folder:q} > {log:q} 2>&1"


# Downloads run where Snakemake runs, because compute nodes of a cluster often reach no internet; and they
# name no code=, because an edited module is no reason to fetch 12.5 GB again.
if REMOTE is not None and ARCHIVE:

    rule download_archive:
        input:
            remotes=ancient(config["data"]["remotes"]),
        output:
            archive=protected(ARCHIVE),
        log:
            f"{RUN}/logs/download_archive.log",
        benchmark:
            f"{RUN}/benchmarks/download_archive.tsv"
        localrule: True
        conda:
            "../../envs/features.yaml"
        resources:
            mem_mb=500,
            runtime=1440,
        params:
            remote=config["data"]["path"],
        shell:
            "python scripts/download_archive.py --remotes {input.remotes:q} --remote {params.remote:q}"
            " --out {output.archive:q} 2>&1 | tee {log:q}"


if REMOTE is not None and not ARCHIVE:

    rule download_piece:
        input:
            remotes=ancient(config["data"]["remotes"]),
        output:
            manifest=f"{DATA}/{{piece}}/manifest.tsv",
        log:
            f"{RUN}/logs/download_piece/{{piece}}.log",
        benchmark:
            f"{RUN}/benchmarks/download_piece/{{piece}}.tsv"
        localrule: True
        conda:
            "../../envs/features.yaml"
        resources:
            mem_mb=500,
            runtime=240,
        params:
            remote=config["data"]["path"],
            url=lambda w: REMOTE.url,  # a corrected one asks again for what was refused
            files=lambda w: shlex.join(needed_files(w.piece)),
        shell:
            "python scripts/download_piece.py --remotes {input.remotes:q} --remote {params.remote:q}"
            " --piece {wildcards.piece:q} --files {params.files} --out {output.manifest:q}"
            " 2>&1 | tee {log:q}"


if ARCHIVE:

    rule extract_archive:
        input:
            code=code("extract_archive"),
            stems=config["data"]["stems"],
            archive=ARCHIVE,
        output:
            manifest=f"{DATA}/manifest.tsv",
        log:
            f"{RUN}/logs/extract_archive.log",
        benchmark:
            f"{RUN}/benchmarks/extract_archive.tsv"
        conda:
            "../../envs/features.yaml"
        resources:
            mem_mb=500,
            runtime=240,
        params:
            folder=lambda w: DATA,
        shell:
            "python scripts/extract_archive.py --archive {input.archive:q} --stems {input.stems:q}"
            " --folder {params.folder:q} --out {output.manifest:q} 2>&1 | tee {log:q}"


rule validate_piece:
    input:
        code=code("validate_piece"),
        stems=config["data"]["stems"],
        files=lambda w: data_files(*NEEDED, "f0s", piece=w.piece),
    output:
        table=f"{FEATURES}/{{piece}}/validation.tsv",
    log:
        f"{RUN}/logs/validate_piece/{{piece}}.log",
    benchmark:
        f"{RUN}/benchmarks/validate_piece/{{piece}}.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        folder=lambda w: f"{DATA}/{w.piece}",
        stems=lambda w: shlex.join(player.Index for player in PLAYERS[w.piece]),
        looked_at=" ".join(f"--{name}" for name in ("video", "score") if name in NEEDED),
    shell:
        "python scripts/validate_piece.py --stems {input.stems:q} --select {params.stems}"
        " --folder {params.folder:q} {params.looked_at} --out {output.table:q} > {log:q} 2>&1"


rule collect_validation:
    input:
        code=code("collect_validation"),
        tables=piece_files("validation.tsv"),
    output:
        table=f"{RUN}/validation.tsv",
    log:
        f"{RUN}/logs/collect_validation.log",
    benchmark:
        f"{RUN}/benchmarks/collect_validation.tsv"
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=500,
        runtime=10,
    shell:
        "python scripts/collect_validation.py --tables {input.tables:q}"
        " --out {output.table:q} > {log:q} 2>&1"


rule draw_validation:
    input:
        code=code("draw_validation"),
        table=rules.collect_validation.output.table,
    output:
        picture=report(
            f"{RUN}/figures/validation.png", category="Data", caption="../report/validation.rst"
        ),
    log:
        f"{RUN}/logs/draw_validation.log",
    benchmark:
        f"{RUN}/benchmarks/draw_validation.tsv"
    priority: 1  # before the gate that may fail
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        data=config["data"]["name"],
    shell:
        "python scripts/draw_validation.py --table {input.table:q} --data {params.data}"
        " --out {output.picture:q} > {log:q} 2>&1"


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
    benchmark:
        f"{RUN}/benchmarks/check_validation.tsv"
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=500,
        runtime=10,
    shell:
        "python scripts/check_validation.py --table {input.table:q} 2>&1 | tee {log:q}"


# snakemake validate: the table, its picture, and failure when a stem fails.
rule validate:
    input:
        rules.draw_validation.output.picture,
        rules.check_validation.output.passed,
