"""The listening study: excerpts, the page, listeners' answers, Table 2 (paper 4.4)."""
