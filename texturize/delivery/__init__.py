"""From a texture to the sound that is handed over: levels, mastering, writing."""
