"""Every setting of an experiment, once: name, type, limits, unit, section of the paper, default.

From these classes follow the check of a config, ``config.yaml`` (``vimusic settings``), the options of
every program (``vimusic.options``) and the keywords of the functions they call.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from vimusic.errors import UserError
from vimusic.registry import names, said

Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
ARITHMETICS = ("float32", "bfloat16", "int8")  # of an encoder, each faster and less exact than the one before


def entry(folder: str) -> Any:
    """Type of a setting that names an entry of the registry ``folder`` (``vimusic.registry``)."""

    def known(name: str) -> str:
        if name not in names(folder):
            raise ValueError(f"must be one of {', '.join(names(folder))}")
        return name

    return Annotated[str, AfterValidator(known), folder]


def setting(default: Any, what: str, unit: str = "", section: str = "", **limits: Any) -> Any:
    """A setting: its default, what it is, its unit, the paper's section, and limits (pydantic's)."""
    notes = {"unit": unit, "section": section}
    factory = (
        {"default_factory": lambda: default} if isinstance(default, list | dict) else {"default": default}
    )
    return Field(description=what, json_schema_extra=notes, **factory, **limits)


class Section(BaseModel):
    """Settings under one key of the config. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """YAML's yes and no are no numbers, though Python's are."""
        if isinstance(value, bool) and cls.model_fields[info.field_name].annotation is not bool:
            raise ValueError("is no yes or no")
        return value

    @field_validator("*")
    @classmethod
    def once(cls, value: Any) -> Any:
        """A list names nothing twice."""
        if isinstance(value, list) and len(set(value)) < len(value):
            raise ValueError("names one twice")
        return value


class Data(Section):
    """The dataset."""

    name: Literal["mini-urmp", "urmp", "custom"] = setting(
        "urmp", "shown in every table; mini-urmp is made by a rule"
    )
    path: str = setting(
        "mirror",
        "a folder of <piece>/AuSep_*.wav, Notes_*.txt, Vid_*.mp4; URMP's Dataset.tar.gz; or a name in "
        "data.remotes, from which it is fetched into data/<name>/",
        min_length=1,
    )
    remotes: str = setting("workflow/resources/remotes.tsv", "table of places to fetch the dataset from")
    stems: str = setting(
        "workflow/resources/stems.tsv", "inventory, one row per stem (URMP: 44 pieces, 149 stems)"
    )
    select: list[str] = setting([], "pieces or stems (<piece>.<track>) to use; empty: all of the inventory")
    leave_out: list[str] = setting([], "pieces or stems to do without, say because they fail validation")


class MiniUrmp(Section):
    """The built-in synthetic dataset; read only where data.name is mini-urmp."""

    seed: Seed = setting(0, "of melodies, performances and looks")
    seconds: float = setting(24, "length of a piece", "s", ge=4)
    scale: float = setting(0.5, "of URMP's 1920x1080 picture", ge=0.1, le=1)


class Video(Section):
    """Crops of the players."""

    crops: entry("features.crops") = setting(
        "equal",
        "equal (a slice per player) | published (the dataset's squares, equal where there is none: the "
        'paper\'s "fixed data") | auto (a square around what moves); a variant may have its own',
        section="3.1",
    )
    fps: Count = setting(30, "after resampling by time stamps", "frames/s", "3.1")
    size: int = setting(224, "side of a crop", "pixels", "3.1", ge=32)


class Audio(Section):
    """Log-mels."""

    sample_rate: int = setting(22050, "of everything that sounds", "Hz", "3.1", ge=16000)
    n_fft: Count = setting(1024, "STFT window", "samples", "3.1")
    hop_length: Count = setting(
        256, "3.1 prints 512, but 3.5's 5336 frames and 1365760 samples need 256", "samples", "3.1"
    )
    n_mels: Count = setting(80, "the introduction says 128", "bands", "3.1")


class Roll(Section):
    """Piano-rolls."""

    source: entry("features.sources") = setting(
        "notes",
        "notes (annotated from the recording) | score (as printed, not aligned) | score_dtw (warped to the "
        "audio)",
        section="3.1",
    )


