"""Figure 1: the architecture, drawn from this run's numbers (paper Figure 1)."""

from vimusic.errors import run
from vimusic.report.figures import architecture, save
from vimusic.options import add_timebase, parser, timebase


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--size", type=int, required=True, help="side of a crop, pixels")
    options.add_argument("--n-mels", type=int, required=True)
    options.add_argument("--components", type=int, required=True, help="of frozen embeddings")
    options.add_argument("--fusion", type=int, required=True, help="width of the projection")
    options.add_argument("--decoder", type=int, required=True, help="width of the decoder LSTM")
    add_timebase(options)
    options.add_argument("--out", nargs="+", required=True, help="figure files (.pdf, .png)")
    args = options.parse_args(argv)

    widths = args.components, args.fusion, args.decoder
    save(architecture(timebase(args), args.size, args.n_mels, *widths), args.out)


if __name__ == "__main__":
    run(main)
