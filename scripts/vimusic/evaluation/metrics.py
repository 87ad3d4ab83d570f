"""Scores of one stem (paper 4.2). Pitch scores are mir_eval's."""

import mir_eval
import numpy as np


def log_mel_mse(predicted, true):
    """Mean squared error of two log-mels (T, n_mels), ln-power units squared (paper Table 1).

    A stitch that ends early is compared over the frames it has.
    """
    length = min(len(predicted), len(true))
    return float(np.mean((predicted[:length].astype(np.float64) - true[:length]) ** 2))


def loudness(log_mel):
    """Level of each frame in dB: total power over the bands; (T,)."""
    return 10 * np.log10(np.exp(log_mel.astype(np.float64)).sum(axis=1))


def loudness_correlation(predicted, true):
    """Correlation of the two loudness curves; NaN where one of them is constant."""
    length = min(len(predicted), len(true))
    levels = loudness(predicted[:length]), loudness(true[:length])
    if min(level.std() for level in levels) < 1e-6:
        return float("nan")
    return float(np.corrcoef(*levels)[0, 1])


def pitch_scores(reference, estimate):
    """Pitch scores of an f0 track against the annotation, each (times s, hertz).

    Returns a dict with the values in [0, 1], NaN where the annotation has no voiced frame:
    ``pitch_accuracy`` (the paper's: within one semitone, inclusive, of the annotated-voiced
    frames), ``rpa`` and ``rca`` (raw pitch and chroma accuracy at 50 cents), ``voicing_recall``,
    ``voicing_false_alarm``, ``overall_accuracy`` (at 50 cents).
    """
    names = [
        "pitch_accuracy",
        "rpa",
        "rca",
        "voicing_recall",
        "voicing_false_alarm",
        "overall_accuracy",
    ]
    if not np.any(reference[1] > 0):
        return dict.fromkeys(names, float("nan"))
    voicing, cents, heard, estimated = mir_eval.melody.to_cent_voicing(*reference, *estimate)
    both = voicing, cents, heard, estimated
    recall, false_alarm = mir_eval.melody.voicing_measures(voicing, heard)
    semitone = 100 + 1e-6  # mir_eval compares with <; the semitone is included, rounding errors too
    values = (
        mir_eval.melody.raw_pitch_accuracy(*both, cent_tolerance=semitone),
        mir_eval.melody.raw_pitch_accuracy(*both, cent_tolerance=50),
        mir_eval.melody.raw_chroma_accuracy(*both, cent_tolerance=50),
        recall,
        false_alarm,
        mir_eval.melody.overall_accuracy(*both, cent_tolerance=50),
    )
    return {name: float(value) for name, value in zip(names, values, strict=True)}


def pitch_agreement(one, other):
    """Share of the frames voiced in both f0 tracks (times s, hertz) that lie within 50 cents.

    Compared at the times of ``one``, the other interpolated (mir_eval). NaN where no frame is voiced
    in both.
    """
    voiced, cents, also, others = mir_eval.melody.to_cent_voicing(*one, *other)
    both = (voiced > 0) & (also > 0)
    if not both.any():
        return float("nan")
    return float(np.mean(np.abs(cents - others)[both] <= 50))
