"""One video, one crop per player: frames at exactly 30 fps in one store (paper 3.1, video)."""

from pathlib import Path
from typing import Annotated

from vimusic.data.urmp import read_stems
from vimusic.errors import UserError, run, whole_file
from vimusic.features.contact import contact_sheet, middle_frame, write_png
from vimusic.features.crops import CROPS
from vimusic.features.frames import FrameStore, FrameWriter
from vimusic.features.video import crop_players
from vimusic.options import program, settings


@program
@settings("video.size", "video.fps", "clips.window")
def main(
    video: Annotated[Path, "the piece's video"],
    stems: Path,
    piece: Annotated[str, "such as 01_Jupiter_vn_vc"],
    crops: Annotated[str, "how the players are cropped: an entry of vimusic.features.crops"],
    out: Annotated[Path, "frame store (.zip)"],
    contact: Annotated[Path, "contact sheet (.png)"],
    settings,
):
    table = read_stems(stems, [piece])
    squares = CROPS[crops](video, list(table.itertuples()))
    tracks, leads = list(table.track), list(table.lead_frames)
    size, fps, window = settings.video.size, settings.video.fps, settings.clips.window
    with whole_file(out) as temporary:
        with FrameWriter(temporary) as store:
            for player, frame in crop_players(video, squares, leads, size, fps):
                store.append(tracks[player], frame)
        shortest = min(store.counts.get(track, 0) for track in tracks)
        if shortest < window:
            raise UserError(
                f"{video}: gives {shortest} frames, fewer than one window of {window}; "
                "leave this piece out (data.select)"
            )
    stores = [FrameStore(out, track) for track in tracks]
    sheet = contact_sheet(
        middle_frame(video),
        squares,
        stores,
        [f"{row.track} {row.instrument}" for row in table.itertuples()],
    )
    write_png(contact, sheet)
    for track, crop in zip(tracks, squares, strict=True):
        print(f"{piece}.{track}: {store.counts[track]} frames from {crop}")


if __name__ == "__main__":
    run(main)
