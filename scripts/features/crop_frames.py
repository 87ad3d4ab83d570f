"""One video, one crop per player: frames at exactly 30 fps in one store (paper 3.1, video)."""

from vimusic.features import video
from vimusic.features.contact import contact_sheet, middle_frame, write_png
from vimusic.errors import UserError, run, whole_file
from vimusic.features.frames import FrameStore, FrameWriter
from vimusic.options import parser
from vimusic.data.urmp import read_stems


def main(argv=None):
    options = parser(__doc__)
    options.add_argument("--video", required=True, help="the piece's video")
    options.add_argument("--stems", required=True, help="inventory table")
    options.add_argument("--piece", required=True)
    options.add_argument("--crops", choices=("equal", "published", "auto"), required=True)
    options.add_argument("--size", type=int, required=True, help="side of a crop, pixels")
    options.add_argument("--fps", type=int, required=True)
    options.add_argument("--window", type=int, required=True, help="frames of one window")
    options.add_argument("--out", required=True, help="frame store (.zip)")
    options.add_argument("--contact", required=True, help="contact sheet (.png)")
    args = options.parse_args(argv)

    stems = read_stems(args.stems, [args.piece])
    crops = video.find_crops(args.video, list(stems.itertuples()), args.crops)
    tracks, leads = list(stems.track), list(stems.lead_frames)
    with whole_file(args.out) as temporary:
        with FrameWriter(temporary) as store:
            for player, frame in video.crop_players(args.video, crops, leads, args.size, args.fps):
                store.append(tracks[player], frame)
        shortest = min(store.counts.get(track, 0) for track in tracks)
        if shortest < args.window:
            raise UserError(
                f"{args.video}: gives {shortest} frames, fewer than one window of {args.window}; "
                "leave this piece out (data.select)"
            )
    stores = [FrameStore(args.out, track) for track in tracks]
    sheet = contact_sheet(
        middle_frame(args.video),
        crops,
        stores,
        [f"{row.track} {row.instrument}" for row in stems.itertuples()],
    )
    write_png(args.contact, sheet)
    for track, crop in zip(tracks, crops, strict=True):
        print(f"{args.piece}.{track}: {store.counts[track]} frames from {crop}")


if __name__ == "__main__":
    run(main)
