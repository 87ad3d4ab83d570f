"""Every frame of a piece through a frozen encoder, once (paper 3.3, visual encoder)."""

from pathlib import Path

import numpy as np
import torch

from vimusic.errors import run, whole_file
from vimusic.features.embedding import embed, make_encoder, resolved
from vimusic.features.frames import FrameStore
from vimusic.options import program, settings


@program
@settings("encoder.weights", "encoder.seed", "encoder.arithmetic")
def main(encoder: str, frames: Path, tracks: list[int], threads: int, out: Path, settings):
    torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    arithmetic = resolved(settings.encoder.arithmetic, device)
    network = make_encoder(encoder, settings.encoder.weights, settings.encoder.seed).to(device)
    visual = {}
    for track in tracks:
        embedded = embed(network, FrameStore(frames, track), device, arithmetic)
        visual[str(track)] = embedded.astype(network.stored)
        print(f"{frames} {track}: {embedded.shape} on {device} in {arithmetic}", flush=True)
    with whole_file(out) as temporary:
        np.savez(temporary, **visual)


if __name__ == "__main__":
    run(main)
