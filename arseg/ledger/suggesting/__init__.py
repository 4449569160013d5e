"""A proposal of a layout for a file nobody has described yet."""
