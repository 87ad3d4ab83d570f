"""Give a silent video a voice: every player of any video through a trained model (paper 3.5).

    vimusic sonify concert.mp4 --midi score.mid -o heard.mp4
    vimusic sonify --midi score.mid -o heard.wav
    vimusic sonify concert.mp4 --model MODEL --players 2        a model that sees, of results/<run>/models/

Without --model real instruments of URMP play the score; they see nothing of the picture.

Players stand side by side and count from the left. Without --players and --crop there are as many as other
options name, else as many as the score has parts, else one, and each is found by what moves. --dry-run says
what was understood, shows the crops in a picture beside the output, and writes nothing else.
"""

import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import cv2
import numpy as np
from tqdm import tqdm

from vimusic.data.urmp import INSTRUMENTS
from vimusic.errors import UserError, run, whole_file
from vimusic.features.contact import middle_frame, outlined, write_png
from vimusic.features.crops import CROPS
from vimusic.features.encoders import ENCODERS
from vimusic.features.film import COPIED, Film, check_target, mux, probe, suffix_for
from vimusic.features.landmarks import tracker
from vimusic.features.parts import Part, match, placed, read_score_parts, span
from vimusic.features.skeleton import draw_skeleton
from vimusic.features.video import Crop, crop_players
from vimusic.models.concert import Player, mix, perform
from vimusic.models.given import check_given
from vimusic.models.predictor import Predictor
from vimusic.models.vocoders import chosen
from vimusic.options import Bare, program
from vimusic.settings import ARITHMETICS, SCORE, default

TAIL = 1.0  # s after the last note, where there is no film to say how long


def counted(given: dict[str, Sequence], parts: Sequence[Part]) -> int:
    """How many players the options ``given`` name, else as many as there are ``parts``, else one.

    Raises
    ------
    UserError
        Options that disagree.
    """
    counts = {option: len(words) for option, words in given.items() if words}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{count} by {option}" for option, count in counts.items())
        raise UserError(f"how many players are there? {told}; let them agree")
    return next(iter(counts.values()), len(parts) or 1)


def cropped(film: Film, squares: Sequence[tuple[int, int, int]], how: str, count: int) -> list[Crop]:
    """The ``squares`` (x, y, side), in pixels of the film as displayed; without any, what the way of
    cropping ``how`` finds of ``count`` players.

    Raises
    ------
    UserError
        A square that does not lie inside the picture.
    """
    for x, y, side in squares:
        if min(x, y) < 0 or side < 2 or x + side > film.width or y + side > film.height:
            raise UserError(
                f"--crop {x},{y},{side}: does not lie inside the picture of {film.width}x{film.height}"
            )
    if squares:
        return [Crop(x, y, side, side) for x, y, side in squares]
    players = [SimpleNamespace(slot=1 + k, players=count, crop_side="") for k in range(count)]
    return CROPS[how](film.path, players)


def cast(
    parts: Sequence[Part],
    count: int,
    codes: Sequence[str],
    tracks: Sequence[str],
    reads: Sequence[str],
    clock: tuple[float, float, float],
) -> list[Player]:
    """``count`` players with what they play of the ``parts``, by ``tracks`` or ``match``.

    Parameters
    ----------
    codes : of the instruments, those that the score names if empty.
    reads : what the model reads.
    clock : seconds, offset and factor of ``placed``.

    Raises
    ------
    UserError
        A part for an instrument that is none of URMP's, a score that lies outside the film, or as ``match``.
    """
    chosen = match(parts, count, codes, tracks) if parts else [([], "")] * count
    players = []
    for number, (mine, how) in enumerate(chosen, 1):
        told, notes, code = [f"player {number}"], None, codes[number - 1] if codes else None
        if "instrument" in reads:
            code = code or next((part.instrument for part in mine if part.instrument), None)
            if code is None:
                known = " ".join(INSTRUMENTS)
                raise UserError(f"{mine[0]} is for none of {known}; choose with --instruments")
            told.append(INSTRUMENTS[code][0])
        if mine:
            whole = [note for part in mine for note in part.notes]
            notes = sorted(placed(whole, *clock))
            told += [f"{' + '.join(map(str, mine))} by {how}", f"{len(notes)} notes"]
            if notes:
                told.append(f"{notes[0][0]:.2f} to {max(end for _, end, _ in notes):.2f} s")
            if len(notes) < len(whole):
                told.append(f"{len(whole) - len(notes)} more lie outside the film")
        players.append(Player(", ".join(told), notes, code))
    if parts and not any(player.notes for player in players):
        seconds, offset, factor = clock
        begin, end = (factor * time + offset for time in span([part for mine, _ in chosen for part in mine]))
        raise UserError(
            f"the score lies outside the film: {begin:.2f} to {end:.2f} s, the film lasts {seconds:.2f} s; "
            "move it with --midi-offset or fit it with --midi-stretch"
        )
    unplayed = [str(part) for part in parts if not any(part in mine for mine, _ in chosen)]
    if unplayed:
        print(f"nobody plays {', '.join(unplayed)}: --tracks says who plays what")
    return players


