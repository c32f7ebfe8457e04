"""The web face: pages over what the app answers, each with a `.json` twin. Holds no figures of its own."""
