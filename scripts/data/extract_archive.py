"""Unpack the files that the inventory names from the dataset's archive."""

from vimusic.data.archive import extract
from vimusic.errors import run, whole_file
from vimusic.options import parser
from vimusic.data.urmp import files_of, read_stems


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--archive", required=True, help=".tar.gz")
    options.add_argument("--stems", required=True, help="inventory table")
    options.add_argument("--select", nargs="*", default=[], help="pieces or stems to keep")
    options.add_argument("--folder", required=True, help="where the pieces' folders go")
    options.add_argument("--out", required=True, help="manifest: file, bytes, sha256")
    args = options.parse_args(argv)

    manifest = extract(args.archive, args.folder, files_of(read_stems(args.stems, args.select)))
    with whole_file(args.out) as temporary:
        manifest.to_csv(temporary, sep="\t", index=False)
    absent = manifest.file[manifest.sha256 == ""]
    print(f"{args.folder}: {len(manifest) - len(absent)} of {len(manifest)} files unpacked")
    for name in absent:
        print(f"absent: {name}")


if __name__ == "__main__":
    run(main)
