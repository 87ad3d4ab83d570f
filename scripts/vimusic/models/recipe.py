"""What a model is made of and what it is fed: all that its weights need to be used alone."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vimusic.settings import Variant, has_reader, plays, reads, sees_notes, truth
from vimusic.timebase import TimeBase


@dataclass(frozen=True)
class Recipe:
    """A trained model but for its weights; saved with them as a plain dict (``to_dict``).

    ``row`` is the variant's name in Table 1, ``data`` the dataset it was trained on (``data.name``), and
    ``heard`` the codes of the instruments in its training set.
    The rest are settings: ``inputs``, ``output``, ``finetune``, ``crops`` and ``encoder`` (both empty if it
    sees nothing) of the variant, ``weights`` to ``dropout`` of the section ``encoder``, ``fusion`` to
    ``lookahead`` of ``model``, and the clocks and log-mels that it was fed. ``centre`` is off where a reader
    or the model itself reads what is seen.
    """

    row: str
    data: str
    inputs: tuple[str, ...]
    output: str
    finetune: bool
    crops: str
    encoder: str
    weights: str
    encoder_seed: int
    centre: bool
    components: int
    dropout: float
    fusion: int
    decoder: int
    lookahead: bool
    sample_rate: int
    n_fft: int
    hop_length: int
    n_mels: int
    fps: int
    size: int
    window: int
    heard: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: str, variant: Variant, settings: Mapping[str, Any]) -> "Recipe":
        """The recipe of ``variant`` under the ``settings`` of a program (``vimusic.options``), by section."""
        audio, video = settings["audio"], settings["video"]
        encoder, model = settings["encoder"], settings["model"]
        return cls(
            row=row,
            data=settings["data"]["name"],
            inputs=tuple(variant.inputs),
            output=variant.output,
            finetune=variant.finetune,
            crops=variant.crops or "",
            encoder=variant.encoder or "",
            weights=encoder["weights"],
            encoder_seed=encoder["seed"],
            centre=encoder["centre"] and not variant.finetune and not has_reader(variant.encoder),
            components=encoder["components"],
            dropout=encoder["dropout"],
            fusion=model["fusion"],
            decoder=model["decoder"],
            lookahead=model["lookahead"],
            sample_rate=audio["sample_rate"],
            n_fft=audio["n_fft"],
            hop_length=audio["hop_length"],
            n_mels=audio["n_mels"],
            fps=video["fps"],
            size=video["size"],
            window=settings["clips"]["window"],
        )

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> "Recipe":
        """What ``to_dict`` gave; ``TypeError`` if it is no recipe."""
        return cls(**saved | {"inputs": tuple(saved["inputs"]), "heard": tuple(saved["heard"])})

    def to_dict(self) -> dict[str, Any]:
        """Plain types alone, so that the file that holds it loads without pickle's powers."""
        return asdict(self) | {"inputs": list(self.inputs), "heard": list(self.heard)}

    @property
    def reads(self) -> tuple[str, ...]:
        """What it is fed: see ``vimusic.settings.reads``."""
        return reads(self.inputs, self.output)

    @property
    def plays(self) -> bool:
        """Whether it carries its own sound: see ``vimusic.settings.plays``."""
        return plays(self.output)

    @property
    def truth(self) -> tuple[str, ...]:
        """What it is trained on besides mels: see ``vimusic.settings.truth``."""
        return truth(self.output)

    @property
    def sees_notes(self) -> bool:
        """Whether it gives notes: see ``vimusic.settings.sees_notes``."""
        return sees_notes(self.output)

    @property
    def clock(self) -> TimeBase:
        """Its clocks; windows overlap by half."""
        step = max(1, self.window // 2)
        return TimeBase(self.sample_rate, self.hop_length, self.fps, self.window, step)

    @property
    def audio(self) -> dict[str, int]:
        """Of its log-mels, what a vocoder asks: ``sample_rate``, ``n_fft``, ``hop_length``."""
        return {"sample_rate": self.sample_rate, "n_fft": self.n_fft, "hop_length": self.hop_length}
