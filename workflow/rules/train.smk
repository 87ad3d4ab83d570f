# Purpose: train every variant with every seed (paper 3.4).
# Inputs:  the features a variant's inputs name, and the split
# Outputs: RUN/models/<variant>.<seed>/{model.pt,history.csv,environment.json}


rule train:
    input:
        code=code("train"),
        split=rules.make_split.output.split,
        # Training waits for it, but a new look at the same data is no reason to train again.
        validated=ancient(rules.check_validation.output.passed),
        features=variant_features,
    output:
        model=f"{RUN}/models/{{row}}.{{seed}}/model.pt",
        history=f"{RUN}/models/{{row}}.{{seed}}/history.csv",
        environment=f"{RUN}/models/{{row}}.{{seed}}/environment.json",
    log:
        f"{RUN}/logs/train/{{row}}.{{seed}}.log",
    benchmark:
        f"{RUN}/benchmarks/train/{{row}}.{{seed}}.tsv"
    wildcard_constraints:
        row="|".join(config["rows"]),
    conda:
        "../../envs/train.yaml"
    threads: config["training"]["threads"] * max(1, config["compute"]["gpus"])
    resources:
        gpu=config["compute"]["gpus"],
        nodes=1,
        mem_mb=16000 * max(1, config["compute"]["gpus"]),
        runtime=1440,
    params:
        features=lambda w: FEATURES,
        checkpoints=lambda w: f"{RUN}/checkpoints",
        variant=variant_flags,
        timebase=flags(*TIMEBASE, "training.step"),
        options=flags(
            "video.size",
            "audio.n_fft",
            "encoder.weights",
            "encoder.components",
            "encoder.dropout",
            "model.fusion",
            "model.decoder",
            "training.epochs",
            "training.batch_size",
            "training.learning_rate",
            "training.offsets",
            "training.precision",
        ),
        encoder_seed=config["encoder"]["seed"],
        devices=max(1, config["compute"]["gpus"]),
    shell:
        "python scripts/train.py --split {input.split:q} --features {params.features:q}"
        " --variant {wildcards.row} {params.variant} {params.timebase} {params.options}"
        " --encoder-seed {params.encoder_seed} --seed {wildcards.seed} --devices {params.devices} --threads {threads}"
        " --checkpoints {params.checkpoints:q} --model {output.model:q}"
        " --history {output.history:q} --environment {output.environment:q}"
        " 2>&1 | tee {log:q}"
