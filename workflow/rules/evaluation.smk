# Purpose: score every row on the held-out stems; Table 1 and its statistics (paper 4.2).
# Inputs:  predicted mels and wavs, true mels, recordings, annotated f0 and notes
# Outputs: RUN/<fold>metrics/<row>.<seed>.csv, RUN/rows.json, RUN/tables/, RUN/mix/

TRACKER = f"evaluation.trackers.{config['evaluation']['tracker']}"
TRANSCRIBERS = [f"evaluation.transcribers.{name}" for name in names("evaluation.transcribers")]


rule list_rows:
    output:
        rows=f"{RUN}/rows.json",
    log:
        f"{RUN}/logs/list_rows.log",
    localrule: True
    params:
        rows=[str(row) for row in ROWS],
    run:
        write_rows(output.rows, ROWS)


rule evaluate:
    input:
        code=code("evaluate", TRACKER, *TRANSCRIBERS),
        split=rules.make_split.output.split,
        features=stem_files("mel.npy"),
        annotations=data_files("notes", "f0s"),
        recordings=data_files("audio"),
        mels=f"{RUN}/{{fold}}predictions/{{row}}.{{seed}}.npz",
        wavs=f"{RUN}/{{fold}}audio/{{row}}.{{seed}}/wavs.tsv",
    output:
        scores=f"{RUN}/{{fold}}metrics/{{row}}.{{seed}}.csv",
        embeddings=f"{RUN}/{{fold}}metrics/{{row}}.{{seed}}.npz",
    log:
        f"{RUN}/{{fold}}logs/evaluate/{{row}}.{{seed}}.log",
    benchmark:
        f"{RUN}/{{fold}}benchmarks/evaluate/{{row}}.{{seed}}.tsv"
    conda:
        "../../envs/evaluation.yaml"
    resources:
        # CREPE is a network large enough to want one.
        gpu=min(1, config["compute"]["gpus"]) if config["evaluation"]["tracker"] == "crepe" else 0,
        mem_mb=4000,
        runtime=240,
    params:
        settings=settings_for("evaluate"),
        data=lambda w: DATASET.folder,
        features=lambda w: FEATURES,
    shell:
        "python {input.code[0]:q} --row {wildcards.row} --seed {wildcards.seed}"
        " --split {input.split:q} --data {params.data:q} --features {params.features:q}"
        " --mels {input.mels:q} --wavs {input.wavs:q} {params.settings}"
        " --out {output.scores:q} --embeddings {output.embeddings:q} > {log:q} 2>&1"


rule table1:
    input:
        code=code("table1", f"features.sources.{config['roll']['source']}"),
        rows=rules.list_rows.output.rows,
        scores=[row.scores for row in ROWS],
        embeddings=[row.embeddings for row in ROWS],
        published=PUBLISHED,
        table2=f"{RUN}/tables/table2.csv",
    output:
        table=f"{RUN}/tables/table1.csv",
        markdown=report(
            f"{RUN}/tables/table1.md", category="Table 1", caption="../report/table1.rst"
        ),
        latex=f"{RUN}/tables/table1.tex",
        against=f"{RUN}/tables/against_paper.csv",
        against_markdown=report(
            f"{RUN}/tables/against_paper.md",
            category="Against the paper",
            caption="../report/against_paper.rst",
        ),
        paired=f"{RUN}/tables/paired.csv",
        paired_markdown=report(
            f"{RUN}/tables/paired.md", category="Table 1", caption="../report/paired.rst"
        ),
        instruments=f"{RUN}/tables/per_instrument.csv",
        families=f"{RUN}/tables/per_family.csv",
        seeds=f"{RUN}/tables/seeds.csv",
        stems=f"{RUN}/tables/per_stem.csv",
    log:
        f"{RUN}/logs/table1.log",
    conda:
        "../../envs/evaluation.yaml"
    params:
        settings=settings_for("table1"),
        tables=lambda w: f"{RUN}/tables",
    shell:
        "python {input.code[0]:q} --rows {input.rows:q} --published {input.published:q}"
        " --table2 {input.table2:q} {params.settings} --out {params.tables:q} > {log:q} 2>&1"


