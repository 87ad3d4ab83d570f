"""Snakemake that asks Slurm for its jobs every second.

The executor plugin (2.8.0) waits 10 s longer after each look that finds no job ended, up to three minutes,
and no setting bounds that. The tests look at what comes out, not at how patiently it is waited for.
"""

import asyncio

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

RemoteExecutor.sleep = lambda executor: asyncio.sleep(1)

if __name__ == "__main__":
    main()
