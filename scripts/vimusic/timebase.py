"""Every conversion between seconds, video frames, mel frames and samples (paper 3.1, 3.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Window:
    """One clip: ``frame`` is its first video frame, ``mel`` its first mel frame."""

    frame: int
    mel: int


@dataclass(frozen=True)
class TimeBase:
    """The clocks of one experiment.

    Video frame k shows t = k / fps. Mel frame m is centred on t = m * hop_length / sample_rate
    (a centred STFT), so a signal of N samples has 1 + N // hop_length mel frames. A window is
    ``window`` video frames; successive windows start ``step`` video frames apart.
    """

    sample_rate: int = 22050
    hop_length: int = 256
    fps: int = 30
    window: int = 64
    step: int = 32

    @classmethod
    def of(cls, settings: Mapping[str, Mapping[str, Any]]) -> "TimeBase":
        """The clocks of a program that names the settings audio.sample_rate, audio.hop_length, video.fps,
        clips.window, and clips.step or else training.step (``vimusic.options``)."""
        audio, clips = settings["audio"], settings["clips"]
        step = clips["step"] if "step" in clips else settings["training"]["step"]
        return cls(audio["sample_rate"], audio["hop_length"], settings["video"]["fps"], clips["window"], step)

    @property
    def mels_per_frame(self) -> float:
        """Mel frames that pass during one video frame (2.871 in the paper's set-up)."""
        return self.sample_rate / self.hop_length / self.fps

    @property
    def window_s(self) -> float:
        """Seconds that one window lasts."""
        return self.window / self.fps

    @property
    def window_mels(self) -> int:
        """Mel frames in one window: 184 for 64 video frames at hop 256."""
        return 1 + floor(self.window * self.mels_per_frame)

    def mel_frames(self, samples: int) -> int:
        """Mel frames of a signal of ``samples`` samples."""
        return 1 + samples // self.hop_length

    def mel_times(self, count: int) -> np.ndarray:
        """Centres in seconds of the first ``count`` mel frames, shape (count,)."""
        return np.arange(count) * self.hop_length / self.sample_rate

    def samples(self, mel_frames: int) -> int:
        """Shortest signal with ``mel_frames`` mel frames: (T - 1) * hop_length samples."""
        return (mel_frames - 1) * self.hop_length

    def video_frames(self, mel_frames: int) -> int:
        """Video frames that cover ``mel_frames`` mel frames; the last one is at or before their end."""
        return 1 + floor((mel_frames - 1) / self.mels_per_frame)

    def window_at(self, frame: int) -> Window:
        """The window that starts at video frame ``frame``, at its exact mel position."""
        return Window(frame, round(frame * self.mels_per_frame))

    def windows(self, mel_frames: int, offset: int = 0) -> list[Window]:
        """Windows over a stem of ``mel_frames``: from video frame ``offset`` on one every ``step``
        video frames at its exact mel position, and, where those stop short of the end, a last one
        aligned to the end.

        Raises
        ------
        ValueError
            If the stem is shorter than one window.
        """
        size = self.window_mels
        if mel_frames < size:
            raise ValueError(
                f"{mel_frames} mel frames are fewer than one window of {size} ({self.window_s:.3f} s)"
            )
        windows = []
        while True:
            window = self.window_at(offset + len(windows) * self.step)
            if window.mel + size > mel_frames:
                break
            windows.append(window)
        tail = mel_frames - size
        if not windows or windows[-1].mel < tail:
            windows.append(Window(floor(tail / self.mels_per_frame), tail))
        return windows

    def positions(self, window: Window) -> np.ndarray:
        """Time of each mel frame of ``window`` in video frames since the window's first: (T,) in
        [0, window - 1], ends clamped because a window cannot look past its own frames."""
        mels = window.mel + np.arange(self.window_mels)
        positions = mels / self.mels_per_frame - window.frame
        return np.clip(positions, 0, self.window - 1).astype(np.float32)
