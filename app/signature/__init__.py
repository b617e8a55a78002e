"""What is known of bugs: mapping -> Signature, and all of them as a Book. Pure."""
