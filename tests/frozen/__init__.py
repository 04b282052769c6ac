"""Clients as they were released, never changed since: what a server must still answer."""
