"""Command-line options that several programs share, named like the config's keys."""

import argparse

from vimusic.timebase import TimeBase


def parser(doc):
    """An argument parser described by a script's docstring."""
    return argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)


def add_timebase(options):
    """Options that make a ``TimeBase``; read them back with ``timebase``."""
    options.add_argument("--sample-rate", type=int, required=True, help="Hz")
    options.add_argument("--hop-length", type=int, required=True, help="samples")
    options.add_argument("--fps", type=int, required=True, help="video frames per second")
    options.add_argument("--window", type=int, required=True, help="video frames")
    options.add_argument("--step", type=int, required=True, help="video frames between windows")


def timebase(args):
    """The ``TimeBase`` of parsed options."""
    return TimeBase(args.sample_rate, args.hop_length, args.fps, args.window, args.step)


def read_inputs(words):
    """``["midi=roll", "vision_midi=video,roll"]`` as variant -> list of what it reads."""
    return {row: reads.split(",") for row, _, reads in (word.partition("=") for word in words)}
