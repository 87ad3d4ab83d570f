"""The held-out stem that the figures show (paper Figure 2)."""

SECONDS = 20  # of its film and sound, so that the report stays small


def shown_stem(split):
    """Row of the first test stem that is a violin, as in the paper, or of the first test stem.

    Parameters
    ----------
    split : split.tsv, indexed by stem.
    """
    test = split[split.split == "test"]
    violins = test[test.instrument == "vn"]
    return (violins if len(violins) else test).iloc[0]