# What a variant reads of the players, where it reads notes: no sound between.
rule score_reading:
    input:
        code=code("score_reading"),
        split=rules.make_split.output.split,
        played=stem_files("performance.npy"),
        notes=stem_files("notes.npy"),
        midi=stem_files("notes.mid"),
        read=rules.read_notes.output.read,
    output:
        scores=f"{RUN}/{{fold}}reading/{{row}}{{control}}.{{seed}}.csv",
    log:
        f"{RUN}/{{fold}}logs/score_reading/{{row}}{{control}}.{{seed}}.log",
    wildcard_constraints:
        row=either(READERS),
        control="(?:_shuffled)?",
    conda:
        "../../envs/evaluation.yaml"
    params:
        settings=settings_for("score_reading"),
        features=lambda w: FEATURES,
        told=lambda w: "--told" if settings.SCORE & set(config["variants"][w.row]["inputs"]) else "",
    shell:
        "python {input.code[0]:q} --row {wildcards.row}{wildcards.control} --seed {wildcards.seed}"
        " --split {input.split:q} --features {params.features:q} --read {input.read:q}"
        " {params.told} {params.settings} --out {output.scores:q} > {log:q} 2>&1"


rule table_reading:
    input:
        code=code("table_reading"),
        splits=SPLITS,
        scores=[
            f"{RUN}/{row.fold}reading/{row.name}.{row.seed}.csv"
            for row in ROWS
            if row.base in READERS
        ],
    output:
        table=f"{RUN}/tables/reading.csv",
        pairs=f"{RUN}/tables/reading_paired.csv",
        markdown=report(
            f"{RUN}/tables/reading.md", category="Reading", caption="../report/reading.rst"
        ),
    log:
        f"{RUN}/logs/table_reading.log",
    conda:
        "../../envs/evaluation.yaml"
    params:
        settings=settings_for("table_reading"),
        scores=lambda w, input: options(scores=input.scores) if input.scores else "",
    shell:
        "python {input.code[0]:q} --splits {input.splits:q} {params.scores} {params.settings}"
        " --table {output.table:q} --pairs {output.pairs:q} --markdown {output.markdown:q} > {log:q} 2>&1"


# All players of a held-out piece together.
rule mix:
    input:
        code=code("mix"),
        rows=rules.list_rows.output.rows,
        splits=SPLITS,
        recordings=rules.evaluate.input.recordings,
        notes=data_files("notes"),
        wavs=[row.wavs for row in first_seeds(ROWS)],
    output:
        mixes=f"{RUN}/mix/mixes.tsv",
        table=f"{RUN}/tables/mix.csv",
        markdown=report(f"{RUN}/tables/mix.md", category="Mix", caption="../report/mix.rst"),
    log:
        f"{RUN}/logs/mix.log",
    conda:
        "../../envs/evaluation.yaml"
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        settings=settings_for("mix"),
        data=lambda w: DATASET.folder,
    shell:
        "python {input.code[0]:q} --rows {input.rows:q} --splits {input.splits:q}"
        " --data {params.data:q} {params.settings} --mixes {output.mixes:q}"
        " --table {output.table:q} --markdown {output.markdown:q} > {log:q} 2>&1"


# On demand (snakemake results/<run>/tables/inversion.md): over all stems, held out or not, because
# nothing is learnt.
rule check_inversion:
    input:
        code=code("check_inversion", TRACKER, f"models.vocoders.{config['inference']['vocoder']}"),
        split=f"{RUN}/{FOLDS[0]}features/split.tsv",
        weights=VOCODER_FILES,
        features=stem_files("mel.npy"),
        recordings=rules.evaluate.input.recordings,
        notes=rules.evaluate.input.annotations,
    output:
        table=f"{RUN}/tables/inversion.csv",
        markdown=f"{RUN}/tables/inversion.md",
    log:
        f"{RUN}/logs/check_inversion.log",
    conda:
        "../../envs/evaluation.yaml"
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        settings=settings_for("check_inversion"),
        data=lambda w: DATASET.folder,
        features=lambda w: FEATURES,
    shell:
        "python {input.code[0]:q} --split {input.split:q} --data {params.data:q}"
        " --features {params.features:q} {params.settings}"
        " --table {output.table:q} --markdown {output.markdown:q} > {log:q} 2>&1"


