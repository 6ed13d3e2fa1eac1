"""Search: finds listings by words, sentences, numbers and names; imports the market, never the reverse."""
