"""The JSON beside a result: how it came about, and everything that is needed to make it again."""
