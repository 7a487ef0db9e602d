"""The morning as a picture, for the groups no interface reaches. Needs the extra `poster`."""
