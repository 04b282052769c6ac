"""Builds the field app as a web app that starts without a network (`make web`), into build/web."""
