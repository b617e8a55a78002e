"""Crashes that no signature explains: as clusters, as the draft of a signature, and judged again by a newer book."""
