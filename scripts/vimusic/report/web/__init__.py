"""A page on this machine that gives a silent video a voice."""
