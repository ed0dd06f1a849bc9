"""Image towers and text towers: networks that end in unit vectors of the joint space."""
