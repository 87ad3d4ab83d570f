# Purpose: the paper's figures and those of scores, films, sounds, the listening study, a page (paper 3.4, 4).
# Inputs:  tables, histories, predicted and true mels, wavs
# Outputs: RUN/figures/, RUN/tables/{table2,pitch_tracks,register}.*, RUN/listening/, RUN/report.html

from vimusic.registry import said
from vimusic.report.heldout import HEARD, SEEN

ALL_ROWS = rules.list_rows.output.rows
TRAINED = trained(ROWS)
SHOWN = [*named(ROWS, *HEARD), *TRAINED]

# What each figure is drawn from: the options of its draw(). Files that these lead to are in BEHIND.
READS = {
    "figure1": {},
    "figure2": {"rows": ALL_ROWS, "split": SPLITS[0], "features": FEATURES},
    "learning_curves": {"rows": ALL_ROWS},
    "instruments": {"rows": ALL_ROWS, "table": f"{RUN}/tables/per_instrument.csv"},
    "pitch_tracks": {"table": f"{RUN}/tables/pitch_tracks.csv"},
    "register": {"table": f"{RUN}/tables/register.csv"},
    "validation": {"table": f"{RUN}/validation.tsv"},
}
BEHIND = {
    "figure2": [*stem_files("mel.npy"), *(row.mels for row in TRAINED)],
    "learning_curves": [
        str(Path(row.model).with_name("history.csv"))
        for row in ROWS
        if row.kind == "variant" and not row.control
    ],
}
# A row that sees joints shows them.
POSED = [row for row in config["rows"] if any(Path(path).stem == "pose" for path in seen(row))]
if POSED:
    READS["skeleton"] = {"split": SPLITS[0], "points": seen(POSED[0])}
    BEHIND["skeleton"] = piece_files(f"{crops_of(POSED[0])}/frames.zip")
FIGURES = list(READS)
CATEGORIES = {"figure2": "One held-out stem", "validation": "Data", "skeleton": "Crops"}


rule draw:
    input:
        code=lambda w: code("draw", f"report.figures.{w.figure}"),
        reads=lambda w: [
            path
            for read in READS[w.figure].values()
            for path in ([read] if isinstance(read, str) else read)
            if path != FEATURES
        ],
        behind=lambda w: BEHIND.get(w.figure, []),
    output:
        pdf=f"{RUN}/figures/{{figure}}.pdf",
        png=report(
            f"{RUN}/figures/{{figure}}.png",
            category=lambda w: CATEGORIES.get(w.figure, "Figures"),
            # Figure 2 lies beside the film and the sounds of its stem, which have these labels.
            labels=lambda w: (
                {"row": "all", "shows": "Figure 2"}
                if w.figure == "figure2"
                else {"figure": w.figure}
            ),
            caption="../report/figure.rst",
        ),
    log:
        f"{RUN}/logs/draw/{{figure}}.log",
    wildcard_constraints:
        figure="|".join(FIGURES),
    conda:
        "../../envs/evaluation.yaml"
    params:
        settings=lambda w: flags(
            *settings_of(HOME / f"scripts/vimusic/report/figures/{w.figure}.py", "draw")
        ),
        reads=lambda w: options(**READS[w.figure]),
        caption=lambda w: said(f"report.figures.{w.figure}"),
    shell:
        "python {input.code[0]:q} --figure {wildcards.figure} {params.reads} {params.settings}"
        " --out {output.pdf:q} {output.png:q} > {log:q} 2>&1"


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
        "../../envs/evaluation.yaml"
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
        splits=SPLITS,
        features=stem_files("mel.npy"),
        notes=data_files("notes"),
        mels=[row.mels for row in ROWS if row.name in {*SEEN, *config["rows"]}],
    output:
        errors=f"{RUN}/tables/register.csv",
    log:
        f"{RUN}/logs/collect_register.log",
    conda:
        "../../envs/evaluation.yaml"
    params:
        settings=settings_for("collect_register"),
        data=lambda w: DATASET.folder,
        features=lambda w: FEATURES,
    shell:
        "python {input.code[0]:q} --rows {input.rows:q} --splits {input.splits:q}"
        " --data {params.data:q} --features {params.features:q} {params.settings}"
        " --out {output.errors:q} > {log:q} 2>&1"


# The crops of a held-out stem with the sound of a row: what it saw, what it made of it.
rule show_clip:
    input:
        code=code("show_clip"),
        split=SPLITS[0],
        frames=lambda w: piece_files(f"{crops_of(w.row)}/frames.zip"),
        points=lambda w: seen(w.row) if w.row in POSED else [],
        wavs=lambda w: named(ROWS, w.row)[0].wavs,
    output:
        film=report(
            f"{RUN}/figures/clip_{{row}}.mp4",
            category="One held-out stem",
            labels={"row": "{row}", "shows": "film"},
            caption="../report/clip.rst",
        ),
    log:
        f"{RUN}/logs/show_clip/{{row}}.log",
    conda:
        "../../envs/features.yaml"
    params:
        settings=settings_for("show_clip"),
        features=lambda w: FEATURES,
        crops=lambda w: crops_of(w.row),
        skeleton=lambda w: "--skeleton" if w.row in POSED else "",
    shell:
        "python {input.code[0]:q} --split {input.split:q} --features {params.features:q}"
        " --crops {params.crops} --wavs {input.wavs:q} {params.skeleton} {params.settings}"
        " --out {output.film:q} > {log:q} 2>&1"


