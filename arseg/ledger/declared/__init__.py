"""What a layout may declare: sources, feeds, mapped columns, formats, and the bounds of what is read."""
