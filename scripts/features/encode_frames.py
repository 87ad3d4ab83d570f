"""Every frame of a piece through the frozen ResNet-18, once (paper 3.3, visual encoder)."""

import numpy as np
import torch

from vimusic.features.encoder import FrameEncoder, embed
from vimusic.errors import run, whole_file
from vimusic.features.frames import FrameStore
from vimusic.options import parser


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--frames", required=True, help="the piece's frame store")
    options.add_argument("--tracks", type=int, nargs="+", required=True)
    options.add_argument("--weights", choices=("imagenet", "none"), required=True)
    options.add_argument("--seed", type=int, required=True, help="of random weights")
    options.add_argument("--threads", type=int, required=True)
    options.add_argument("--out", required=True, help=".npz, V x 512 float16 per track")
    args = options.parse_args(argv)

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    encoder = FrameEncoder(args.weights).eval().to(device)
    visual = {}
    for track in args.tracks:
        embedded = embed(encoder, FrameStore(args.frames, track), device)
        visual[str(track)] = embedded.astype(np.float16)
        print(f"{args.frames} {track}: {embedded.shape} on {device}", flush=True)
    with whole_file(args.out) as temporary:
        np.savez(temporary, **visual)


if __name__ == "__main__":
    run(main)
