"""Figures beside their anchors, on this machine: `make bench`. Each module prints `name value unit` and writes JSON."""
