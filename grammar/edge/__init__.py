"""The edge of the library: arguments of public calls, paths, files that are written, libraries that are optional."""
