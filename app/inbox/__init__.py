"""From the doors of log pipelines to the counted crash: what is accepted is durable, and is worked off by and by."""
