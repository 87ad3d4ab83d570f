"""Show a page on this machine that does what sonify does: drop a video and its score, see the crops, choose a
model, hear it.

It listens on 127.0.0.1 only and asks nothing of the network. Models are those of the runs in results/, below
the folder that it is started in, and the one that comes along.
"""

import socket
from importlib.util import find_spec
from pathlib import Path

from vimusic.errors import UserError, run
from vimusic.options import program

HOST = "127.0.0.1"
FORM = Path(__file__).with_name("form.py")
OPTIONS = {
    "server.address": HOST,
    "server.allowedHosts": HOST,  # no foreign name that resolves here
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "4000",  # MB
    "browser.serverAddress": HOST,
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorLinks": "false",
    "logger.hideWelcomeMessage": "true",
}


@program
def main(port: int = 8501) -> None:
    if not find_spec("streamlit"):
        raise UserError(
            "vimusic web: needs Streamlit; pip install 'visually-indicated-music[web]', or in a checkout "
            "pip install -r envs/requirements-web.txt -c envs/constraints.txt"
        )
    try:
        with socket.create_server((HOST, port)) as free:
            port = free.getsockname()[1]
    except (OSError, OverflowError) as error:
        raise UserError(f"port {port}: {str(error).rstrip('.')}; name another with --port") from None
    from streamlit.web.cli import main as streamlit

    words = [word for name, value in OPTIONS.items() for word in (f"--{name}", value)]
    print(f"http://{HOST}:{port}/ (end with Ctrl-C)", flush=True)
    streamlit(["run", str(FORM), "--server.port", str(port), *words], standalone_mode=False)


if __name__ == "__main__":
    run(main)