# A list of the stems' wavs is what synthesize makes; the report embeds files.
rule show_sound:
    input:
        code=code("show_sound"),
        split=SPLITS[0],
        wavs=f"{RUN}/{FOLDS[0]}audio/{{made}}/wavs.tsv",
    output:
        sound=report(
            f"{RUN}/figures/sound_{{made}}.wav",
            category="One held-out stem",
            labels={"row": "{made}", "shows": "sound"},
            caption="../report/sound.rst",
        ),
    log:
        f"{RUN}/logs/show_sound/{{made}}.log",
    conda:
        "../../envs/evaluation.yaml"
    shell:
        "python {input.code[0]:q} --split {input.split:q} --wavs {input.wavs:q}"
        " --out {output.sound:q} > {log:q} 2>&1"


rule write_page:
    input:
        code=code(
            "write_page",
            *(f"report.figures.{name}" for name in FIGURES),
            *(f"models.baselines.{name}" for name in names("models.baselines")),
            *(f"models.players.{name}" for name in names("models.players")),
        ),
        rows=ALL_ROWS,
        splits=SPLITS,
        features=stem_files("mel.npy"),
        mels=[row.mels for row in ROWS],
        wavs=[row.wavs for row in ROWS],
        table=rules.table1.output.table,
        paired=rules.table1.output.paired,
        table2=f"{RUN}/tables/table2.csv",
        against=rules.table1.output.against,
        seeds=rules.table1.output.seeds,
        instruments=rules.table1.output.instruments,
        families=rules.table1.output.families,
        mix=rules.mix.output.table,
        mixes=rules.mix.output.mixes,
        published=PUBLISHED,
        figures=expand(f"{RUN}/figures/{{figure}}.png", figure=FIGURES),
        films=[f"{RUN}/figures/clip_{row.name}.mp4" for row in TRAINED if row.crops],
    output:
        page=report(f"{RUN}/report.html", category="Listen", caption="../report/page.rst"),
    log:
        f"{RUN}/logs/write_page.log",
    conda:
        "../../envs/evaluation.yaml"
    params:
        settings=settings_for("write_page"),
        run=config["run"],
        features=lambda w: FEATURES,
        films=lambda w, input: options(films=input.films) if input.films else "",
    shell:
        "python {input.code[0]:q} --run {params.run} --rows {input.rows:q} --splits {input.splits:q}"
        " --features {params.features:q} --table {input.table:q}"
        " --paired {input.paired:q} --table2 {input.table2:q} --against {input.against:q}"
        " --seeds {input.seeds:q} --instruments {input.instruments:q} --families {input.families:q}"
        " --mix {input.mix:q} --mixes {input.mixes:q}"
        " --published {input.published:q} --figures {input.figures:q} {params.films}"
        " {params.settings} --out {output.page:q} > {log:q} 2>&1"


ANSWERS = sorted(map(str, Path(f"{RUN}/listening/answers").glob("*.json*")))

# Once somebody has answered, no rule makes the page and its key any more: answers can only be read with the
# key of the study that was heard.
if not ANSWERS:

    # On demand (snakemake results/<run>/listening/page.html): people have to be asked.
    rule listening_kit:
        input:
            code=code("listening_kit"),
            rows=ALL_ROWS,
            split=SPLITS[0],
            recordings=data_files("audio"),
            notes=data_files("notes"),
            wavs=[row.wavs for row in [*named(ROWS, "soundfont"), *TRAINED]],
        output:
            page=protected(f"{RUN}/listening/page.html"),
            key=protected(f"{RUN}/listening/key.json"),
        log:
            f"{RUN}/logs/listening_kit.log",
        conda:
            "../../envs/evaluation.yaml"
        params:
            settings=settings_for("listening_kit"),
            data=lambda w: DATASET.folder,
        shell:
            "python {input.code[0]:q} --rows {input.rows:q} --split {input.split:q}"
            " --data {params.data:q} {params.settings}"
            " --page {output.page:q} --key {output.key:q} > {log:q} 2>&1"


# From the answers in results/<run>/listening/answers, or the paper's rows alone where there are none.
rule table2:
    input:
        code=code("table2"),
        key=[f"{RUN}/listening/key.json"] if ANSWERS else [],
        answers=ANSWERS,
        published=PUBLISHED,
    output:
        table=f"{RUN}/tables/table2.csv",
        markdown=report(
            f"{RUN}/tables/table2.md", category="Table 2", caption="../report/table2.rst"
        ),
        latex=f"{RUN}/tables/table2.tex",
    log:
        f"{RUN}/logs/table2.log",
    conda:
        "../../envs/evaluation.yaml"
    params:
        answers=(
            f"--key {RUN}/listening/key.json --answers {RUN}/listening/answers" if ANSWERS else ""
        ),
    shell:
        "python {input.code[0]:q} {params.answers} --published {input.published:q}"
        " --table {output.table:q} --markdown {output.markdown:q} --latex {output.latex:q}"
        " > {log:q} 2>&1"
