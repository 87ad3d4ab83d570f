# Purpose: the dataset itself: generated, fetched, unpacked; and divided.
# Inputs:  the inventory; data.path (a folder, an archive, or a name in remotes.tsv)
# Outputs: mini-URMP, or data/<remote>/; RUN/<fold>features/split.tsv

if DATASET.made:

    rule generate_miniurmp:
        input:
            code=code("generate_miniurmp"),
            stems=config["data"]["stems"],
        output:
            [
                f"{DATASET.folder}/{stem.piece}/{name}"
                for stem in STEMS.values()
                for name in (stem.audio, stem.notes, stem.f0s)
            ],
            [
                f"{DATASET.folder}/{piece}/{name}"
                for piece, players in PLAYERS.items()
                for name in (players[0].video, players[0].score, f"AuMix_{piece}.wav")
            ],
        log:
            f"{RUN}/logs/generate_miniurmp.log",
        conda:
            "../../envs/features.yaml"
        threads: 4
        resources:
            runtime=60,
        params:
            settings=settings_for("generate_miniurmp"),
            folder=lambda w: DATASET.folder,
        shell:
            "python {input.code[0]:q} --stems {input.stems:q} {params.settings}"
            " --threads {threads} --out {params.folder:q} > {log:q} 2>&1"


# Downloads run where Snakemake runs, because compute nodes of a cluster often reach no internet; and they
# name no code=, because an edited module is no reason to fetch 12.5 GB again.
if DATASET.remote is not None and DATASET.archive:

    rule download_archive:
        input:
            remotes=ancient(config["data"]["remotes"]),
        output:
            archive=protected(DATASET.archive),
        log:
            f"{RUN}/logs/download_archive.log",
        localrule: True
        conda:
            "../../envs/features.yaml"
        params:
            program=code("download_archive")[0],
            remote=config["data"]["path"],
        shell:
            "python {params.program:q} --remotes {input.remotes:q} --remote {params.remote:q}"
            " --out {output.archive:q} 2>&1 | tee {log:q}"


if DATASET.remote is not None and not DATASET.archive:

    rule download_piece:
        input:
            remotes=ancient(config["data"]["remotes"]),
        output:
            manifest=f"{DATASET.folder}/{{piece}}/manifest.tsv",
        log:
            f"{RUN}/logs/download_piece/{{piece}}.log",
        localrule: True
        conda:
            "../../envs/features.yaml"
        params:
            program=code("download_piece")[0],
            remote=config["data"]["path"],
            url=lambda w: DATASET.remote.url,  # a corrected one asks again for what was refused
            files=lambda w: needed_files(w.piece),
        shell:
            "python {params.program:q} --remotes {input.remotes:q} --remote {params.remote:q}"
            " --piece {wildcards.piece:q} --files {params.files:q} --out {output.manifest:q}"
            " 2>&1 | tee {log:q}"


# What is unpacked already belongs to no rule: features made from it would follow each job that adds a piece.
PACKED = (
    still_packed(
        DATASET.archive,
        DATASET.folder,
        files_of(read_stems(config["data"]["stems"], list(PLAYERS))),
    )
    if DATASET.archive
    else []
)

if PACKED:

    rule extract_archive:
        input:
            code=code("extract_archive"),
            stems=config["data"]["stems"],
            archive=DATASET.archive,
        output:
            manifests=[f"{DATASET.folder}/{piece}/manifest.tsv" for piece in PACKED],
        log:
            f"{RUN}/logs/extract_archive.log",
        conda:
            "../../envs/features.yaml"
        resources:
            runtime=240,
        shell:
            "python {input.code[0]:q} --archive {input.archive:q} --stems {input.stems:q}"
            " --out {output.manifests:q} 2>&1 | tee {log:q}"


rule make_split:
    input:
        code=code("make_split"),
        stems=config["data"]["stems"],
        validation=f"{RUN}/validation.tsv",
    output:
        split=f"{RUN}/{{fold}}features/split.tsv",
    log:
        f"{RUN}/{{fold}}logs/make_split.log",
    localrule: True
    conda:
        "../../envs/features.yaml"
    params:
        settings=settings_for("make_split"),
        fold=lambda w: FOLDS.index(w.fold) + 1 if w.fold.startswith("folds/") else 0,
    shell:
        "python {input.code[0]:q} --stems {input.stems:q} --validation {input.validation:q}"
        " --fold {params.fold} {params.settings} --out {output.split:q} > {log:q} 2>&1"
