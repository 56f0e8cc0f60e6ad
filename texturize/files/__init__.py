"""Files in and out: sounds in their formats, JSON and YAML, names, writing whole or not at all."""
