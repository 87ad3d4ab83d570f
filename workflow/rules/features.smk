# Purpose: raw files to synchronized features, each computed once (paper 3.1).
# Inputs:  the dataset's videos, stems and notes
# Outputs: RUN/features/<piece>/<crops>/{frames.zip,visual.npz}, <piece>/<track>/{mel.npy,notes.mid,roll.npy},
#          RUN/features/split.tsv, RUN/figures/crops/<crops>/<piece>.png


rule crop_frames:
    input:
        code=code("crop_frames"),
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
        mem_mb=2000,
        runtime=60,
    params:
        video=lambda w: f"{DATA}/{w.piece}/{PLAYERS[w.piece][0].video}",
        options=flags("video.size", "video.fps", "clips.window"),
    shell:
        "python scripts/crop_frames.py --video {params.video:q} --stems {input.stems:q}"
        " --piece {wildcards.piece:q} --crops {wildcards.crops} {params.options} --out {output.frames:q}"
        " --contact {output.contact:q} > {log:q} 2>&1"


rule encode_frames:
    input:
        code=code("encode_frames"),
        frames=rules.crop_frames.output.frames,
    output:
        visual=f"{FEATURES}/{{piece}}/{{crops}}/visual.npz",
    log:
        f"{RUN}/logs/encode_frames/{{piece}}.{{crops}}.log",
    benchmark:
        f"{RUN}/benchmarks/encode_frames/{{piece}}.{{crops}}.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        gpu=min(1, config["compute"]["gpus"]),
        mem_mb=4000,
        runtime=60,
    params:
        tracks=lambda w: " ".join(str(player.track) for player in PLAYERS[w.piece]),
        options=flags("encoder.weights", "encoder.seed"),
    shell:
        "python scripts/encode_frames.py --frames {input.frames:q} --tracks {params.tracks}"
        " {params.options} --threads {threads} --out {output.visual:q} > {log:q} 2>&1"


rule extract_mel:
    input:
        code=code("extract_mel"),
        audio=data_file("audio"),
    output:
        mel=f"{FEATURES}/{{piece}}/{{track}}/mel.npy",
        length=f"{FEATURES}/{{piece}}/{{track}}/length.json",
    log:
        f"{RUN}/logs/extract_mel/{{piece}}.{{track}}.log",
    benchmark:
        f"{RUN}/benchmarks/extract_mel/{{piece}}.{{track}}.tsv"
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        audio=data_path("audio"),
        options=flags("audio.sample_rate", "audio.n_fft", "audio.hop_length", "audio.n_mels"),
    shell:
        "python scripts/extract_mel.py --audio {params.audio:q} {params.options}"
        " --out {output.mel:q} --length {output.length:q} > {log:q} 2>&1"


rule align_midi:
    input:
        code=code("align_midi"),
        files=lambda w: [f for c in SCORE_SOURCES[ROLL] for f in data_file(c)(w)],
        length=rules.extract_mel.output.length,
    output:
        midi=f"{FEATURES}/{{piece}}/{{track}}/notes.mid",
    log:
        f"{RUN}/logs/align_midi/{{piece}}.{{track}}.log",
    benchmark:
        f"{RUN}/benchmarks/align_midi/{{piece}}.{{track}}.tsv"
    conda:
        "../../envs/features.yaml"
    resources:
        # The matrix of the warping grows with the square of the length: 3.3 GB for 5 minutes.
        mem_mb=4000 if ROLL == "score_dtw" else 2000,
        runtime=10,
    params:
        source=ROLL,
        instrument=lambda w: stem_of(w).instrument,
        players=lambda w: stem_of(w).players,
        notes=data_path("notes"),
        score=data_path("score"),
        audio=data_path("audio"),
    shell:
        "python scripts/align_midi.py --source {params.source} --notes {params.notes:q}"
        " --score {params.score:q} --audio {params.audio:q} --length {input.length:q}"
        " --instrument {params.instrument} --track {wildcards.track} --players {params.players}"
        " --out {output.midi:q} > {log:q} 2>&1"


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
    benchmark:
        f"{RUN}/benchmarks/check_alignment.tsv"
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        data=lambda w: DATA,
        features=lambda w: FEATURES,
        select=lambda w: shlex.join(STEMS.index),
        source=ROLL,
    shell:
        "python scripts/check_alignment.py --stems {input.stems:q} --select {params.select}"
        " --data {params.data:q} --features {params.features:q} --source {params.source}"
        " --out {output.table:q} {output.markdown:q} > {log:q} 2>&1"


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
    benchmark:
        f"{RUN}/benchmarks/estimate_lead.tsv"
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        features=lambda w: FEATURES,
        select=lambda w: shlex.join(STEMS.index),
        crops=config["video"]["crops"],
        data=config["data"]["name"],
        timebase=flags(*TIMEBASE, "clips.step"),
    shell:
        "python scripts/estimate_lead.py --stems {input.stems:q} --select {params.select}"
        " --features {params.features:q} --crops {params.crops} --data {params.data} {params.timebase}"
        " --out {output.table:q} {output.markdown:q} > {log:q} 2>&1"


rule extract_roll:
    input:
        code=code("extract_roll"),
        midi=rules.align_midi.output.midi,
        length=rules.extract_mel.output.length,
    output:
        roll=f"{FEATURES}/{{piece}}/{{track}}/roll.npy",
    log:
        f"{RUN}/logs/extract_roll/{{piece}}.{{track}}.log",
    benchmark:
        f"{RUN}/benchmarks/extract_roll/{{piece}}.{{track}}.tsv"
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        timebase=flags(*TIMEBASE, "clips.step"),
    shell:
        "python scripts/extract_roll.py --midi {input.midi:q} --length {input.length:q}"
        " {params.timebase} --out {output.roll:q} > {log:q} 2>&1"


rule make_split:
    input:
        code=code("make_split"),
        stems=config["data"]["stems"],
        validation=rules.collect_validation.output.table,
    output:
        split=f"{FEATURES}/split.tsv",
    log:
        f"{RUN}/logs/make_split.log",
    benchmark:
        f"{RUN}/benchmarks/make_split.tsv"
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        options=flags(
            "data.select",
            "split.unit",
            "split.seed",
            "split.val_titles",
            "split.test_titles",
            "clips.window",
            "video.fps",
        ),
    shell:
        "python scripts/make_split.py --stems {input.stems:q} --validation {input.validation:q}"
        " {params.options} --out {output.split:q} > {log:q} 2>&1"


# snakemake features: everything that is learnt from, and nothing learnt.
rule features:
    input:
        rules.make_split.output.split,
        stem_files("mel.npy"),
        stem_files("roll.npy"),
        sorted({path for row in config["rows"] for path in seen(row)}),
