"""What a clip is like, whether it is a texture, and how to make one from it."""

from texturize.inspection.inspection import inspect_clip

__all__ = ["inspect_clip"]
