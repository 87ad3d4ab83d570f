# Purpose: the dataset itself, where a rule can make it.
# Inputs:  workflow/resources/miniurmp.tsv
# Outputs: mini-URMP, in URMP's own layout and file formats

if config["data"]["name"] == "mini-urmp":

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
