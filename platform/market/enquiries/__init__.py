"""Public questions and private enquiries about listings, the clock of their answers, watched listings."""