def with_joints(picture: np.ndarray, crops: Sequence[Crop], size: int) -> np.ndarray:
    """A ``picture`` of the film, (H, W, 3) uint8 RGB, with each player's skeleton, found in its crop at the
    ``size`` that the model sees."""
    drawn = picture.copy()
    for crop in crops:
        box = (crop.x, crop.y, crop.width, crop.height)
        cut = picture[crop.y : crop.y + crop.height, crop.x : crop.x + crop.width]
        draw_skeleton(drawn, tracker()(cv2.resize(cut, (size, size), interpolation=cv2.INTER_AREA)), box)
    return drawn


def told_of(predictor: Predictor) -> str:
    """What the model reads, what plays what it sees, and what each was trained on: a line each."""
    recipe = predictor.recipe
    reads = dict.fromkeys(
        "notes" if name in SCORE else name for name in (*recipe.inputs, *sorted(predictor.inputs))
    )
    told = f"model: {predictor.name} ({recipe.row}), reads {' and '.join(reads)}"
    synthetic = ", which is SYNTHETIC: it knows drawn players and generated sound, no real ones"
    if "video" in recipe.inputs and not hasattr(ENCODERS[recipe.encoder], "reader"):
        told += f" in {predictor.arithmetic}"
    lines = [f"{told}, trained on {recipe.data}{synthetic * (recipe.data == 'mini-urmp')}"]
    if predictor.voice is not None:
        spoken = predictor.voice.recipe
        lines.append(
            f"voice: {predictor.voice.name} ({spoken.row}), trained on {spoken.data}"
            f"{synthetic * (spoken.data == 'mini-urmp')}"
        )
    return "\n".join(lines)


def render(
    predictor: Predictor,
    film: Film | None,
    players: Sequence[Player],
    crops: Sequence[Crop],
    seconds: float,
    out: Path,
    inference: Mapping[str, Any],
) -> None:
    """Write the sound of the ``players`` in their ``crops`` of ``film`` to ``out``, with its picture unless
    that is a wav, and of several each beside it, as ``out.1.wav``: all of them or none."""
    begun, count = time.monotonic(), len(players)
    names = [out.with_suffix(f".{number}.wav") for number in range(1, count + 1)] if count > 1 else []
    with ExitStack() as stack:
        *each, whole = (stack.enter_context(whole_file(path)) for path in (*names, out))
        # On the disk of the output, which is asked where a write fails.
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix=f".{out.stem}.", dir=out.parent))
        )
        frames = None
        if crops:
            recipe = predictor.recipe
            pictures = crop_players(film.path, crops, [0] * count, recipe.size, recipe.fps)
            total = round(seconds * recipe.fps) * count
            bar = stack.enter_context(tqdm(pictures, "watching", total, unit=" frames", disable=None))
            frames = iter(bar)
        sounds = perform(predictor, players, seconds, frames, folder, inference)
        wav = whole if out.suffix.lower() == ".wav" else folder / "mix.wav"
        mix(sounds, wav, each)
        if wav != whole:
            mux(film, wav, whole)
    print(*names, out, sep="\n")
    took = time.monotonic() - begun
    print(f"{seconds:.2f} s of sound for {count} in {took:.1f} s: {seconds / took:.2f} times real time")


