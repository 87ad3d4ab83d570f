# Purpose: the paper's figures and those of scores, films, sounds, the listening study, a page (paper 3.4, 4).
# Inputs:  tables, histories, predicted and true mels, wavs
# Outputs: RUN/figures/, RUN/tables/{table2,pitch_tracks,register}.*, RUN/listening/, RUN/report.html

FIGURES = names("report.figures")
TRAINED = trained(ROWS)
# Beside the variants: what notes alone give, and the ceiling; what knowing the instrument gives.
SHOWN = [*named(ROWS, "soundfont", "copy_synthesis"), *TRAINED]
SPLITS = [f"{RUN}/{fold}features/split.tsv" for fold in FOLDS]
ALL_ROWS = rules.list_rows.output.rows


rule track_pitch:
    input:
        code=code("track_pitch", TRACKER),
        rows=ALL_ROWS,
        split=SPLITS[0],
        annotations=data_files("notes", "f0s"),
        wavs=[row.wavs for row in SHOWN],
    output:
        tracks=f"{RUN}/tables/pitch_tracks.csv",
    log:
        f"{RUN}/logs/track_pitch.log",
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        settings=settings_for("track_pitch"),
        data=lambda w: DATASET.folder,
    shell:
        "python {input.code[0]:q} --rows {input.rows:q} --split {input.split:q}"
        " --data {params.data:q} {params.settings} --out {output.tracks:q} > {log:q} 2>&1"


rule collect_register:
    input:
        code=code("collect_register"),
        rows=ALL_ROWS,
        split=SPLITS[0],
        features=stem_files("mel.npy"),
        notes=data_files("notes"),
        mels=[row.mels for row in [*named(ROWS, "instrument_mean", "soundfont"), *TRAINED]],
    output:
        errors=f"{RUN}/tables/register.csv",
    log:
        f"{RUN}/logs/collect_register.log",
    conda:
        "../../envs/evaluate.yaml"
    params:
        settings=settings_for("collect_register"),
        data=lambda w: DATASET.folder,
        features=lambda w: FEATURES,
    shell:
        "python {input.code[0]:q} --rows {input.rows:q} --split {input.split:q}"
        " --data {params.data:q} --features {params.features:q} {params.settings}"
        " --out {output.errors:q} > {log:q} 2>&1"
