"""Train, validation and test split by title and take, never by clip (paper 3.2)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from vimusic.data.urmp import INSTRUMENTS
from vimusic.errors import UserError

SPLITS = ("train", "val", "test")
SHARES = {"val": 0.1, "test": 0.1}  # of duration; the rest trains (paper 3.2: 80/10/10)
DRAWS = 500


def groups(stems: pd.DataFrame) -> list[str]:
    """Group of each stem (a list of labels): titles that share a take are one group."""
    label = {title: title for title in stems.title}
    for _, takes in stems.groupby("take"):
        titles = sorted({label[title] for title in takes.title})
        for title, current in label.items():
            if current in titles:
                label[title] = titles[0]
    return [label[title] for title in stems.title]


def _imbalance(stems: pd.DataFrame, group: pd.Series, seconds: pd.Series, held_out: dict[str, str]) -> float:
    """How far an assignment is from the shares, over all stems and within each instrument family;
    an instrument that is tested but never trained on costs as much as a tenth of the data."""
    split = group.map(held_out).fillna("train")
    family = stems.instrument.map(lambda code: INSTRUMENTS[code][1])
    cost = 0.0
    for name, share in SHARES.items():
        inside = seconds.where(split == name, 0.0)
        cost += abs(inside.sum() / seconds.sum() - share)
        cost += (inside.groupby(family).sum() / seconds.groupby(family).sum() - share).abs().mean()
    unseen = set(stems.instrument[split != "train"]) - set(stems.instrument[split == "train"])
    return cost + 0.1 * len(unseen)


def split_stems(
    stems: pd.DataFrame,
    seconds: pd.Series,
    seed: int,
    val_titles: Sequence[str] = (),
    test_titles: Sequence[str] = (),
) -> pd.Series:
    """Split of each stem, a Series of ``train``, ``val`` or ``test`` indexed like ``stems``.

    Named titles are held out as told. Otherwise the best of ``DRAWS`` random assignments is taken:
    nearest to 80/10/10 by duration, stratified by instrument family. Nothing that a model
    produces enters the choice.

    Parameters
    ----------
    stems : inventory with columns title, take, instrument.
    seconds : duration per stem, Series with the same index.

    Raises
    ------
    UserError
        Fewer than three groups of titles, an unknown title, a title asked for twice, or named
        titles that leave none to train on or none to hold out.
    """
    group = stems.title.copy()
    group[:] = groups(stems)
    names = sorted(set(group))
    label = dict(zip(stems.title, group, strict=True))
    for title in (*val_titles, *test_titles):
        if title not in label:
            raise UserError(f"split: no title {title!r}; titles are {', '.join(sorted(label))}")
    if val_titles or test_titles:
        val, test = {label[title] for title in val_titles}, {label[title] for title in test_titles}
        if not val or not test or val & test or len(val | test) == len(names):
            raise UserError(
                "split: val_titles and test_titles must both be given, must not share a title or "
                "take, and must leave a title to train on"
            )
        held_out = dict.fromkeys(val, "val") | dict.fromkeys(test, "test")
        return group.map(held_out).fillna("train").rename("split")
    if len(names) < len(SPLITS):
        raise UserError(
            f"split: {len(names)} independent titles ({', '.join(names)}) cannot make "
            "train, val and test; add pieces to data.select"
        )
    rng = np.random.default_rng(seed)
    size = seconds.groupby(group).sum()
    best, lowest = None, np.inf
    for _ in range(DRAWS):
        waiting = list(rng.permutation(names))
        held_out = {}
        for name, share in SHARES.items():
            # At least one title; then on while the next one brings the share nearer.
            total, target = 0.0, share * size.sum()
            while len(waiting) > len(SPLITS) - 1 - list(SHARES).index(name) and (
                total == 0.0 or abs(total + size[waiting[-1]] - target) < abs(total - target)
            ):
                total += size[waiting[-1]]
                held_out[waiting.pop()] = name
        cost = _imbalance(stems, group, seconds, held_out)
        if cost < lowest:
            best, lowest = held_out, cost
    return group.map(best).fillna("train").rename("split")


def deal_folds(stems: pd.DataFrame, seconds: pd.Series, seed: int, folds: int) -> pd.Series:
    """Fold that tests each stem, 1 to ``folds``, a Series indexed like ``stems``.

    Groups of titles are dealt in a random order, each to the fold that is shortest so far; of ``DRAWS``
    orders the one is taken whose folds are nearest to each other in length.

    Parameters
    ----------
    stems : inventory with columns title, take.
    seconds : duration per stem, Series with the same index.

    Raises
    ------
    UserError
        More folds than groups.
    """
    group = pd.Series(groups(stems), stems.index)
    size = seconds.groupby(group).sum()
    if folds > len(size):
        raise UserError(
            f"split.folds: {folds} folds, but only {len(size)} independent titles; as many leave each out"
        )
    rng = np.random.default_rng(seed)
    best, lowest = {}, np.inf
    for _ in range(DRAWS):
        length, dealt = np.zeros(folds), {}
        for name in rng.permutation(size.index):
            shortest = int(length.argmin())
            length[shortest] += size[name]
            dealt[name] = shortest + 1
        if np.ptp(length) < lowest:
            best, lowest = dealt, np.ptp(length)
    return group.map(best).rename("fold")


def split_fold(tested: pd.Series, fold: int, validate: bool = True) -> pd.Series:
    """Split of each stem in ``fold``, from what ``deal_folds`` gave: it tests, the next one validates (after
    the last the first) if ``validate``, the others train. In fold 0 all train."""
    following = fold % tested.max() + 1 if fold and validate else 0
    return tested.map(lambda k: {fold: "test", following: "val"}.get(k, "train")).rename("split")