class Split(Section):
    """What trains, validates and tests: 80/10/10 by duration (3.2 leaves the unit open)."""

    unit: Literal["title", "clip"] = setting(
        "title",
        "clip: neighbouring clips LEAK between the parts; only to show what that is worth",
        section="3.2",
    )
    seed: Seed = setting(0, "of the titles drawn")
    val_titles: list[str] = setting([], "titles that validate; empty: drawn")
    test_titles: list[str] = setting([], "titles that test; empty: drawn", section="3.2")
    folds: int = setting(
        0,
        "cross-validation: titles dealt into so many folds, each held out in turn (the next one validates); "
        "as many as there are titles leaves each out; 0: one split",
        ge=0,
    )
    validation: bool = setting(
        True,
        "hold titles out to pick the weights by; false, with folds: the other titles all train, and the last "
        "weights count",
    )


class Clips(Section):
    """Windows."""

    window: Count = setting(64, "of a clip", "video frames", "3.1")
    step: Count = setting(32, "between windows at inference, at most a window", "video frames", "3.5")


class Encoder(Section):
    """The frozen visual encoder."""

    name: entry("features.encoders") = setting(
        "resnet18", "the network; a variant may have its own", section="3.3"
    )
    weights: Literal["imagenet", "none"] = setting(
        "imagenet", "of the ResNet-18; none: random, an explicit choice, never a fallback", section="3.3"
    )
    seed: Seed = setting(0, "of random weights")
    arithmetic: Literal[ARITHMETICS] = setting(
        "float32",
        "of the features; bfloat16 and int8 are faster and less exact, on processors that compute in them",
    )
    centre: bool = setting(False, "subtract each stem's mean embedding: leaves motion, drops looks")
    components: int = setting(
        512, "principal components of the embedding that a model reads; 512: all of a ResNet's", ge=1, le=512
    )
    dropout: float = setting(0.0, "share of them dropped in training", ge=0, lt=1)


class Model(Section):
    """Widths of the network."""

    fusion: Count = setting(1024, "projection of the concatenated embeddings", section="3.3")
    decoder: Count = setting(512, "LSTM, two layers", section="3.3")
    lookahead: bool = setting(False, "the LSTM reads its window from both ends")


SCORE = {"roll", "notes"}  # two forms of the same knowledge
ON_MELS = ("roll", "notes", "performance")  # what is read with a row for each mel frame, in <name>.npy


def reads(inputs: Sequence[str], output: str) -> tuple[str, ...]:
    """What a variant is fed: its ``inputs``, and what its ``output`` reads (``READS`` of its file)."""
    return tuple(dict.fromkeys([*inputs, *said(f"models.outputs.{output}", "READS", ())]))


def plays(output: str) -> bool:
    """Whether an output carries its own sound (``PLAYS`` of its file), so that no mel need be inverted."""
    return said(f"models.outputs.{output}", "PLAYS", False)


def truth(output: str) -> tuple[str, ...]:
    """What an output is trained on besides mels (``TRUTH`` of its file): ``waveform``, ``played``."""
    return said(f"models.outputs.{output}", "TRUTH", ())


def has_reader(encoder: str | None) -> bool:
    """Whether what an encoder keeps is read by a network that is trained with the rest (``TRAINED``)."""
    return bool(encoder) and said(f"features.encoders.{encoder}", "TRAINED", False)


def sees_notes(output: str) -> bool:
    """Whether an output gives notes (``NOTES`` of its file), which a voice plays."""
    return said(f"models.outputs.{output}", "NOTES", False)


def skips(output: str) -> bool:
    """Whether an output reads what the decoder read beside what it made of it (``SKIPS`` of its file)."""
    return said(f"models.outputs.{output}", "SKIPS", False)


