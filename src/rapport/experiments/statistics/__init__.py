"""The mathematics of experiments and attribution: pure functions over counts, sums and paths, without a database."""
