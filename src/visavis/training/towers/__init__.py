"""Image and text networks that end in vectors of the joint space."""
