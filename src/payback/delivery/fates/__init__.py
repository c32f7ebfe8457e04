"""What became of lines: a history replayed hunk by hunk, each line known by the commit that first wrote it. Pure."""
