"""Download one file of a piece from a mirror that keeps them one by one."""

from vimusic.download import download
from vimusic.errors import run
from vimusic.options import parser
from vimusic.remotes import address


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--remote", required=True, help="name of a remote of kind file")
    options.add_argument("--remotes", required=True, help="table of remotes")
    options.add_argument("--piece", required=True, help="such as 01_Jupiter_vn_vc")
    options.add_argument("--file", required=True, help="name of the file in the piece's folder")
    options.add_argument("--out", required=True)
    args = options.parse_args(argv)

    url, source = address(args.remotes, args.remote, "file", args.piece, args.file)
    size, sha256 = download(url, args.out, source)
    print(f"{args.out}: {size} bytes, sha256 {sha256}")


if __name__ == "__main__":
    run(main)
