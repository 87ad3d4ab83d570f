# Compiled once, by one process: several at once leave a broken cache (numba issue 10128), and every program crashes.
python -c "import librosa.core.audio, librosa.core.pitch, librosa.util.utils"
