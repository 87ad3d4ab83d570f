# Purpose: raw files to synchronized features, each computed once (paper 3.1).
# Inputs:  the dataset's videos, stems and notes
# Outputs: RUN/features/<piece>/{frames.zip,visual.npz}, <piece>/<track>/{mel.npy,notes.mid,roll.npy}


rule crop_frames:
    input:
        code=code("crop_frames"),
        stems=config["data"]["stems"],
        video=lambda w: f"{DATA}/{w.piece}/{STEMS[STEMS.piece == w.piece].video.iloc[0]}",
    output:
        frames=f"{FEATURES}/{{piece}}/frames.zip",
    log:
        f"{RUN}/logs/crop_frames/{{piece}}.log",
    benchmark:
        f"{RUN}/benchmarks/crop_frames/{{piece}}.tsv"
    conda:
        "../../envs/features.yaml"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        options=flags("video.crops", "video.size", "video.fps", "clips.window"),
    shell:
        "python scripts/crop_frames.py --video {input.video:q} --stems {input.stems:q}"
        " --piece {wildcards.piece:q} {params.options} --out {output.frames:q} > {log:q} 2>&1"


rule encode_frames:
    input:
        code=code("encode_frames"),
        frames=rules.crop_frames.output.frames,
    output:
        visual=f"{FEATURES}/{{piece}}/visual.npz",
    log:
        f"{RUN}/logs/encode_frames/{{piece}}.log",
    benchmark:
        f"{RUN}/benchmarks/encode_frames/{{piece}}.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        gpu=config["compute"]["gpus"],
        mem_mb=4000,
        runtime=60,
    params:
        tracks=lambda w: " ".join(map(str, STEMS[STEMS.piece == w.piece].track)),
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
        options=flags("audio.sample_rate", "audio.n_fft", "audio.hop_length", "audio.n_mels"),
    shell:
        "python scripts/extract_mel.py --audio {input.audio:q} {params.options}"
        " --out {output.mel:q} --length {output.length:q} > {log:q} 2>&1"


rule align_midi:
    input:
        code=code("align_midi"),
        notes=data_file("notes"),
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
        mem_mb=1000,
        runtime=10,
    params:
        instrument=lambda w: stem_of(w).instrument,
    shell:
        "python scripts/align_midi.py --notes {input.notes:q} --length {input.length:q}"
        " --instrument {params.instrument} --out {output.midi:q} > {log:q} 2>&1"


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
        lengths=stem_files("length.json"),
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
        features=lambda w: FEATURES,
        options=flags("data.select", "split.seed", "split.val_titles", "split.test_titles"),
    shell:
        "python scripts/make_split.py --stems {input.stems:q} {params.options}"
        " --features {params.features:q} --out {output.split:q} > {log:q} 2>&1"
