"""Files of people coming in: readers, mapping, dry run, run, revert."""
