"""The film that comes out: its picture as it was, its sound on the picture's clock."""

import itertools
import subprocess
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg

from vimusic.errors import UserError
from vimusic.features.video import dimensions, length, open_video, start

# Pictures that each container, and the browsers that play it, take as they are.
COPIED = {
    ".mp4": ("h264", "hevc"),
    ".mov": ("h264", "hevc"),
    ".mkv": ("h264", "hevc", "vp8", "vp9", "av1"),
    ".webm": ("vp8", "vp9", "av1"),
}
# -fps_mode and -enc_time_base: each picture stays, where it was. H.264 in 4:2:0 wants even sides.
CODED = (
    *("-fps_mode", "passthrough", "-enc_time_base", "demux"),
    *("-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"),
)
H264 = (*CODED, "-c:v", "libx264", "-preset", "medium", "-crf", "18")
VP9 = (*CODED, "-c:v", "libvpx-vp9", "-crf", "30", "-b:v", "0", "-row-mt", "1", "-cpu-used", "4")
NO_FILMS = ("image2", "tty")  # FFmpeg's names of what it shows as a video: a picture, a text


@dataclass(frozen=True)
class Film:
    """What a video file holds.

    ``index`` is the number of the film's stream, ``codec`` what it is coded with, ``rate`` its mean in
    frames/s (0 if unknown) and ``steady`` whether all its pictures last about as long; ``seconds`` its
    length, ``late`` where its time 0 lies on the container's clock (s), ``turn`` the degrees by which it is
    turned to be displayed, ``sound`` whether it has any. ``hidden`` says that it holds pictures which an edit
    list hides, ``stamped`` that each of its packets says when it is shown.
    """

    path: Path
    index: int
    codec: str
    width: int
    height: int
    rate: float
    steady: bool
    seconds: float
    late: float
    turn: int
    sound: bool
    hidden: bool
    stamped: bool

    def __str__(self) -> str:
        rate = f"{self.rate:.6g} frames/s" if self.rate else "unknown rate"
        facts = [f"{self.seconds:.3f} s", f"{self.width}x{self.height}", self.codec]
        facts += [rate if self.steady else f"{rate} on average, variable"]
        facts += [f"turned by {self.turn} degrees"] * bool(self.turn)
        facts += [f"its clock begins at {self.late:.3f} s"] * bool(self.late)
        facts += ["has a sound, which is not used"] * self.sound
        return f"{self.path}: {', '.join(facts)}"

    def becomes(self, suffix: str) -> str:
        """What happens to its picture in a file with this ``suffix``."""
        reason = self.coded_anew(suffix)
        name = "VP9" if suffix.lower() == ".webm" else "H.264"
        return f"coded anew as {name}, because {reason}" if reason else "copied as it is"

    def coded_anew(self, suffix: str) -> str:
        """Why a file with this ``suffix`` does not take the picture as it is; empty if it does."""
        suffix = suffix.lower()
        if self.codec not in COPIED[suffix]:
            return f"{suffix} with {self.codec} is not played everywhere"
        if not self.stamped:
            return "not every picture says when it is shown"
        if self.hidden and suffix not in (".mp4", ".mov"):
            return f"{suffix} cannot hide the pictures that its edit list hides"
        return ""


def probe(path: Path) -> Film:
    """What the video at ``path`` holds; reads all of it once, without decoding.

    Raises
    ------
    UserError
        A folder, a picture, a text, or what ``open_video`` and ``length`` refuse.
    """
    if path.is_dir():
        raise UserError(f"{path}: is a folder; name a video in it")
    with open_video(path) as (container, stream):
        form = container.format.name
        if form in NO_FILMS or form.endswith("_pipe"):
            raise UserError(f"{path}: is no film; give a video")
        index, codec = stream.index, stream.codec_context.codec.canonical_name
        zero, seconds = start(container, stream), length(container, stream)
        stamps, stamped, hidden = [], True, False
        for packet in container.demux(stream):
            if packet.size and packet.pts is None:
                stamped = False
            elif packet.size and packet.is_discard:
                hidden = True
            elif packet.size:
                stamps.append(packet.pts)
                # What a file says of its length may be an estimate.
                end = (packet.pts + (packet.duration or 0)) * stream.time_base
                seconds = max(seconds, float(end) - zero)
        stamps.sort()
        gaps = [b - a for a, b in itertools.pairwise(stamps)]
        # Stamps rounded to 1 ms, as in Matroska, differ by as much.
        slack = Fraction(2, 1000) / stream.time_base
        rate, sound = float(stream.average_rate or 0), bool(container.streams.audio)
    with open_video(path) as (container, stream):
        turn = next((frame.rotation for frame in container.decode(stream)), 0)
    width, height = dimensions(path)
    if not seconds > 0:
        raise UserError(f"{path}: lasts no time; give a video of more than one picture")
    return Film(
        path=path,
        index=index,
        codec=codec,
        width=width,
        height=height,
        rate=rate,
        steady=not gaps or max(gaps) - min(gaps) <= slack,
        seconds=seconds,
        late=zero,
        turn=turn,
        sound=sound,
        hidden=hidden,
        stamped=stamped,
    )


def suffix_for(video: Path | None) -> str:
    """Of the output where none is named: the ``video``'s own, if ``COPIED`` has it; .wav without a video."""
    if not video:
        return ".wav"
    return video.suffix if video.suffix.lower() in COPIED else ".mp4"


def check_target(out: Path, video: Path | None) -> None:
    """``UserError`` unless ``out`` can be written: a name of a film or a wav, not the ``video`` itself, in a
    folder that takes files. Nothing is made."""
    known = [*COPIED, ".wav"] if video else [".wav"]
    if out.suffix.lower() not in known:
        told = "" if video else " where there is no video"
        raise UserError(f"{out}: name a {' or '.join(known)}{told}")
    if out.is_dir():
        raise UserError(f"{out}: is a folder; name a file in it")
    if video and (out.resolve() == video.resolve() or (out.exists() and out.samefile(video))):
        raise UserError(f"{out}: is the video itself; name another file")
    folder = next(folder for folder in out.absolute().parents if folder.exists())
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UserError(f"{out}: cannot be written there ({error.strerror}); name another place") from None


def mux(film: Film, wav: Path, out: Path) -> None:
    """Write the picture of ``film`` with the sound of ``wav`` to ``out``, of any suffix in ``COPIED``: both
    begin where the film's time 0 is (``video.start``), and each picture stays where it was.

    Raises
    ------
    UserError
        FFmpeg's last word, if it fails.
    """
    webm = out.suffix.lower() == ".webm"
    picture = (VP9 if webm else H264) if film.coded_anew(out.suffix) else ("-c:v", "copy")
    if film.codec == "hevc" and out.suffix.lower() in (".mp4", ".mov"):
        picture += ("-tag:v", "hvc1")  # what Apple's players look for
    # Absolute: a name may begin with a dash, or hold a colon.
    sources = [word for path in (film.path, wav) for word in ("-i", str(path.absolute()))]
    streams = ("-map", f"0:{film.index}", "-map", "1:a", "-c:a", "libopus" if webm else "aac")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-nostdin", "-loglevel", "error", *sources]
    done = subprocess.run([*command, *streams, *picture, str(out.absolute())], capture_output=True)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [str(done.returncode)]
        raise UserError(f"{film.path}: FFmpeg cannot put it into {out.suffix} ({said[-1]})")
