"""Give a silent video a voice: one player of any video through a trained model (paper 3.5).

    python scripts/sonify.py --video my.mp4 --model results/demo/models/vision.0/model.pt --out heard.mp4

A model that reads notes too needs --midi, on the video's clock; one that reads the instrument,
--instrument.
"""

import tempfile
from pathlib import Path

import ffmpeg
import imageio_ffmpeg
import numpy as np
import torch

from vimusic.features import audio, video
from vimusic.models.clips import CODES, Stem
from vimusic.features.encoder import FrameEncoder, computes_bf16, embed
from vimusic.errors import UserError, run, whole_file
from vimusic.features.frames import FrameStore, FrameWriter
from vimusic.models.inference import encoder_of, exact, predict
from vimusic.models.regressor import load
from vimusic.options import parser
from vimusic.features.roll import piano_roll, read_midi
from vimusic.timebase import TimeBase


def frame_store(path, out, crops, slot, players, size, clock):
    """Crops of one player as a FrameStore at ``out``."""
    rows = video.picture_rows(path)
    with video.open_video(path) as (_, stream):
        crop = video.equal_crop(stream.width, stream.height, rows, slot, players)
    if crops == "auto":
        (crop,) = video.auto_crop(path, [crop])
    with FrameWriter(out) as store:
        for _, frame in video.crop_players(path, [crop], [0], size, clock.fps):
            store.append(1, frame)
    frames = FrameStore(out, 1)
    if len(frames) < clock.window:
        raise UserError(f"{path}: gives {len(frames)} frames, fewer than one window of {clock.window}")
    return frames


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--video", required=True, help="any video that FFmpeg reads")
    options.add_argument("--model", required=True, help="results/<run>/models/<variant>.<seed>/model.pt")
    options.add_argument("--slot", type=int, default=1, help="which player, from the left")
    options.add_argument("--players", type=int, default=1, help="how many there are")
    options.add_argument("--midi", help="notes, for a model that reads them")
    options.add_argument("--instrument", choices=CODES, default=CODES[0])
    options.add_argument("--iterations", type=int, default=64, help="of Griffin-Lim")
    options.add_argument(
        "--float32",
        action="store_true",
        help="encode in float32; else in bfloat16, in half the time, where the processor computes in it",
    )
    options.add_argument("--out", required=True, help=".wav (sound) or .mp4 (the video with it)")
    args = options.parse_args(argv)

    out = Path(args.out)
    if out.suffix not in (".wav", ".mp4"):
        raise UserError(f"{out}: name a .wav or an .mp4")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model, made = load(args.model)
    inputs = made["recipe"]["inputs"]
    if "video" not in inputs:
        raise UserError(f"{args.model}: reads {', '.join(inputs)} and no video; take a vision variant")
    if "roll" in inputs and not args.midi:
        raise UserError(f"{args.model}: reads notes as well; give them with --midi")
    clock = TimeBase(**made["timebase"])
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "frames.zip"
        size, crops = made["size"], made["crops"]
        frames = frame_store(args.video, store, crops, args.slot, args.players, size, clock)
        seconds = len(frames) / clock.fps
        samples = round(seconds * clock.sample_rate)
        length = clock.mel_frames(samples)
        blank = np.zeros((length, made["recipe"]["n_mels"]), np.float32)
        roll = piano_roll(read_midi(args.midi), length, clock) if "roll" in inputs else None
        if made["recipe"]["finetuned"]:
            encoder = encoder_of(model)
        else:
            torch.manual_seed(made["encoder_seed"])
            encoder = FrameEncoder(made["recipe"]["weights"]).eval()
        bf16 = computes_bf16(device) and not args.float32
        with torch.autocast(device, torch.bfloat16, enabled=bf16):
            visual = embed(encoder.to(device), frames, device)
        if not made["recipe"]["finetuned"]:
            # Stored features are float16; the model has never seen finer ones.
            visual = visual.astype(np.float16).astype(np.float32)
            if made["centre"]:
                visual = visual - visual.mean(axis=0)
        stem = Stem(out.stem, blank, CODES.index(args.instrument), roll, visual)
        mel = predict(model.to(device), stem, clock, exact, device)
    signal = audio.synthesize(
        mel, clock.sample_rate, made["n_fft"], clock.hop_length, args.iterations, samples
    )
    if out.suffix == ".wav":
        audio.save(out, signal, clock.sample_rate)
    else:
        with tempfile.TemporaryDirectory() as folder, whole_file(out) as temporary:
            wav = Path(folder) / "sound.wav"
            audio.save(wav, signal, clock.sample_rate)
            picture, sound = ffmpeg.input(args.video).video, ffmpeg.input(str(wav)).audio
            # An explicit duration: -shortest drops frames.
            film = ffmpeg.output(picture, sound, str(temporary), vcodec="copy", acodec="aac", t=seconds)
            film.global_args("-loglevel", "error").overwrite_output().run(cmd=imageio_ffmpeg.get_ffmpeg_exe())
    print(f"{out}: {seconds:.2f} s of sound from {len(frames)} frames")


if __name__ == "__main__":
    run(main)
