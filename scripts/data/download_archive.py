"""Download the dataset's archive; a broken transfer goes on where it stopped."""

from vimusic.data.download import download
from vimusic.errors import run
from vimusic.options import parser
from vimusic.data.remotes import address


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--remote", required=True, help="name of a remote of kind archive")
    options.add_argument("--remotes", required=True, help="table of remotes")
    options.add_argument("--out", required=True, help="the archive")
    args = options.parse_args(argv)

    url, source = address(args.remotes, args.remote, "archive")
    size, sha256 = download(url, args.out, source)
    print(f"{args.out}: {size} bytes, sha256 {sha256}")


if __name__ == "__main__":
    run(main)
