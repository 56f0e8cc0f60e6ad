"""Spectrogram inversion: from magnitudes, decibels, logarithms or mel bands to a sound."""
