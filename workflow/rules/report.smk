# Purpose: figures of scores, each drawn from a small table (paper 3.4, 4.2, 4.3).
# Inputs:  histories, tables, predicted mels and wavs
# Outputs: RUN/figures/{learning_curves,instruments,pitch_tracks,register}.{pdf,png}, the tables behind them

# Drawn beside the variants: what notes alone give, the ceiling; what knowing the instrument gives.
HEARD = ["soundfont", "copy_synthesis"]
SEEN = ["instrument_mean", "soundfont"]
# First seed of every variant, as it is named in models/, predictions/ and audio/.
TRAINED = [f"{row}.{config['training']['seeds'][0]}" for row in config["rows"]]
SOUNDING = [*(f"{row}.0" for row in HEARD), *TRAINED]
SEERS = [row for row in config["rows"] if "video" in config["variants"][row]["inputs"]]


rule draw_learning_curves:
    input:
        code=code("draw_learning_curves"),
        histories=expand(
            rules.train.output.history, row=config["rows"], seed=config["training"]["seeds"]
        ),
    output:
        pdf=f"{RUN}/figures/learning_curves.pdf",
        png=report(
            f"{RUN}/figures/learning_curves.png",
            category="Figures",
            caption="../report/learning_curves.rst",
        ),
    log:
        f"{RUN}/logs/draw_learning_curves.log",
    benchmark:
        f"{RUN}/benchmarks/draw_learning_curves.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        data=config["data"]["name"],
    shell:
        "python scripts/draw_learning_curves.py --histories {input.histories:q}"
        " --data {params.data} --out {output.pdf:q} {output.png:q} > {log:q} 2>&1"


rule draw_instruments:
    input:
        code=code("draw_instruments"),
        table=f"{RUN}/tables/per_instrument.csv",
    output:
        pdf=f"{RUN}/figures/instruments.pdf",
        png=report(
            f"{RUN}/figures/instruments.png",
            category="Figures",
            caption="../report/instruments.rst",
        ),
    log:
        f"{RUN}/logs/draw_instruments.log",
    benchmark:
        f"{RUN}/benchmarks/draw_instruments.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        rows=" ".join(["instrument_mean", *HEARD, *config["rows"]]),
        data=config["data"]["name"],
    shell:
        "python scripts/draw_instruments.py --table {input.table:q} --rows {params.rows}"
        " --data {params.data} --out {output.pdf:q} {output.png:q} > {log:q} 2>&1"


rule track_pitch:
    input:
        code=code("track_pitch"),
        split=rules.make_split.output.split,
        annotations=data_files("notes", "f0s"),
        wavs=expand(f"{RUN}/audio/{{row}}/wavs.tsv", row=SOUNDING),
    output:
        tracks=f"{RUN}/tables/pitch_tracks.csv",
    log:
        f"{RUN}/logs/track_pitch.log",
    benchmark:
        f"{RUN}/benchmarks/track_pitch.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        data=lambda w: DATA,
        rows=" ".join([*HEARD, *config["rows"]]),
        options=flags("audio.sample_rate", "evaluation.tracker"),
    shell:
        "python scripts/track_pitch.py --split {input.split:q} --wavs {input.wavs:q}"
        " --rows {params.rows} --data {params.data:q} {params.options} --out {output.tracks:q} > {log:q} 2>&1"


rule draw_pitch_tracks:
    input:
        code=code("draw_pitch_tracks"),
        table=rules.track_pitch.output.tracks,
    output:
        pdf=f"{RUN}/figures/pitch_tracks.pdf",
        png=report(
            f"{RUN}/figures/pitch_tracks.png",
            category="Figures",
            caption="../report/pitch_tracks.rst",
        ),
    log:
        f"{RUN}/logs/draw_pitch_tracks.log",
    benchmark:
        f"{RUN}/benchmarks/draw_pitch_tracks.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        data=config["data"]["name"],
    shell:
        "python scripts/draw_pitch_tracks.py --table {input.table:q}"
        " --data {params.data} --out {output.pdf:q} {output.png:q} > {log:q} 2>&1"


rule collect_register:
    input:
        code=code("collect_register"),
        split=rules.make_split.output.split,
        features=stem_files("mel.npy"),
        notes=data_files("notes"),
        mels=expand(f"{RUN}/predictions/{{row}}.npz", row=[*(f"{row}.0" for row in SEEN), *TRAINED]),
    output:
        errors=f"{RUN}/tables/register.csv",
    log:
        f"{RUN}/logs/collect_register.log",
    benchmark:
        f"{RUN}/benchmarks/collect_register.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        data=lambda w: DATA,
        features=lambda w: FEATURES,
        rows=" ".join([*SEEN, *config["rows"]]),
        options=flags("audio.sample_rate", "audio.hop_length"),
    shell:
        "python scripts/collect_register.py --split {input.split:q} --mels {input.mels:q}"
        " --rows {params.rows} --data {params.data:q} --features {params.features:q} {params.options}"
        " --out {output.errors:q} > {log:q} 2>&1"


rule draw_register:
    input:
        code=code("draw_register"),
        table=rules.collect_register.output.errors,
    output:
        pdf=f"{RUN}/figures/register.pdf",
        png=report(
            f"{RUN}/figures/register.png",
            category="Figures",
            caption="../report/register.rst",
        ),
    log:
        f"{RUN}/logs/draw_register.log",
    benchmark:
        f"{RUN}/benchmarks/draw_register.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        data=config["data"]["name"],
    shell:
        "python scripts/draw_register.py --table {input.table:q}"
        " --data {params.data} --out {output.pdf:q} {output.png:q} > {log:q} 2>&1"


# The crops of a held-out stem with the sound of a row: what it saw, what it made of it.
rule show_clip:
    input:
        code=code("show_clip"),
        split=rules.make_split.output.split,
        frames=lambda w: piece_files(f"{crops_of(w.row)}/frames.zip"),
        wavs=f"{RUN}/audio/{{row}}.{config['training']['seeds'][0]}/wavs.tsv",
    output:
        film=report(
            f"{RUN}/figures/clip_{{row}}.mp4",
            category="One held-out stem",
            labels={"row": "{row}", "shows": "film"},
            caption="../report/clip.rst",
        ),
    log:
        f"{RUN}/logs/show_clip/{{row}}.log",
    benchmark:
        f"{RUN}/benchmarks/show_clip/{{row}}.tsv"
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        features=lambda w: FEATURES,
        crops=lambda w: crops_of(w.row),
        options=flags("video.fps"),
    shell:
        "python scripts/show_clip.py --split {input.split:q} --features {params.features:q}"
        " --crops {params.crops} --wavs {input.wavs:q} {params.options} --out {output.film:q}"
        " > {log:q} 2>&1"


# A list of the stems' wavs is what synthesize makes; the report embeds files.
rule show_sound:
    input:
        code=code("show_sound"),
        split=rules.make_split.output.split,
        wavs=f"{RUN}/audio/{{row}}.{{seed}}/wavs.tsv",
    output:
        sound=report(
            f"{RUN}/figures/sound_{{row}}.{{seed}}.wav",
            category="One held-out stem",
            labels={"row": "{row}", "shows": "sound"},
            caption="../report/sound.rst",
        ),
    log:
        f"{RUN}/logs/show_sound/{{row}}.{{seed}}.log",
    benchmark:
        f"{RUN}/benchmarks/show_sound/{{row}}.{{seed}}.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    shell:
        "python scripts/show_sound.py --split {input.split:q} --wavs {input.wavs:q}"
        " --out {output.sound:q} > {log:q} 2>&1"
