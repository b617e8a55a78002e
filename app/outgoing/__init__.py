"""News on their way out: how they are written for whom, and how they are sent."""
