"""Download the dataset's archive; a broken transfer goes on where it stopped."""

from pathlib import Path
from typing import Annotated

from vimusic.data.download import download
from vimusic.data.remotes import address
from vimusic.errors import run
from vimusic.options import program


@program
def main(remote: Annotated[str, "name of a remote of kind archive"], remotes: Path, out: Path):
    url, source = address(remotes, remote, "archive")
    size, sha256 = download(url, out, source)
    print(f"{out}: {size} bytes, sha256 {sha256}")


if __name__ == "__main__":
    run(main)