@program
def main(
    video: Annotated[Path | None, Bare("any video that FFmpeg reads")] = None,
    model: Annotated[
        Path | None, "trained weights, or their folder; if not given, real instruments that come along"
    ] = None,
    voice: Annotated[Path | None, "of a model that sees notes: weights that play them"] = None,
    out: Annotated[Path | None, f"{', '.join(COPIED)} or .wav; if not given, beside the input"] = None,
    midi: Annotated[Path | None, "the score, on the film's clock (.mid)"] = None,
    players: Annotated[int | None, "how many there are; cropped as for the model's training"] = None,
    crop: Annotated[list[tuple[int, int, int]], "x,y,side of a player in pixels; again for each"] = [],  # noqa: B006
    instruments: Annotated[tuple[str, ...], "of the players, vn,cl; if not given, as the score says"] = (),
    tracks: Annotated[tuple[str, ...], "of the score, for each player, 2,1; 1+2 are one player's"] = (),
    midi_offset: Annotated[float, "s by which the score is moved"] = 0.0,
    midi_stretch: Annotated[bool, "stretch the score to end with the film"] = False,
    vocoder: str = default("inference.vocoder"),
    iterations: int = default("inference.iterations"),
    weights: str = default("inference.weights"),
    arithmetic: Annotated[
        Literal["auto", *ARITHMETICS],
        "in which frames are encoded: the later the faster, and the less exact; auto: as the processor has",
    ] = "auto",
    dry_run: Annotated[bool, "say what was understood and show the crops, compute nothing"] = False,
) -> None:
    if not video and not midi:
        raise UserError("name a video, or a score with --midi; --help explains the options")
    named = video or midi
    out = out or named.with_suffix(f".sound{suffix_for(video)}")
    check_target(out, video)
    for option, value in (("--players", players), ("--iterations", iterations)):
        if value is not None and value < 1:
            raise UserError(f"{option} {value}: give 1 or more")
    for code in instruments:
        if code not in INSTRUMENTS:
            raise UserError(f"--instruments: no {code}; there are {' '.join(INSTRUMENTS)}")
    chosen(vocoder, iterations, weights)  # tells of one that is not there before the work, not after it
    inference = {"vocoder": vocoder, "iterations": iterations, "weights": weights}
    film = probe(video) if video else None
    model, voice = (path / "model.safetensors" if path and path.is_dir() else path for path in (model, voice))
    predictor = Predictor.load(model, arithmetic=arithmetic, voice=voice)
    each = {"--crop": crop, "--instruments": instruments, "--tracks": tracks}
    score = {"--midi": midi, "--midi-offset": midi_offset, "--midi-stretch": midi_stretch}
    check_given(str(predictor.name), predictor.inputs, bool(film), each | score)

    parts = read_score_parts(midi) if midi else []
    count = counted({"--players": range(players or 0)} | each, parts)
    end = span(parts)[1] if parts else 0.0
    seconds = film.seconds if film else end + midi_offset + TAIL
    factor = max(0.0, seconds - midi_offset) / end if midi_stretch else 1.0
    reads = predictor.inputs
    found = cast(parts, count, instruments, tracks, reads, (seconds, midi_offset, factor))
    how = "--crop" if crop else (predictor.recipe.crops or "equal") if players else "auto"
    crops = cropped(film, crop, how, count) if "video" in reads else []

    if film:
        print(film)
    if film and out.suffix.lower() in COPIED:
        print(f"picture: {film.becomes(out.suffix)}")
    print(told_of(predictor))
    for player, square in zip(found, crops or [None] * count, strict=True):
        where = f", {square.width}x{square.height} at {square.x},{square.y} ({how})" if square else ""
        print(f"{player.told}{where}")
    if not dry_run:
        render(predictor, film, found, crops, seconds, out, inference)
    elif crops:
        preview = out.with_suffix(".preview.png")
        labels = [str(number) for number in range(1, count + 1)]
        picture, joints = middle_frame(video), predictor.recipe.encoder == "pose"
        if joints:
            picture = with_joints(picture, crops, predictor.recipe.size)
        write_png(preview, outlined(picture, crops, labels))
        print(f"{preview}: the crops{' and the joints that are found' * joints}")


if __name__ == "__main__":
    run(main)
