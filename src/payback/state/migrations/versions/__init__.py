"""The revisions, each following the one it names."""
