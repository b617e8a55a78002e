"""How right the answers are: labelled reports through the whole engine, in all the shapes they come in, and counted."""
