"""How loud and how in tune the recording itself is played, per mel frame: what no notes tell, and all that a
picture could add to them. A model that reads it is a ceiling, no tool (row ``ddsp_resynthesis``)."""

import numpy as np

COLUMNS = (
    "loudness",  # power of the frame over all bands, dB
    "intonation",  # semitones from the nearest one to the annotated f0; 0 where none is annotated
)


def performance(log_mel: np.ndarray, hertz: np.ndarray) -> np.ndarray:
    """Features (T, len(COLUMNS)) float32.

    Parameters
    ----------
    log_mel : (T, n_mels) of the recording, ln power.
    hertz : (T,) f0 annotated on it, 0 where there is none.
    """
    loudness = 10 * np.log10(np.exp(log_mel.astype(np.float64)).sum(axis=1))
    semitones = 12 * np.log2(np.where(hertz > 0, hertz, 440) / 440)
    return np.stack([loudness, semitones - semitones.round()], 1).astype(np.float32)
