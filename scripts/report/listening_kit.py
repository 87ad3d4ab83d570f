"""The listening study: a page for the listeners, and the key that says what each sound was (paper 4.4)."""

import json
from pathlib import Path

from vimusic.data.urmp import INSTRUMENTS, read_notes
from vimusic.errors import UserError, run, whole_file
from vimusic.features import audio
from vimusic.options import program, settings
from vimusic.report.heldout import beside, held_out, wav_of
from vimusic.report.listening import excerpts, study
from vimusic.rows import Row, named, read_rows

NOISE = 10  # s
NOTES_ALONE = "soundfont"


def chosen(rows: list[Row], systems: list[str]) -> list[Row]:
    """The rows called ``systems``, or else the soundfont and the trained variants: first seed, first fold."""
    for name in systems:
        if name not in {row.name for row in rows} or systems.count(name) > 1:
            raise UserError(
                f"--systems {name}: {'twice' if systems.count(name) > 1 else 'no such row'}; correct it"
            )
    found = named(rows, *systems) if systems else beside(rows, NOTES_ALONE)
    for row in found:
        if row.name in (study.REFERENCE, study.ANCHOR):
            raise UserError(
                f"{row.name}: is what the study calls a sound of its own; leave this row out (--systems)"
            )
    return found


@program
@settings("data.name", "audio.sample_rate")
def main(
    rows: Path, split: Path, data: Path, page: Path, key: Path, settings,
    systems: list[str] = (), count: int = 3, seconds: float = 8, seed: int = 0,
):  # fmt: skip
    rate = settings.audio.sample_rate
    if seconds < excerpts.SHORTEST:
        raise UserError(f"--seconds {seconds}: too short to hear; give at least {excerpts.SHORTEST}")
    heard = chosen(read_rows(rows), list(systems))
    test = held_out(split)
    names = excerpts.choose_stems(test, count, seed)
    stems, clips = {}, {}
    for name in names:
        stem = test.loc[name]
        part = stem.cut
        original = part.array(audio.load(data / stem.piece / stem.audio, rate), rate)
        notes = part.notes(read_notes(data / stem.piece / stem.notes, stem.seconds))
        total = len(original) / rate
        start = excerpts.most_played(notes, total, seconds)
        window = (start, min(seconds, total), rate)
        recording = excerpts.cut(original, *window)
        clips[name, study.REFERENCE] = recording
        clips[name, study.ANCHOR] = excerpts.low_anchor(recording, rate)
        for row in heard:
            wav = wav_of(row.wavs, name)
            clips[name, row.name] = excerpts.cut(part.array(audio.read(wav), rate), *window)
            if len(clips[name, row.name]) < len(recording) / 2:
                raise UserError(f"{wav}: ends before the excerpt does; run synthesize.py again")
        instrument, family, _ = INSTRUMENTS[stem.instrument]
        stems[name] = {"instrument": instrument, "family": family, "start": start}
        print(f"{name} ({instrument}): {window[1]:.1f} s from {start:.2f} s")

    noise = excerpts.level_noise(NOISE, rate, seed)
    (*matched, noise), loudness = excerpts.match_levels([*clips.values(), noise], rate)
    sounds = {name: {} for name in names}
    for (name, system), clip in zip(clips, matched, strict=True):
        sounds[name][system] = study.flac(clip, rate)
    shown, trials = study.blind(sounds, study.flac(noise, rate), seed)
    answers_to = {
        "study": shown["study"],
        "data": settings.data.name,
        "seed": seed,
        "loudness": round(loudness, 2),
        "stems": stems,
        "trials": trials,
    }
    html = study.page(shown)
    with whole_file(page) as temporary:
        temporary.write_text(html, encoding="utf-8")
    with whole_file(key) as temporary:
        temporary.write_text(json.dumps(answers_to, indent=1), encoding="utf-8")
    print(f"{page}: {len(trials)} trials, {loudness:.1f} LUFS, {len(html) / 1e6:.1f} MB")


if __name__ == "__main__":
    run(main)
