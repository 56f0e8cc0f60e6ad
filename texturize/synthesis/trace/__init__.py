"""How a texture grew: snapshots on the way, and the folder and pictures that show them."""
