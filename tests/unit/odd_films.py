"""Films, wavs and MIDI files such as people have, each odd in one way, for the tests."""

import struct
import subprocess
from fractions import Fraction

import av
import imageio_ffmpeg
import mido
import numpy as np
from clips_io import numbered

CLOCK = Fraction(1, 90000)


def convert(source, target, *options, before=()):
    """``source`` through ffmpeg to ``target``; the options ``before`` belong to the input. Copied without
    coding it again unless the options say otherwise."""
    options = options or ("-c", "copy")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-nostdin", "-loglevel", "error", *before]
    subprocess.run([*command, "-i", source, *options, "-threads", "1", target], check=True)
    return target


def film(path, stamps, held=1 / 30, pictures=None, codec="libx264"):
    """A film whose pictures (``numbered`` unless given; grey or RGB) begin at the ``stamps`` (s) and whose
    last one lasts ``held`` s; all follow one key frame."""
    pictures = numbered(len(stamps)) if pictures is None else pictures
    ends = [*stamps[1:], stamps[-1] + held]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30, options={"g": "10000", "bf": "0", "crf": "18"})
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt, stream.thread_count = "yuv420p", 1
        stream.time_base = stream.codec_context.time_base = CLOCK
        lasts = {}
        for picture, begin, end in zip(pictures, stamps, ends, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, "gray" if picture.ndim == 2 else "rgb24")
            frame.pts, frame.time_base = round(begin / CLOCK), CLOCK
            lasts[frame.pts] = end - begin
            container.mux(_timed(stream.encode(frame), lasts))
        container.mux(_timed(stream.encode(None), lasts))
    return path


def _timed(packets, lasts):
    for packet in packets:
        packet.duration = round(lasts[packet.pts] / packet.time_base)
    return packets


def steady(seconds, rate=30):
    """Stamps (s) of a film of ``seconds`` at a constant ``rate``."""
    return [k / rate for k in range(round(seconds * rate))]


def with_sound(source, target, *before):
    """``source`` with 6 s of sound from its clock's 0 on; the options ``before`` belong to the film."""
    tone = ("-f", "lavfi", "-i", "sine=duration=6")
    return convert(source, target, "-map", "1:v", "-map", "0:a", "-c:v", "copy", before=(*tone, *before))


def with_first(source, target, still, *dispositions):
    """``source`` after another video stream: a picture if ``still``, else a film of 6 s."""
    other = "color=red:size=400x400:rate=5:duration=" + ("0.2" if still else "6")
    code = ("-c:v:0", "mjpeg" if still else "libx264", "-c:v:1", "copy")
    streams = ("-map", "0:v", "-map", "1:v", *code, *dispositions)
    return convert(source, target, *streams, before=("-f", "lavfi", "-i", other))


def promise(path, seconds):
    """The Matroska file ``path`` with another length in its header."""
    content = path.read_bytes()
    at = content.index(b"\x44\x89\x88") + 3
    path.write_bytes(content[:at] + struct.pack(">d", 1000 * seconds) + content[at + 8 :])
    return path


def growing(path, sizes):
    """A film of one white picture for each of the ``sizes`` (w, h) at 30 fps, as a call records it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=30)
        stream.width, stream.height = sizes[0]
        stream.pix_fmt = "yuvj420p"
        for k, (width, height) in enumerate(sizes):
            coder = av.CodecContext.create("mjpeg", "w")
            coder.width, coder.height, coder.pix_fmt = width, height, "yuvj420p"
            coder.time_base = Fraction(1, 30)
            white = np.full((height, width, 3), 255, np.uint8)
            [packet] = coder.encode(av.VideoFrame.from_ndarray(white, "rgb24").reformat(format="yuvj420p"))
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, k, k, Fraction(1, 30)
            container.mux(packet)
    return path


def wav(path, signal, rate, riff=None, data=None, between=b""):
    """16-bit mono wav of ``signal`` (n,) whose header says ``riff`` and ``data`` bytes, the truth if None;
    chunks ``between`` stand before the samples."""
    samples = (np.asarray(signal) * 32767).astype("<i2").tobytes()
    form = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16) + between
    riff = len(form) + 8 + len(samples) if riff is None else riff
    data = len(samples) if data is None else data
    path.write_bytes(b"RIFF" + struct.pack("<I", riff) + form + b"data" + struct.pack("<I", data) + samples)
    return path


def midi_file(path, tracks, kind=1, beat=480):
    """MIDI of the ``kind`` 0 or 1 with ``beat`` ticks a beat; ``tracks`` are lists of (tick, mido message)
    in order of ticks."""
    file = mido.MidiFile(type=kind, ticks_per_beat=beat)
    for messages in tracks:
        before = [0, *(tick for tick, _ in messages)]
        steps = (m.copy(time=tick - now) for (tick, m), now in zip(messages, before, strict=False))
        file.tracks.append(mido.MidiTrack(steps))
    file.save(str(path))
    return path


def score(path, *parts):
    """A score at 120 beats a minute, a part being (name, program, (onset s, pitch), ...); notes of 0.2 s."""
    tracks = []
    for channel, (name, program, *notes) in enumerate(parts):
        track = [
            (0, mido.MetaMessage("track_name", name=name)),
            (0, mido.Message("program_change", program=program, channel=channel)),
        ]
        for onset, pitch in notes:
            first = round(960 * onset)
            track.append((first, mido.Message("note_on", note=pitch, channel=channel)))
            track.append((first + 192, mido.Message("note_off", note=pitch, channel=channel)))
        tracks.append(track)
    return midi_file(path, tracks)