class Variant(Section):
    """What a model reads and gives."""

    inputs: list[entry("models.inputs")] = Field(min_length=1, description="what it reads")
    crops: entry("features.crops") | None = Field(None, description="its own; video.crops if not given")
    encoder: entry("features.encoders") | None = Field(None, description="its own; encoder.name if not given")
    output: entry("models.outputs") = Field("linear", description="linear: one layer (3.3)")
    voice: Name | None = Field(None, description="variant that plays the notes it sees")
    finetune: bool = Field(False, description="train the ResNet instead of caching its output")
    own: dict[str, Any] = Field(
        {}, description="settings of model and training, and clips.window, that differ for it"
    )

    @model_validator(mode="after")
    def composes(self) -> Self:
        if SCORE & set(reads(self.inputs, self.output)) and not SCORE & set(self.inputs):
            raise ValueError(f"output: {self.output} needs roll or notes among its inputs")
        return self

    def applied(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """``settings`` by section with those that differ for its output (``OWN`` of its file) and for it."""
        found = dict(settings)
        for key, value in (said(f"models.outputs.{self.output}", "OWN", {}) | self.own).items():
            section, name = key.split(".")
            found[section] = found[section] | {name: value}
        return found

    @field_validator("own")
    @classmethod
    def declared_elsewhere(cls, own: dict[str, Any]) -> dict[str, Any]:
        """Each is a setting of its section, within its limits."""
        checked = {}
        for key, value in own.items():
            section, _, name = key.partition(".")
            kind = {"model": Model, "training": Training, "clips": Clips}.get(section)
            shared = ("training.seeds", "training.threads", "clips.step")
            if kind is None or name not in kind.model_fields or key in shared:
                raise ValueError(
                    f"{key} is no setting of model or training of one variant alone, nor clips.window"
                )
            try:
                checked[key] = getattr(kind.model_validate({name: value}), name)
            except ValidationError as error:
                raise ValueError(complaint(error, section)) from None
        return checked


class Training(Section):
    """How variants are trained."""

    seeds: list[Seed] = setting([0], "a training of every variant each", min_length=1)
    epochs: Count = setting(200, "passes over the training clips", section="3.4")
    batch_size: Count = setting(4, "of one step", "clips", "3.4")
    learning_rate: float = setting(1e-4, "of Adam", section="3.4", gt=0, le=1e30)
    schedule: Literal["constant", "one_cycle"] = setting(
        "constant",
        "of the rate; one_cycle: rises to learning_rate, then falls to nothing (Smith 2018), and the last "
        "weights count, not the best by validation",
    )
    clip_norm: float = setting(0.0, "largest norm of a step's gradient; 0: any", ge=0)
    window: int = setting(0, "of a training clip; 0: clips.window", "video frames", ge=0)
    step: Count = setting(64, "between training clips: consecutive, as in 3.1", "video frames", "3.1")
    offsets: Literal["fixed", "random"] = setting(
        "fixed", "fixed: the same clips in each epoch; random: cut anew"
    )
    precision: Literal["32-true", "bf16-mixed"] = setting(
        "32-true", "Lightning Fabric's name; bf16-mixed is faster on recent GPUs"
    )
    threads: Count = setting(4, "of one training", "CPU threads")


class Compute(Section):
    """The machine."""

    gpus: int = setting(1, "of one training, a process each; encoding and inference take one; 0: CPU", ge=0)


class Inference(Section):
    """Windows to a stem, log-mel to sound."""

    stitch: Literal["exact", "paper", "concat"] = setting(
        "exact", "how windows become a stem; paper: 57 windows, 5336 frames for 62 s", section="3.5"
    )
    vocoder: entry("models.vocoders") = setting(
        "griffin_lim", "log-mel to sound: griffin_lim | hifigan | vocos", section="3.5"
    )
    iterations: Count = setting(64, "of Griffin-Lim; 3.3 says 100", section="3.5")
    musescore: str = setting(
        "",
        "a soundfont that plays the row soundfont_musescore; Debian's musescore-general-soundfont is "
        "/usr/share/sounds/sf3/MuseScore_General_Full.sf3; empty: no such row",
    )
    weights: str = setting(
        "", "of hifigan or vocos as published: the path of a checkpoint, its configuration beside it"
    )


class Sonify(Section):
    """A film or a score of one's own, which `snakemake sonify` gives a sound; no part of the experiment."""

    video: str = setting("", "any video that FFmpeg reads; empty: a score alone")
    midi: str = setting("", "the score, on the film's clock (.mid)")
    model: str = setting(
        "",
        "one of rows, in its first seed; or trained weights, or their folder; empty: real instruments that "
        "come along",
    )
    voice: str = setting("", "likewise, of weights that see notes: what plays them; rows have their own")
    players: int = setting(0, "how many there are; 0: as the score or the instruments say", ge=0)
    instruments: str = setting("", "of the players, vn,cl; empty: as the score says")
    midi_offset: float = setting(0.0, "by which the score is moved", "s")
    midi_stretch: bool = setting(False, "stretch the score to end with the film")


class Evaluation(Section):
    """Scores."""

    tracker: entry("evaluation.trackers") = setting(
        "crepe", "f0 tracker: crepe (the paper's) | crepe_tiny | swift_f0 | pyin", section="4.2"
    )


HEAD = """\
# The paper's experiment on URMP: written by `vimusic settings`, from scripts/vimusic/settings.py.
# A run that differs says only what differs: see configs/ and README, "Your own experiment".
"""

ROWS = {  # the paper's two rows, the 2x2 of notes and "fixed data", which it adds together, and ours
    "vision": Variant(inputs=["video"]),
    "vision_midi": Variant(inputs=["video", "roll"]),
    "vision_fixed": Variant(inputs=["video"], crops="published"),
    "vision_midi_fixed": Variant(inputs=["video", "roll"], crops="published"),
    "midi": Variant(inputs=["roll"]),
    "midi_instrument": Variant(inputs=["roll", "instrument"]),
    "midi_harmonic": Variant(inputs=["roll"], output="harmonic"),
    "vision_midi_harmonic": Variant(inputs=["video", "roll"], output="harmonic"),
    "midi_ddsp": Variant(inputs=["notes", "instrument"], output="ddsp"),
    "vision_midi_ddsp": Variant(
        inputs=["video", "notes", "instrument"],
        encoder="motion",
        output="transcription",
        voice="ddsp_resynthesis",
    ),
    "vision_notes": Variant(
        inputs=["video", "instrument"], encoder="motion", output="transcription", voice="ddsp_resynthesis"
    ),
    "ddsp_resynthesis": Variant(inputs=["notes", "instrument", "performance"], output="ddsp"),
}
VARIANTS = ROWS | {  # in Table 1 where a configuration names them
    "vision_efficientnet": Variant(inputs=["video"], encoder="efficientnet_lite0"),
    "vision_pose": Variant(inputs=["video"], encoder="pose"),
    "vision_pose_midi_ddsp": Variant(
        inputs=["video", "notes", "instrument"],
        encoder="pose",
        output="transcription",
        voice="ddsp_resynthesis",
    ),
    "vision_pose_notes": Variant(
        inputs=["video", "instrument"], encoder="pose", output="transcription", voice="ddsp_resynthesis"
    ),
    "vision_finetuned": Variant(inputs=["video"], finetune=True),
    "vision_midi_finetuned": Variant(inputs=["video", "roll"], finetune=True),
}


class Settings(Section):
    """The paper's experiment on URMP."""

    run: str = setting("paper", "results go to results/<run>/", pattern=r"^[A-Za-z0-9_-]+$")
    data: Data = Data()
    miniurmp: MiniUrmp = MiniUrmp()
    video: Video = Video()
    audio: Audio = Audio()
    roll: Roll = Roll()
    split: Split = Split()
    clips: Clips = Clips()
    encoder: Encoder = Encoder()
    model: Model = Model()
    variants: dict[Name, Variant] = setting(VARIANTS, "what a model may be", min_length=1)
    rows: list[str] = setting(list(ROWS), "variants to train and put into Table 1")
    training: Training = Training()
    compute: Compute = Compute()
    inference: Inference = Inference()
    evaluation: Evaluation = Evaluation()
    sonify: Sonify = Sonify()

    @field_validator("video", mode="before")
    @classmethod
    def no_film(cls, value: Any) -> Any:
        """A film's name is looked for here, but these are the crops of the run."""
        if isinstance(value, str):
            raise ValueError(f'must be settings (a film: --config "sonify={{video: {value}}}")')
        return value

    @model_validator(mode="after")
    def agrees(self) -> Self:
        """What no setting can tell alone."""
        if self.clips.step > self.clips.window:
            raise ValueError(
                f"clips.step: {self.clips.step} frames leave gaps between windows of {self.clips.window}"
            )
        for row in self.rows:
            if row not in self.variants:
                raise ValueError(f"rows: {row} is not defined under variants")
        for row in self.rows:
            self.voiced(row)
            variant = self.variants[row]
            encoder = variant.encoder or self.encoder.name
            if variant.finetune and has_reader(encoder):
                raise ValueError(f"variants.{row}.finetune: {encoder} is trained with the rest; leave it out")
        if self.split.folds and (self.split.val_titles or self.split.test_titles):
            raise ValueError("split.folds: holds out every title; leave val_titles and test_titles empty")
        if self.split.folds in (1, 2) or (self.split.folds and self.split.unit == "clip"):
            raise ValueError("split.folds: needs at least 3 folds of titles: to train, to validate, to test")
        if not self.split.validation and not self.split.folds:
            raise ValueError("split.validation: can only be false with split.folds")
        return self

    def voiced(self, row: str) -> None:
        """``ValueError`` unless the notes that the variant ``row`` sees, if it sees any, are played."""
        variant = self.variants[row]
        if not sees_notes(variant.output):
            if variant.voice:
                raise ValueError(f"variants.{row}.voice: output {variant.output} sees no notes to play")
            return
        voice = self.variants.get(variant.voice)
        if variant.voice not in self.rows or "video" in voice.inputs or sees_notes(voice.output):
            raise ValueError(
                f"variants.{row}.voice: name one of rows that plays notes and sees no video, for what it sees"
            )
        asks, has = (SCORE & set(reads(each.inputs, each.output)) for each in (voice, variant))
        if has and asks - has:
            missing = ", ".join(sorted(asks - has))
            raise ValueError(
                f"variants.{row}.voice: {variant.voice} reads {missing}, which {row} does not; "
                "add it to its inputs"
            )
        if not plays(voice.output):
            raise ValueError(f"variants.{row}.voice: {variant.voice} carries no sound of its own")


def checked(config: dict[str, Any]) -> dict[str, Any]:
    """The config with every setting that it leaves out at its default.

    Raises
    ------
    UserError
        A wrong or unknown setting: one line that names its key.
    """
    try:
        return Settings.model_validate(config).model_dump()
    except ValidationError as error:
        raise UserError(f"config: {complaint(error)}") from None


def complaint(error: ValidationError, key: str = "") -> str:
    """The first thing that is wrong, after its place below ``key``: one line."""
    first = error.errors(include_url=False)[0]
    where = ".".join([*filter(None, [key]), *map(str, first["loc"])])
    told = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        told = "no such setting"
    elif not isinstance(first["input"], dict):
        told = f"{told}, not {first['input']!r}"
    return f"{where}: {told}" if where else told


def declared(key: str) -> Any:
    """pydantic's field of the setting ``section.name``."""
    section, name = key.split(".")
    return Settings.model_fields[section].annotation.model_fields[name]


def default(key: str) -> Any:
    """Default of the setting ``section.name``."""
    return declared(key).get_default(call_default_factory=True)


def as_yaml() -> str:
    """config.yaml: every setting at its default, with what it is, its unit and the paper's section."""
    lines = [*HEAD.splitlines(), ""]
    for name, field in Settings.model_fields.items():
        value = getattr(Settings(), name)
        if isinstance(value, Section):
            lines.append(f"{name}:  # {value.__doc__}")
            fields = type(value).model_fields
            lines += [f"  {_line(key, getattr(value, key), fields[key])}" for key in fields]
        elif name == "variants":
            lines.append(f"{name}:  # {field.description}")
            lines += [
                f"  {key}: {_flow(variant.model_dump(exclude_defaults=True))}"
                for key, variant in value.items()
            ]
        else:
            lines.append(_line(name, value, field))
        lines.append("")
    return "\n".join(lines)


def main(argv: Sequence[str] = ()) -> None:
    """Print config.yaml."""
    if argv:
        raise UserError(f"vimusic settings: takes no {argv[0]}; it prints every setting")
    print(as_yaml(), end="")


def _line(key: str, value: Any, field: Any) -> str:
    notes = field.json_schema_extra
    marks = ", ".join(filter(None, [notes["unit"], notes["section"]]))
    return f"{key}: {_flow(value)}  # {field.description}{f' ({marks})' if marks else ''}"


def _flow(value: Any) -> str:
    return (
        yaml.safe_dump(value, default_flow_style=True, width=1000, sort_keys=False)
        .removesuffix("...\n")
        .strip()
    )
