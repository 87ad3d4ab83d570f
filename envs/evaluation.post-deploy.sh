# Run by Snakemake after it has made the environment: conda's pip knows no --no-deps for one package.
pip install --no-deps basic-pitch==0.4.0
