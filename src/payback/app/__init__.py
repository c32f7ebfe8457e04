"""payback as one thing: settings, warehouse, prices and directory built once, and everything a face can ask of them."""

from payback.app.application import App
from payback.app.opening import open_app
from payback.app.surroundings import Surroundings

__all__ = ["App", "Surroundings", "open_app"]
