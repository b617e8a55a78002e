"""Work that comes by a broker: messages in, answers out, and nothing is lost or counted twice between them."""
