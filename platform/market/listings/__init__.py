"""What is on offer, on which terms, at which price basis; approval and lifecycle."""
