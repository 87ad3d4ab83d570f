# Purpose: the paper's table and figures, and a page to read them on (paper 4).
# Inputs:  scores, predicted and true mels, wavs
# Outputs: RUN/tables/, RUN/figures/, RUN/report.html

# What each variant reads: "midi=roll vision_midi=video,roll".
INPUTS = " ".join(f"{row}={','.join(config['variants'][row]['inputs'])}" for row in config["rows"])


rule table1:
    input:
        code=code("table1"),
        scores=predictions(f"{RUN}/metrics/{{row}}.{{seed}}.csv"),
        published="workflow/resources/published.csv",
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
    benchmark:
        f"{RUN}/benchmarks/table1.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        inputs=INPUTS,
        data=config["data"]["name"],
        timebase=flags(*TIMEBASE, "clips.step"),
        options=flags("split.unit", "evaluation.tracker", "roll.source"),
        tables=lambda w: f"{RUN}/tables",
    shell:
        "python scripts/table1.py --scores {input.scores:q} --published {input.published:q}"
        " --table2 {input.table2:q} --inputs {params.inputs} --data {params.data} {params.timebase} {params.options}"
        " --out {params.tables:q} > {log:q} 2>&1"


rule figure1:
    input:
        code=code("figure1"),
    output:
        pdf=f"{RUN}/figures/figure1.pdf",
        png=report(
            f"{RUN}/figures/figure1.png", category="Figures", caption="../report/figure1.rst"
        ),
    log:
        f"{RUN}/logs/figure1.log",
    benchmark:
        f"{RUN}/benchmarks/figure1.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        options=flags(
            "video.size",
            "audio.n_mels",
            "encoder.components",
            "model.fusion",
            "model.decoder",
        ),
        timebase=flags(*TIMEBASE, "clips.step"),
    shell:
        "python scripts/figure1.py {params.options} {params.timebase}"
        " --out {output.pdf:q} {output.png:q} > {log:q} 2>&1"


rule figure2:
    input:
        code=code("figure2"),
        split=rules.make_split.output.split,
        features=stem_files("mel.npy"),
        mels=expand(f"{RUN}/predictions/{{row}}.npz", row=TRAINED),
    output:
        pdf=f"{RUN}/figures/figure2.pdf",
        png=report(
            f"{RUN}/figures/figure2.png",
            category="One held-out stem",
            labels={"row": "all", "shows": "Figure 2"},
            caption="../report/figure2.rst",
        ),
    log:
        f"{RUN}/logs/figure2.log",
    benchmark:
        f"{RUN}/benchmarks/figure2.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        features=lambda w: FEATURES,
        rows=" ".join(config["rows"]),
        options=flags("audio.sample_rate", "audio.hop_length"),
        data=config["data"]["name"],
    shell:
        "python scripts/figure2.py --split {input.split:q} --features {params.features:q}"
        " --mels {input.mels:q} --rows {params.rows} {params.options} --data {params.data}"
        " --out {output.pdf:q} {output.png:q} > {log:q} 2>&1"


rule page:
    input:
        code=code("page"),
        table=rules.table1.output.table,
        paired=rules.table1.output.paired,
        table2=f"{RUN}/tables/table2.csv",
        against=rules.table1.output.against,
        seeds=rules.table1.output.seeds,
        instruments=rules.table1.output.instruments,
        families=rules.table1.output.families,
        published="workflow/resources/published.csv",
        split=rules.make_split.output.split,
        figures=[
            rules.figure1.output.png,
            rules.figure2.output.png,
            rules.draw_learning_curves.output.png,
            rules.draw_instruments.output.png,
            rules.draw_pitch_tracks.output.png,
            rules.draw_register.output.png,
        ],
        recordings=data_files("audio"),
        wavs=predictions(f"{RUN}/audio/{{row}}.{{seed}}/wavs.tsv"),
    output:
        page=report(f"{RUN}/report.html", category="Listen", caption="../report/page.rst"),
    log:
        f"{RUN}/logs/page.log",
    benchmark:
        f"{RUN}/benchmarks/page.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        run=config["run"],
        inputs=INPUTS,
        data=lambda w: DATA,
        name=config["data"]["name"],
        options=flags("split.unit", "evaluation.tracker", "roll.source"),
    shell:
        "python scripts/page.py --run {params.run} --name {params.name} --data {params.data:q}"
        " --table {input.table:q} --paired {input.paired:q} --table2 {input.table2:q} --against {input.against:q}"
        " --seeds {input.seeds:q} --instruments {input.instruments:q} --families {input.families:q}"
        " --published {input.published:q} --inputs {params.inputs} --split {input.split:q}"
        " --figures {input.figures:q} --wavs {input.wavs:q} {params.options}"
        " --out {output.page:q} > {log:q} 2>&1"


ANSWERS = sorted(map(str, Path(f"{RUN}/listening/answers").glob("*.json*")))

# Once somebody has answered, no rule makes the page and its key any more: answers can only be read with the
# key of the study that was heard.
if not ANSWERS:

    # On demand (snakemake results/<run>/listening/page.html): people have to be asked.
    rule listening_kit:
        input:
            code=code("listening_kit"),
            parts=[
                f"scripts/vimusic/listening/{name}"
                for name in ("page.html", "page.css", "page.js", "session.js")
            ],
            split=rules.make_split.output.split,
            recordings=data_files("audio"),
            notes=data_files("notes"),
            wavs=expand(f"{RUN}/audio/{{row}}/wavs.tsv", row=["soundfont.0", *TRAINED]),
        output:
            page=protected(f"{RUN}/listening/page.html"),
            key=protected(f"{RUN}/listening/key.json"),
        log:
            f"{RUN}/logs/listening_kit.log",
        benchmark:
            f"{RUN}/benchmarks/listening_kit.tsv"
        conda:
            "../../envs/evaluate.yaml"
        resources:
            mem_mb=2000,
            runtime=10,
        params:
            data=lambda w: DATA,
            name=config["data"]["name"],
            options=flags("audio.sample_rate"),
        shell:
            "python scripts/listening_kit.py --split {input.split:q} --data {params.data:q}"
            " --name {params.name} --wavs {input.wavs:q} {params.options}"
            " --page {output.page:q} --key {output.key:q} > {log:q} 2>&1"


# From the answers in results/<run>/listening/answers, or the paper's rows alone where there are none.
rule table2:
    input:
        code=code("table2"),
        key=[f"{RUN}/listening/key.json"] if ANSWERS else [],
        answers=ANSWERS,
        published="workflow/resources/published.csv",
    output:
        table=f"{RUN}/tables/table2.csv",
        markdown=report(
            f"{RUN}/tables/table2.md", category="Table 2", caption="../report/table2.rst"
        ),
        latex=f"{RUN}/tables/table2.tex",
    log:
        f"{RUN}/logs/table2.log",
    benchmark:
        f"{RUN}/benchmarks/table2.tsv"
    conda:
        "../../envs/evaluate.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        answers=(
            f"--key {RUN}/listening/key.json --answers {RUN}/listening/answers" if ANSWERS else ""
        ),
        tables=lambda w: f"{RUN}/tables",
    shell:
        "python scripts/table2.py {params.answers} --published {input.published:q}"
        " --out {params.tables:q} > {log:q} 2>&1"
