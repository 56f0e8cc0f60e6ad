"""Phase recovery: a signal whose spectrogram has given magnitudes."""
