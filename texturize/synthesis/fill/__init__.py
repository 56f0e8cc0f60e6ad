"""Gaps of a recording, filled with new sound in the texture of what surrounds them: the API is in `filling`."""
