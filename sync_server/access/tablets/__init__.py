"""Tablets that ask to come in."""
