"""Learning the joint space: the only package that imports torch."""
