"""Learning the joint space: the only room that imports torch."""
