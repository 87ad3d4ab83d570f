# Silent video of a musician to sound: the paper "Visually Indicated Music" as one DAG.
#
#   snakemake --cores 8 --resources gpu=1                    the paper, on URMP (config.yaml)
#   snakemake --workflow-profile workflow/profiles/demo      the same on built-in synthetic data
#   snakemake --workflow-profile workflow/profiles/slurm     the paper, on a Slurm cluster
#
# Results lie in results/<run>/; see README.md.


configfile: "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/features.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/infer.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/paper.smk"


# On a cluster these run where Snakemake runs: a second each, not worth a place in the queue.
localrules:
    all,
    features,
    collect_validation,
    check_validation,
    validate,
    make_split,


rule all:
    default_target: True
    input:
        f"{RUN}/tables/table1.md",
        f"{RUN}/tables/table2.md",
        f"{RUN}/figures/validation.png",
        f"{RUN}/figures/figure1.pdf",
        f"{RUN}/figures/figure2.pdf",
        expand(f"{RUN}/figures/clip_{{row}}.mp4", row=SEERS),
        expand(f"{RUN}/figures/sound_{{row}}.wav", row=SOUNDING),
        f"{RUN}/report.html",


onstart:
    run(claim_results)


onsuccess:
    show_results()


onerror:
    show_errors()
