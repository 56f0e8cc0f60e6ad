"""The terms of the loss, a module each, and their weighted sum in `total`."""
