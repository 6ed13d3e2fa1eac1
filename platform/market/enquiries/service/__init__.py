"""Use cases of questions, enquiries and watched listings."""
