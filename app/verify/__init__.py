"""Signatures proven by running them: the only room that starts programs, and only when somebody asks for it."""
