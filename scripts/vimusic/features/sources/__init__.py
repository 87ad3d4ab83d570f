"""Where a stem's notes come from: each file's ``Source`` reads them.

``files`` are the inventory's columns that it reads, ``words`` what a table says of it, and ``read`` gives the
``Notes`` of a stem on the clock of its sound from the paths of these files.
"""

from vimusic.registry import Registry

SOURCES = Registry(__name__, "Source")
