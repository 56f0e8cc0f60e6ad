"""What is computed of a sound or from one: spectrograms, filters, envelopes, statistics, loudness, rates."""
