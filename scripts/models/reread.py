"""Log-mels put together by the second reading of the paper's lengths: a control for its pitch accuracy."""

import numpy as np

from vimusic.models.second_reading import concat
from vimusic.errors import run, whole_file
from vimusic.options import add_timebase, parser, timebase


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--mels", required=True, help=".npz, T x n_mels per stem")
    add_timebase(options)
    options.add_argument("--out", required=True, help=".npz")
    args = options.parse_args(argv)

    with np.load(args.mels) as mels, whole_file(args.out) as temporary:
        np.savez(temporary, **{stem: concat(mels[stem], timebase(args)) for stem in mels})


if __name__ == "__main__":
    run(main)