# On demand (snakemake results/<run>/tables/trackers.md): on the held-out stems' recordings
# and copy-synthesis; CREPE takes seconds per second of sound.
rule check_trackers:
    input:
        code=code(
            "check_trackers",
            *(f"evaluation.trackers.{name}" for name in names("evaluation.trackers")),
        ),
        split=f"{RUN}/{FOLDS[0]}features/split.tsv",
        recordings=rules.evaluate.input.recordings,
        notes=rules.evaluate.input.annotations,
        wavs=named(ROWS, "copy_synthesis")[0].wavs,
    output:
        table=f"{RUN}/tables/trackers.csv",
        markdown=f"{RUN}/tables/trackers.md",
    log:
        f"{RUN}/logs/check_trackers.log",
    conda:
        "../../envs/evaluation.yaml"
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        settings=settings_for("check_trackers"),
        data=lambda w: DATASET.folder,
    shell:
        "python {input.code[0]:q} --split {input.split:q} --data {params.data:q}"
        " --wavs {input.wavs:q} {params.settings}"
        " --table {output.table:q} --markdown {output.markdown:q} > {log:q} 2>&1"


# On demand (snakemake results/<run>/tables/transcriber.md): where the thresholds of our transcriber
# come from.
rule tune_transcriber:
    input:
        code=code("tune_transcriber", TRACKER),
        split=f"{RUN}/{FOLDS[0]}features/split.tsv",
        recordings=rules.evaluate.input.recordings,
        notes=rules.evaluate.input.annotations,
    output:
        table=f"{RUN}/tables/transcriber.csv",
        markdown=f"{RUN}/tables/transcriber.md",
    log:
        f"{RUN}/logs/tune_transcriber.log",
    conda:
        "../../envs/evaluation.yaml"
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        settings=settings_for("tune_transcriber"),
        data=lambda w: DATASET.folder,
    shell:
        "python {input.code[0]:q} --split {input.split:q} --data {params.data:q} {params.settings}"
        " --table {output.table:q} --markdown {output.markdown:q} > {log:q} 2>&1"


# On demand (snakemake results/<run>/tables/alignment.md): how far the MIDI lies from the annotation.
rule check_alignment:
    input:
        code=code("check_alignment"),
        midi=stem_files("notes.mid"),
        notes=data_files("notes"),
        stems=config["data"]["stems"],
    output:
        table=f"{RUN}/tables/alignment.csv",
        markdown=f"{RUN}/tables/alignment.md",
    log:
        f"{RUN}/logs/check_alignment.log",
    conda:
        "../../envs/features.yaml"
    params:
        settings=settings_for("check_alignment"),
        data=lambda w: DATASET.folder,
        features=lambda w: FEATURES,
        select=list(STEMS),
    shell:
        "python {input.code[0]:q} --stems {input.stems:q} --select {params.select:q}"
        " --data {params.data:q} --features {params.features:q} {params.settings}"
        " --table {output.table:q} --markdown {output.markdown:q} > {log:q} 2>&1"


# On demand (snakemake results/<run>/tables/leads.md): frames by which the picture runs ahead.
rule estimate_lead:
    input:
        code=code("estimate_lead"),
        stems=config["data"]["stems"],
        frames=piece_files(f"{config['video']['crops']}/frames.zip"),
        mels=stem_files("mel.npy"),
    output:
        table=f"{RUN}/tables/leads.csv",
        markdown=f"{RUN}/tables/leads.md",
    log:
        f"{RUN}/logs/estimate_lead.log",
    conda:
        "../../envs/features.yaml"
    resources:
        runtime=60,
    params:
        settings=settings_for("estimate_lead"),
        features=lambda w: FEATURES,
        select=list(STEMS),
    shell:
        "python {input.code[0]:q} --stems {input.stems:q} --select {params.select:q}"
        " --features {params.features:q} {params.settings}"
        " --table {output.table:q} --markdown {output.markdown:q} > {log:q} 2>&1"
