# Silent video of a musician to sound: the paper "Visually Indicated Music" as one DAG.
#
#   snakemake --cores 8 --resources gpu=1                    the paper, on URMP (config.yaml)
#   snakemake --workflow-profile workflow/profiles/demo      the same on built-in synthetic data
#   snakemake --workflow-profile workflow/profiles/slurm     the paper, on a Slurm cluster
#
# From anywhere: snakemake --snakefile <this file> --directory <where results/ goes>. See README.md.


configfile: f"{workflow.basedir}/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/features.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        f"{RUN}/tables/table1.md",
        f"{RUN}/tables/table2.md",
        f"{RUN}/tables/mix.md",
        f"{RUN}/tables/reading.md",
        expand(f"{RUN}/figures/{{figure}}.png", figure=FIGURES),
        [f"{RUN}/figures/clip_{row.name}.mp4" for row in SHOWN if row.crops],
        [f"{RUN}/figures/sound_{row.name}.{row.seed}.wav" for row in SHOWN],
        f"{RUN}/report.html",
    localrule: True


onstart:
    # Snakemake 9.27 looks through its queue again a second after each look, once more for every job that has
    # finished: after some hundred jobs that takes half a core. Its limit, 100 jobs a second, is not missed.
    workflow.scheduler.job_rate_limiter = None
    run(claim_results)


onsuccess:
    show_results()


onerror:
    show_errors()
