"""The version of the engine, written into every output and manifest."""

VERSION = "0.1.0"
